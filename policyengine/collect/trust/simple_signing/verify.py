"""Does a simple signature hold for an image, by the requirements of its scope?

The procedure (numbers are in the code), after containers/image ``signature/policy_eval.go``:

1. The most specific scope of the image decides. Where it rejects, nothing counts; where it
   accepts anything, nothing was verified, and that makes no signature a verified one.
2. The signature is by a key of the requirement: OpenPGP by ``gpg``, Sigstore's form by the key
   itself. Requirements that ask for certificates or a log are not met here: the trust policy of
   this program verifies such signatures (``--trust-policy``).
3. The reference that was signed is the one that the requirement's ``signedIdentity`` wants.
4. Where several requirements are given, each must be met, by whichever signature.

The signed digest is held to the image where the document is assembled.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from policyengine.collect.trust.simple_signing.gpg import BadGpgSignature, verify_gpg
from policyengine.collect.trust.simple_signing.payload import (
    ATOMIC,
    COSIGN,
    SimplePayload,
    parse_payload,
)
from policyengine.collect.trust.simple_signing.policy import (
    ImagePolicy,
    PolicyKey,
    PolicyRequirement,
    RequirementKind,
    SignedIdentity,
)
from policyengine.collect.trust.simple_signing.rekor import logged_at
from policyengine.errors import (
    InvalidReference,
    MalformedEvidence,
    TrustPolicyError,
)
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.reference import ImageReference

SIGSTORE_MARK = b"\0sigstore-json\n"
SIGNATURE_BYTES = 4 * 1024 * 1024  # as containers/image
PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
_ANNOTATION = "dev.cosignproject.cosign/signature"
_LOG_ANNOTATION = "dev.sigstore.cosign/bundle"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleSignature:
    """A signature as it was read. ``payload``, ``value`` and ``log_entry`` are of Sigstore's
    form, where ``message`` is empty; an OpenPGP message has its payload inside."""

    location: str
    message: bytes
    payload: bytes = b""
    value: bytes = b""
    log_entry: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleFinding:
    """What was found of one signature; see ``Signature`` for the fields. ``digest`` is None
    where nothing was signed that can be believed even to be said."""

    problem: str | None
    digest: str | None = None
    reference: str | None = None
    signer: str | None = None
    keyid: str | None = None
    signed_at: Instant | None = None


def is_simple_signature(data: bytes) -> bool:
    """Say whether bytes have one of the two forms: all OpenPGP packets begin with a high bit."""
    return data.startswith(SIGSTORE_MARK) or data[:1] >= b"\x80"


def read_simple_signature(data: bytes, where: str) -> SimpleSignature:
    """Read a signature file. Raises MalformedEvidence."""
    if len(data) > SIGNATURE_BYTES:
        raise MalformedEvidence(
            "is too large for a signature", where=where, expected=f"at most {SIGNATURE_BYTES} bytes"
        )
    if not data.startswith(SIGSTORE_MARK):
        return SimpleSignature(location=where, message=data)
    read = FieldReader(where)
    text = data.removeprefix(SIGSTORE_MARK)
    document = read.root(parse_json(text, where=where, depth=16))
    kind = read.text(document, "mimeType", ())
    if kind != PAYLOAD_TYPE:
        raise read.wrong(("mimeType",), repr(kind[:80]), PAYLOAD_TYPE)
    annotations = read.object(document, "annotations", ())
    return SimpleSignature(
        location=where,
        message=b"",
        payload=_base64(read, read.text(document, "payload", ()), "payload"),
        value=_base64(read, read.text(annotations, _ANNOTATION, ("annotations",)), "annotations"),
        log_entry=(
            read.optional_text(annotations, _LOG_ANNOTATION, ("annotations",)) or ""
        ).encode(),
    )


def attached_signature(
    payload: bytes, annotations: Mapping[str, str], where: str
) -> SimpleSignature:
    """Return a signature in Sigstore's form that lies in a registry, as cosign puts it there."""
    read = FieldReader(where)
    value = annotations.get(_ANNOTATION, "")
    if not value:
        raise read.wrong(("annotations",), "no signature", f"base64 under {_ANNOTATION}")
    return SimpleSignature(
        location=where,
        message=b"",
        payload=payload,
        value=_base64(read, value, "annotations"),
        log_entry=annotations.get(_LOG_ANNOTATION, "").encode(),
    )


def verify_simple(
    signatures: Sequence[SimpleSignature],
    image: ImageReference,
    policy: ImagePolicy,
    *,
    now: Instant,
) -> tuple[list[SimpleFinding], tuple[str, ...]]:
    """Return a finding for each signature, and what of the policy is not met, as sentences."""
    # 1.
    scope, requirements = policy.requirements_for("docker", image)
    place = f"{policy.origin} {scope}"
    kinds = {requirement.kind for requirement in requirements}
    if RequirementKind.REJECT in kinds:
        problem = f"{place} rejects every image"
        return [SimpleFinding(problem=problem) for _ in signatures], (problem,)
    asked = [item for item in requirements if item.kind is not RequirementKind.ACCEPT_ANYTHING]
    if not asked:
        problem = f"{place} accepts anything, so that nothing was verified"
        return [SimpleFinding(problem=problem) for _ in signatures], (problem,)
    table = [
        [_finding(signature, image, requirement, now) for requirement in asked]
        for signature in signatures
    ]
    # 4.
    unmet = [
        f"{place} requirement {number + 1} is met by no signature"
        for number in range(len(asked))
        if not any(row[number].problem is None for row in table)
    ]
    findings: list[SimpleFinding] = []
    for row in table:
        good = next((item for item in row if item.problem is None), None)
        best = good or next((item for item in row if item.digest is not None), row[0])
        if good is not None and unmet:
            best = SimpleFinding(
                problem=unmet[0],
                digest=good.digest,
                reference=good.reference,
                keyid=good.keyid,
                signed_at=good.signed_at,
            )
        findings.append(best)
    return findings, tuple(unmet)


def _finding(
    signature: SimpleSignature,
    image: ImageReference,
    requirement: PolicyRequirement,
    now: Instant,
) -> SimpleFinding:
    """2. and 3."""
    try:
        if requirement.kind is RequirementKind.SIGNED_BY:
            signed = _signed_by(signature, requirement, now)
        else:
            signed = _sigstore_signed(signature, requirement)
    except MalformedEvidence as problem:
        return SimpleFinding(problem=str(problem))
    if isinstance(signed, SimpleFinding):
        return signed
    return SimpleFinding(
        problem=_identity_problem(signed.payload.reference, image, requirement.identity),
        digest=signed.payload.digest,
        reference=signed.payload.reference,
        signer=signed.signer,
        keyid=signed.keyid,
        signed_at=signed.payload.signed_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """A payload, and the key that signed it."""

    payload: SimplePayload
    signer: str | None
    keyid: str | None


def _signed_by(
    signature: SimpleSignature, requirement: PolicyRequirement, now: Instant
) -> _Signed | SimpleFinding:
    if not signature.message:
        problem = "is in Sigstore's form, where an OpenPGP signature is required"
        return SimpleFinding(problem=problem)
    why = "the requirement has no keys"
    for key in requirement.keys:
        try:
            found = verify_gpg(signature.message, [key.data], where=key.origin, now=now)
        except BadGpgSignature as bad:
            why = str(bad)
            continue
        payload = parse_payload(found.payload, ATOMIC, signature.location)
        return _Signed(payload=payload, signer=key.name, keyid=found.fingerprint)
    return SimpleFinding(problem=why)


def _sigstore_signed(
    signature: SimpleSignature, requirement: PolicyRequirement
) -> _Signed | SimpleFinding:
    if signature.message:
        problem = "is an OpenPGP signature, where Sigstore's form is required"
        return SimpleFinding(problem=problem)
    claimed = parse_payload(signature.payload, COSIGN, signature.location)
    if requirement.certified:
        problem = "policy.json asks for certificates, which are verified under --trust-policy only"
        return SimpleFinding(problem=problem, digest=claimed.digest)
    log_keys = [_ecdsa_key(key) for key in requirement.log_keys]
    for given in requirement.keys:
        key = _ecdsa_key(given)
        if not _fits(key, signature):
            continue
        if log_keys:
            if not signature.log_entry:
                problem = "policy.json asks for an entry in a Rekor log, and there is none"
                return SimpleFinding(problem=problem, digest=claimed.digest)
            at = logged_at(
                signature.log_entry,
                log_keys=log_keys,
                payload=signature.payload,
                signature=signature.value,
                key=key,
                where=f"{signature.location}: {_LOG_ANNOTATION}",
            )
            claimed = replace(claimed, signed_at=at)
        return _Signed(payload=claimed, signer=given.name, keyid=None)
    problem = "the signature is by none of the keys, or altered"
    return SimpleFinding(problem=problem, digest=claimed.digest)


def _ecdsa_key(key: PolicyKey) -> ec.EllipticCurvePublicKey:
    try:
        found = serialization.load_pem_public_key(key.data)
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise TrustPolicyError(
            "is no key of a Sigstore signature",
            where=key.origin,
            expected="an ECDSA key in PEM form",
        )
    return found


def _fits(key: ec.EllipticCurvePublicKey, signature: SimpleSignature) -> bool:
    try:
        key.verify(signature.value, signature.payload, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _identity_problem(signed: str, image: ImageReference, identity: SignedIdentity) -> str | None:
    """3."""
    try:
        reference = ImageReference.parse(signed)
    except InvalidReference:
        return f"signed for {signed[:255]!r}, which is no image reference"
    kind = identity.kind
    wanted = image
    if kind == "remapIdentity":
        wanted = _remapped(image, identity)
        kind = "matchRepoDigestOrExact"
    if kind in {"exactReference", "exactRepository"}:
        wanted = ImageReference.parse(identity.first)
    by_repository = kind in {"matchRepository", "exactRepository"} or (
        kind == "matchRepoDigestOrExact" and image.digest is not None
    )
    if reference.name != wanted.name:
        return f"signed for {reference.name}, not for {wanted.name}"
    if by_repository:
        return None
    named = (reference.tag, reference.digest)
    if named == (None, None) or named != (_tag(wanted), wanted.digest):
        return f"signed as {signed[:255]}, asked for as {wanted}"
    return None


def _tag(reference: ImageReference) -> str | None:
    if reference.tag is None and reference.digest is None:
        return "latest"
    return reference.tag


def _remapped(image: ImageReference, identity: SignedIdentity) -> ImageReference:
    prefix = identity.first
    if image.name != prefix and not image.name.startswith(f"{prefix}/"):
        return image
    name = identity.second + image.name.removeprefix(prefix)
    try:
        there = ImageReference.parse(name)
    except InvalidReference:
        return image
    return ImageReference(
        registry=there.registry, repository=there.repository, tag=image.tag, digest=image.digest
    )


def _base64(read: FieldReader, text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise read.wrong((name,), "something else", "base64") from None
