"""cosign's own signatures and attestations made with a certificate, under ``.sig`` and ``.att``.

Source: sigstore/cosign, specs/SIGNATURE_SPEC.md (the annotations) and sigstore/rekor, types/
hashedrekord, intoto and dsse (what the log keeps of payloads and of envelopes). In this order; the
first that fails is the problem:

1. the annotation holds one certificate, and Rekor's answer with the entry and its promise;
2. the promise (signed entry timestamp) is by a log of the trusted root;
3. the entry is about this payload, this signature and this certificate;
4. the certificate was valid when the log took the entry in, up to an authority of the root;
5. a certificate transparency log of the root promised to keep the certificate (SCT);
6. the certificate is for signing code, and names a signer of the trust policy;
7. the signature over the payload, or the envelope's encoding, is by the certificate's key.

The promise is the log's word at the time of signing. That the entry is in the log's tree by now
only an inclusion proof tells, and this older form has none.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from policyengine.collect.trust.certificates import certified_names, signer_of
from policyengine.collect.trust.finding import NO_POLICY, Finding
from policyengine.collect.trust.keyless import NO_IDENTITIES, trusted_root_of
from policyengine.collect.trust.keys import base64_bytes, key_made
from policyengine.errors import PolicyEngineError
from policyengine.model.dsse import pae
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.model.trust_material import CosignSignature, SignedStatement
from policyengine.model.trust_policy import TrustPolicy

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import TrustedRoot


class _Unverified(Exception):
    """A step that failed; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What a certificate is said to have signed: ``message``, which says ``payload``."""

    message: bytes
    payload: bytes
    signature: bytes
    certificate: bytes
    log_bundle: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _LogEntry:
    """Rekor's answer. ``integrated`` is in seconds since the epoch."""

    body: str
    integrated: int
    index: int
    log_id: str
    promise: bytes

    @property
    def promised(self) -> bytes:
        """What the promise signs: the entry in RFC 8785's form."""
        return orjson.dumps(
            {
                "body": self.body,
                "integratedTime": self.integrated,
                "logID": self.log_id,
                "logIndex": self.index,
            }
        )


def by_certificate_and_log(item: CosignSignature, policy: TrustPolicy | None) -> Finding:
    """Return who signed ``item``, which has a certificate."""
    claim = _Claim(
        message=item.payload,
        payload=item.payload,
        signature=item.signature,
        certificate=item.certificate or b"",
        log_bundle=item.log_bundle,
    )
    return _found(claim, policy)


def by_certificate_of_envelope(item: SignedStatement, policy: TrustPolicy | None) -> Finding:
    """Return who signed the envelope of ``item``, which has a certificate beside it."""
    signatures = item.envelope.signatures
    if len(signatures) != 1:
        return Finding(problem=f"has one certificate, and {len(signatures)} signatures")
    claim = _Claim(
        message=pae(item.envelope.payload_type, item.envelope.payload),
        payload=item.envelope.payload,
        signature=signatures[0].signature,
        certificate=item.certificate or b"",
        log_bundle=item.log_bundle,
    )
    return _found(claim, policy)


def _found(claim: _Claim, policy: TrustPolicy | None) -> Finding:
    if policy is None:
        return Finding(problem=NO_POLICY)
    if not any(signer.identities for signer in policy.signers):
        return Finding(problem=NO_IDENTITIES)
    root = trusted_root_of(policy.trusted_root)
    try:
        return _verified(claim, policy, root)
    except _Unverified as problem:
        return Finding(problem=f"does not verify: {problem}")
    except PolicyEngineError as problem:
        return Finding(problem=f"does not verify: {problem}")
    except Exception as problem:  # noqa: BLE001  # a library's own failures are no verification
        line = " ".join(str(problem).split())[:300]
        return Finding(problem=f"does not verify: {type(problem).__name__}: {line}")


def _verified(claim: _Claim, policy: TrustPolicy, root: TrustedRoot) -> Finding:
    certificate = _certificate(claim.certificate)  # 1
    if claim.log_bundle is None:
        raise _Unverified("the log entry is missing, so nothing tells when it was signed")
    entry = _log_entry(claim.log_bundle)
    _check_promise(entry, root)  # 2
    _check_entry(entry, claim, certificate)  # 3
    time = datetime.fromtimestamp(entry.integrated, tz=UTC)
    chain = _chain(certificate, time, root)  # 4
    _check_sct(certificate, chain, root)  # 5
    _check_usage(certificate)  # 6
    names = certified_names(certificate)
    found = signer_of(names, policy)
    subject = names.subjects[0] if names.subjects else None
    if found is None:
        return Finding(
            problem=f"does not verify: the certificate is of {subject} by {names.issuer}, whom "
            "the trust policy does not name",
            identity=subject,
            issuer=names.issuer,
        )
    if not key_made(certificate.public_key(), claim.signature, claim.message):  # 7
        raise _Unverified("the signature is not by the certificate's key over this payload")
    signer, subject = found
    return Finding(
        signer=signer,
        identity=subject,
        issuer=names.issuer,
        signed_at=Instant(entry.integrated * 1_000_000_000),
    )


def _certificate(pem: bytes) -> Certificate:
    certificates = _certificates(pem)
    if len(certificates) != 1:
        raise _Unverified(f"there are {len(certificates)} certificates where one signed")
    return certificates[0]


def _log_entry(text: bytes) -> _LogEntry:
    read = FieldReader("the log entry")
    document = read.root(parse_json(text, where=read.where))
    payload = read.object(document, "Payload", ())
    promise = base64_bytes(read.text(document, "SignedEntryTimestamp", ()))
    if promise is None:
        raise read.wrong(("SignedEntryTimestamp",), "other text", "base64 with its padding")
    numbers = [
        read.optional_integer(payload, name, ("Payload",))
        for name in ("integratedTime", "logIndex")
    ]
    integrated, index = numbers
    if integrated is None or index is None or not 0 < integrated < 2**33:
        raise read.wrong(("Payload", "integratedTime"), str(numbers), "a time and an index")
    return _LogEntry(
        body=read.text(payload, "body", ("Payload",)),
        integrated=integrated,
        index=index,
        log_id=read.text(payload, "logID", ("Payload",)),
        promise=promise,
    )


def _check_promise(entry: _LogEntry, root: TrustedRoot) -> None:
    from sigstore._internal.trust import KeyringPurpose
    from sigstore._utils import KeyID
    from sigstore.errors import VerificationError

    try:
        root.rekor_keyring(KeyringPurpose.VERIFY).verify(
            key_id=KeyID(bytes.fromhex(entry.log_id)),
            signature=entry.promise,
            data=entry.promised,
        )
    except (VerificationError, ValueError):
        raise _Unverified(
            "the log entry's promise is by no log of the trusted root, or was changed"
        ) from None


def _check_entry(entry: _LogEntry, claim: _Claim, certificate: Certificate) -> None:
    read = FieldReader("the log entry's body")
    data = base64_bytes(entry.body)
    if data is None:
        raise read.wrong((), "other text", "base64 with its padding")
    body = read.root(parse_json(data, where=read.where))
    kind = (read.text(body, "kind", ()), read.text(body, "apiVersion", ()))
    # A payload is logged as one, and an envelope as one: the log never says one of the other.
    of_payload = claim.message == claim.payload
    reader = (_PAYLOADS if of_payload else _ENVELOPES).get(kind)
    if reader is None:
        raise _Unverified(f"the log entry is a {' '.join(kind)[:80]}, which is not read here")
    logged = reader(read, read.object(body, "spec", ()))
    for matches, what in (
        (logged.digest == hashlib.sha256(claim.payload).hexdigest(), "payload"),
        (logged.signature == base64.b64encode(claim.signature).decode(), "signature"),
        (_certificates(logged.verifier) == [certificate], "certificate"),
    ):
        if not matches:
            raise _Unverified(f"the log entry is about another {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Logged:
    """What a log entry is about: sha256 of the payload in hexadecimal, signature in base64, PEM."""

    digest: str
    signature: str
    verifier: bytes


def _hashed(read: FieldReader, obj: JsonObject, name: str, path: Path) -> str:
    found = read.object(obj, name, path)
    if found.get("algorithm") != "sha256":
        raise _Unverified("the log entry is about another hash algorithm")
    return read.text(found, "value", (*path, name))


def _hashedrekord(read: FieldReader, spec: JsonObject) -> _Logged:
    path: Path = ("spec", "signature")
    signed = read.object(spec, "signature", ("spec",))
    key = read.object(signed, "publicKey", path)
    return _Logged(
        digest=_hashed(read, read.object(spec, "data", ("spec",)), "hash", ("spec", "data")),
        signature=read.text(signed, "content", path),
        verifier=base64.b64decode(read.text(key, "content", (*path, "publicKey"))),
    )


def _intoto(read: FieldReader, spec: JsonObject) -> _Logged:
    path: Path = ("spec", "content")
    content = read.object(spec, "content", ("spec",))
    envelope = read.object(content, "envelope", path)
    signed = _only_one(read.objects(envelope, "signatures", (*path, "envelope")))
    inner: Path = (*path, "envelope", "signatures", 0)
    return _Logged(
        digest=_hashed(read, content, "payloadHash", path),
        # This version keeps the base64 of the base64.
        signature=base64.b64decode(read.text(signed, "sig", inner)).decode(),
        verifier=base64.b64decode(read.text(signed, "publicKey", inner)),
    )


def _dsse(read: FieldReader, spec: JsonObject) -> _Logged:
    signed = _only_one(read.objects(spec, "signatures", ("spec",)))
    inner: Path = ("spec", "signatures", 0)
    return _Logged(
        digest=_hashed(read, spec, "payloadHash", ("spec",)),
        signature=read.text(signed, "signature", inner),
        verifier=base64.b64decode(read.text(signed, "verifier", inner)),
    )


_PAYLOADS = {("hashedrekord", "0.0.1"): _hashedrekord}
_ENVELOPES = {("intoto", "0.0.2"): _intoto, ("dsse", "0.0.1"): _dsse}


def _only_one(signatures: list[JsonObject]) -> JsonObject:
    if len(signatures) != 1:
        raise _Unverified(f"the log entry has {len(signatures)} signatures")
    return signatures[0]


def _certificates(pem: bytes) -> list[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    return load_pem_x509_certificates(pem)


def _chain(certificate: Certificate, time: datetime, root: TrustedRoot) -> list[Certificate]:
    from cryptography.x509 import ExtendedKeyUsage, UnsupportedGeneralNameType
    from cryptography.x509.verification import (
        Criticality,
        ExtensionPolicy,
        PolicyBuilder,
        Store,
        VerificationError,
    )

    if not certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc:
        raise _Unverified(
            f"the certificate was not valid when it signed: {time.isoformat()} is not from "
            f"{certificate.not_valid_before_utc.isoformat()} to "
            f"{certificate.not_valid_after_utc.isoformat()}"
        )
    # The verifier asks for a client's key usage; a signer's is checked by itself.
    authority = ExtensionPolicy.webpki_defaults_ca().may_be_present(
        ExtendedKeyUsage, Criticality.NON_CRITICAL, None
    )
    signer = ExtensionPolicy.webpki_defaults_ee().may_be_present(
        ExtendedKeyUsage, Criticality.NON_CRITICAL, None
    )
    verifier = (
        PolicyBuilder()
        .store(Store(root.get_fulcio_certs()))
        .time(time)
        .extension_policies(ca_policy=authority, ee_policy=signer)
        .build_client_verifier()
    )
    try:
        return verifier.verify(certificate, []).chain[1:]
    except (VerificationError, UnsupportedGeneralNameType) as problem:
        line = " ".join(str(problem).split())[:200]
        raise _Unverified(
            f"the certificate is by no authority of the trusted root: {line}"
        ) from None


def _check_sct(certificate: Certificate, chain: list[Certificate], root: TrustedRoot) -> None:
    from sigstore._internal.sct import verify_sct
    from sigstore._internal.trust import KeyringPurpose
    from sigstore.errors import VerificationError

    try:
        verify_sct(certificate, chain, root.ct_keyring(KeyringPurpose.VERIFY))
    except VerificationError as problem:
        raise _Unverified(f"no transparency log promised the certificate: {problem}") from None


def _check_usage(certificate: Certificate) -> None:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    extensions = certificate.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if not usage.digital_signature:
        raise _Unverified("the certificate is not for signatures")
    if ExtendedKeyUsageOID.CODE_SIGNING not in extended:
        raise _Unverified("the certificate is not for signing code")
