"""A Sigstore of our own: authority, transparency logs and trusted root, made on the spot.

What it signs is valid; each test spoils one thing of it, and only that.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from policyengine.collect.trust.statement import parse_statement
from policyengine.model.dsse import pae
from policyengine.model.trust_material import (
    CosignSignature,
    DsseEnvelope,
    EnvelopeSignature,
    SignedStatement,
)
from tests.evidence_values import DIGEST, source

SUBJECT = "release@example.com"
ISSUER = "https://issuer.example.com"
SIGNED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUER_V2 = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")

Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def spki(key: Key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: Key) -> bytes:
    return hashlib.sha256(spki(key)).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def utf8_string(text: str) -> bytes:
    return b"\x0c" + bytes([len(text)]) + text.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """What a signing certificate is to say; ``foreign_sct`` has another log promise it."""

    subject: str = SUBJECT
    issuer_extension: bytes = utf8_string(ISSUER)
    begins: datetime = SIGNED_AT - timedelta(minutes=1)
    ends: datetime = SIGNED_AT + timedelta(minutes=9)
    usage: ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING
    with_sct: bool = True
    foreign_sct: bool = False


@dataclass(frozen=True, slots=True)
class SigstoreWorld:
    """Keys of an authority, a certificate log and a signature log."""

    authority: Key = field(default_factory=new_key)
    certificate_log: Key = field(default_factory=new_key)
    log: Key = field(default_factory=new_key)
    signer: Key = field(default_factory=new_key)

    def root_certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        key_usage = _key_usage(key_cert_sign=True)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.authority.public_key())
            .serial_number(1)
            .not_valid_before(SIGNED_AT - timedelta(days=365))
            .not_valid_after(SIGNED_AT + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(key_usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.authority.public_key()),
                critical=False,
            )
            .sign(self.authority, SHA256())
        )

    def trusted_root(self) -> bytes:
        since = {"start": "2020-01-01T00:00:00Z"}

        def log(key: Key) -> dict[str, Any]:
            return {
                "baseUrl": "https://log.example.com",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": b64(spki(key)),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": since,
                },
                "logId": {"keyId": b64(key_id(key))},
            }

        der = self.root_certificate().public_bytes(Encoding.DER)
        document = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self.log)],
            "ctlogs": [log(self.certificate_log)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "example", "commonName": "authority"},
                    "uri": "https://authority.example.com",
                    "certChain": {"certificates": [{"rawBytes": b64(der)}]},
                    "validFor": since,
                }
            ],
        }
        return json.dumps(document).encode()

    def certificate(self, of: Certified) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.root_certificate().subject)
            .public_key(self.signer.public_key())
            .serial_number(2)
            .not_valid_before(of.begins)
            .not_valid_after(of.ends)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([of.usage]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.RFC822Name(of.subject)]), critical=True
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.authority.public_key()),
                critical=False,
            )
            .add_extension(
                x509.UnrecognizedExtension(_ISSUER_V2, of.issuer_extension), critical=False
            )
        )
        if not of.with_sct:
            return builder.sign(self.authority, SHA256())
        # What the log signs is the certificate without the log's own extension.
        draft = _with_sct(builder, b"\0\0").sign(self.authority, SHA256())
        log = new_key() if of.foreign_sct else self.certificate_log
        sct = self._sct(draft.tbs_precertificate_bytes, log)
        return _with_sct(builder, sct).sign(self.authority, SHA256())

    def _sct(self, precertificate: bytes, log: Key) -> bytes:
        time = int((SIGNED_AT - timedelta(minutes=1)).timestamp() * 1000).to_bytes(8)
        entry = key_id(self.authority) + len(precertificate).to_bytes(3) + precertificate
        signed = b"\0\0" + time + b"\0\1" + entry + b"\0\0"
        signature = log.sign(signed, ec.ECDSA(SHA256()))
        sct = b"\0" + key_id(self.certificate_log) + time + b"\0\0" + b"\4\3"
        sct += len(signature).to_bytes(2) + signature
        return (len(sct) + 2).to_bytes(2) + len(sct).to_bytes(2) + sct

    def log_entry(
        self, payload: bytes, signature: bytes, certificate: bytes, *, at: datetime = SIGNED_AT
    ) -> dict[str, Any]:
        """Return the log's answer to a signature."""
        body = {
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": {
                    "hash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
                },
                "signature": {
                    "content": b64(signature),
                    "publicKey": {"content": b64(certificate)},
                },
            },
        }
        return self.promised(
            {
                "body": b64(json.dumps(body).encode()),
                "integratedTime": int(at.timestamp()),
                "logID": key_id(self.log).hex(),
                "logIndex": 7,
            }
        )

    def promised(self, entry: dict[str, Any], *, by: Key | None = None) -> dict[str, Any]:
        """Return ``entry`` with the log's promise."""
        data = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
        promise = (by or self.log).sign(data, ec.ECDSA(SHA256()))
        return {"SignedEntryTimestamp": b64(promise), "Payload": entry}

    def signature(
        self, of: Certified | None = None, *, at: datetime = SIGNED_AT, digest: str = DIGEST
    ) -> CosignSignature:
        """Return a signature of the manifest ``digest`` that holds."""
        payload = json.dumps(
            {
                "critical": {
                    "identity": {"docker-reference": ""},
                    "image": {"docker-manifest-digest": digest},
                    "type": "cosign container image signature",
                },
                "optional": None,
            }
        ).encode()
        certificate = self.certificate(of or Certified()).public_bytes(Encoding.PEM)
        signature = self.signer.sign(payload, ec.ECDSA(SHA256()))
        entry = self.log_entry(payload, signature, certificate, at=at)
        return CosignSignature(
            source=source("signature", "cosign-signature"),
            pointer="/critical",
            payload=payload,
            signature=signature,
            digest=digest,
            repository=None,
            tag=None,
            certificate=certificate,
            log_bundle=json.dumps(entry).encode(),
        )

    def envelope(self, kind: str = "intoto", **logged: bytes) -> SignedStatement:
        """Return a signed statement that holds, as cosign attests; ``logged`` goes to the log in
        place of its ``payload`` or ``signature``."""
        payload = json.dumps(
            {
                "_type": "https://in-toto.io/Statement/v0.1",
                "subject": [{"name": "", "digest": {"sha256": DIGEST.removeprefix("sha256:")}}],
                "predicateType": "https://example.com/predicate",
                "predicate": {},
            }
        ).encode()
        message = pae("application/vnd.in-toto+json", payload)
        signature = self.signer.sign(message, ec.ECDSA(SHA256()))
        certificate = self.certificate(Certified()).public_bytes(Encoding.PEM)
        body = _envelope_body(
            kind, logged.get("payload", payload), logged.get("signature", signature), certificate
        )
        entry = self.promised(
            {
                "body": b64(json.dumps(body).encode()),
                "integratedTime": int(SIGNED_AT.timestamp()),
                "logID": key_id(self.log).hex(),
                "logIndex": 8,
            }
        )
        return SignedStatement(
            source=source("attestation", "dsse"),
            pointer="",
            envelope=DsseEnvelope(
                payload_type="application/vnd.in-toto+json",
                payload=payload,
                signatures=(EnvelopeSignature(keyid="", signature=signature),),
            ),
            statement=parse_statement(payload, "attestation"),
            certificate=certificate,
            log_bundle=json.dumps(entry).encode(),
        )

    def logged_anew(self, item: CosignSignature) -> CosignSignature:
        """Return ``item`` with a log entry that is about what it now holds."""
        assert item.certificate is not None
        entry = self.log_entry(item.payload, item.signature, item.certificate)
        return replace(item, log_bundle=json.dumps(entry).encode())


def _envelope_body(
    kind: str, payload: bytes, signature: bytes, certificate: bytes
) -> dict[str, Any]:
    digest = {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
    if kind == "dsse":
        signed = [{"signature": b64(signature), "verifier": b64(certificate)}]
        spec: dict[str, Any] = {"payloadHash": digest, "signatures": signed}
        return {"apiVersion": "0.0.1", "kind": "dsse", "spec": spec}
    signed = [{"sig": b64(b64(signature).encode()), "publicKey": b64(certificate)}]
    spec = {"content": {"envelope": {"signatures": signed}, "payloadHash": digest}}
    return {"apiVersion": "0.0.2", "kind": "intoto", "spec": spec}


def _with_sct(builder: x509.CertificateBuilder, scts: bytes) -> x509.CertificateBuilder:
    octets = b"\x04" + (bytes([len(scts)]) if len(scts) < 128 else b"\x81" + bytes([len(scts)]))
    return builder.add_extension(
        x509.UnrecognizedExtension(_SCT_LIST, octets + scts), critical=False
    )


def _key_usage(**uses: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: uses.get(name, False) for name in names})
