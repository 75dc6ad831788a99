"""Notary Project signatures made by the test: a valid chain, and envelopes open to change."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from policyengine.collect.trust.notation.cbor import encode_sig_structure

REPOSITORY = "registry.example/prod/api"
DIGEST = "sha256:" + "4" * 64
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json"
PREFIX = "io.cncf.notary."

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def name(common: str, **more: str) -> x509.Name:
    """Return a subject with all that notation demands."""
    values = {"C": "US", "ST": "WA", "O": "Notary", "CN": common, **more}
    oids = {
        "C": NameOID.COUNTRY_NAME,
        "ST": NameOID.STATE_OR_PROVINCE_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "CN": NameOID.COMMON_NAME,
    }
    return x509.Name([x509.NameAttribute(oids[key], value) for key, value in values.items()])


def key_usage(**flags: bool) -> x509.KeyUsage:
    """Return a key usage with the named bits."""
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{item: flags.get(item, False) for item in names})


@dataclass(slots=True, kw_only=True)
class Holder:
    """A certificate to be made, and its key."""

    subject: x509.Name
    key: PrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    is_ca: bool = False
    path_length: int | None = None
    usage: x509.KeyUsage | None = None
    usage_critical: bool = True
    purposes: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.CODE_SIGNING,)
    begin: dt.datetime = START
    days: int = 3650
    hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    crl: str | None = None

    def certificate(self, issuer: Holder) -> x509.Certificate:
        """Have ``issuer`` sign the certificate."""
        usage = self.usage or (
            key_usage(key_cert_sign=True, crl_sign=True)
            if self.is_ca
            else key_usage(digital_signature=True)
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(issuer.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.begin)
            .not_valid_after(self.begin + dt.timedelta(days=self.days))
            .add_extension(
                x509.BasicConstraints(ca=self.is_ca, path_length=self.path_length), critical=True
            )
            .add_extension(usage, critical=self.usage_critical)
        )
        if not self.is_ca and self.purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(self.purposes), critical=True)
        if self.crl is not None:
            point = x509.DistributionPoint(
                [x509.UniformResourceIdentifier(self.crl)], None, None, None
            )
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return builder.sign(issuer.key, self.hash)  # type: ignore[arg-type]  # any hash is allowed


def _no_change(_: dict[Any, Any]) -> None:
    pass


@dataclass(slots=True, kw_only=True)
class Signing:
    """A signature to be made; every part may be changed before."""

    root: Holder = field(default_factory=lambda: Holder(subject=name("root"), is_ca=True))
    middle: Holder = field(default_factory=lambda: Holder(subject=name("middle"), is_ca=True))
    leaf: Holder = field(default_factory=lambda: Holder(subject=name("signer")))
    digest: str = DIGEST
    scheme: str = "notary.x509"
    signed_at: str = "2026-03-01T00:00:00Z"
    expiry: str | None = "2026-12-01T00:00:00Z"
    algorithm: str | None = None
    change_headers: Callable[[dict[Any, Any]], None] = _no_change
    change_certificates: Callable[[list[x509.Certificate]], None] | None = None
    timestamp: bytes | None = None

    def chain(self) -> list[x509.Certificate]:
        """Return the certificates, the signer's first."""
        made = [
            self.leaf.certificate(self.middle),
            self.middle.certificate(self.root),
            self.root.certificate(self.root),
        ]
        if self.change_certificates is not None:
            self.change_certificates(made)
        return made

    def payload(self) -> bytes:
        """Return what is signed."""
        artifact = {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": self.digest,
            "size": 528,
        }
        return json.dumps({"targetArtifact": artifact}).encode()

    def jws(self, chain: list[x509.Certificate] | None = None) -> dict[str, Any]:
        """Return a JWS envelope."""
        is_authority = self.scheme.endswith("signingAuthority")
        time_name = f"{PREFIX}{'authenticSigningTime' if is_authority else 'signingTime'}"
        headers: dict[str, Any] = {
            "alg": self.algorithm or algorithm_of(self.leaf.key),
            "cty": PAYLOAD_TYPE,
            "crit": [f"{PREFIX}signingScheme"],
            f"{PREFIX}signingScheme": self.scheme,
            time_name: self.signed_at,
        }
        if is_authority:
            headers["crit"].append(time_name)
        if self.expiry is not None:
            headers["crit"].append(f"{PREFIX}expiry")
            headers[f"{PREFIX}expiry"] = self.expiry
        self.change_headers(headers)
        protected, payload = url64(json.dumps(headers).encode()), url64(self.payload())
        signature = sign(self.leaf.key, f"{protected}.{payload}".encode())
        header: dict[str, Any] = {
            "x5c": [
                base64.b64encode(item.public_bytes(serialization.Encoding.DER)).decode()
                for item in chain or self.chain()
            ]
        }
        if self.timestamp is not None:
            header[f"{PREFIX}timestampSignature"] = base64.b64encode(self.timestamp).decode()
        return {
            "payload": payload,
            "protected": protected,
            "header": header,
            "signature": url64(signature),
        }

    def cose(self, chain: list[x509.Certificate] | None = None) -> bytes:
        """Return a COSE envelope."""
        headers: dict[Any, Any] = {
            1: {"ES256": -7, "ES384": -35, "PS256": -37}[algorithm_of(self.leaf.key)],
            2: [f"{PREFIX}signingScheme"],
            3: PAYLOAD_TYPE,
            f"{PREFIX}signingScheme": self.scheme,
            f"{PREFIX}signingTime": dt.datetime.fromisoformat(self.signed_at),
        }
        if self.expiry is not None:
            headers[2].append(f"{PREFIX}expiry")
            headers[f"{PREFIX}expiry"] = dt.datetime.fromisoformat(self.expiry)
        self.change_headers(headers)
        protected = cbor(headers)
        signature = sign(self.leaf.key, encode_sig_structure(protected, self.payload()))
        certificates = [
            item.public_bytes(serialization.Encoding.DER) for item in chain or self.chain()
        ]
        return b"\xd2" + cbor([protected, {33: certificates}, self.payload(), signature])


def cbor(value: Any) -> bytes:
    """Encode what envelopes are made of."""
    if isinstance(value, dt.datetime):
        return b"\xc1" + _head(0, int(value.timestamp()))
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(cbor, value))
    pairs = b"".join(cbor(key) + cbor(item) for key, item in value.items())
    return _head(5, len(value)) + pairs


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    return bytes([major << 5 | 27]) + number.to_bytes(8, "big")


def algorithm_of(key: PrivateKey) -> str:
    """Return the algorithm that the specification has for a key."""
    if isinstance(key, rsa.RSAPrivateKey):
        return {2048: "PS256", 3072: "PS384", 4096: "PS512"}.get(key.key_size, "PS256")
    return {256: "ES256", 384: "ES384", 521: "ES512"}[key.curve.key_size]


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Sign as the algorithm of the key does."""
    digest: hashes.HashAlgorithm = {
        "256": hashes.SHA256(),
        "384": hashes.SHA384(),
        "512": hashes.SHA512(),
    }[algorithm_of(key)[2:]]
    if isinstance(key, rsa.RSAPrivateKey):
        scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
        return key.sign(message, scheme, digest)
    size = (key.curve.key_size + 7) // 8
    der = key.sign(message, ec.ECDSA(digest))
    return b"".join(part.to_bytes(size, "big") for part in utils.decode_dss_signature(der))


def url64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def write_configuration(
    folder: Path,
    *certificates: x509.Certificate,
    kind: str = "ca",
    tsa: Sequence[x509.Certificate] = (),
    **statement: Any,
) -> Path:
    """Write ``trustpolicy.json`` and its trust stores as notation keeps them."""
    for of, listed in ((kind, certificates), ("tsa", tsa)):
        store = folder / "truststore" / "x509" / of / "acme"
        store.mkdir(parents=True, exist_ok=True)
        for index, item in enumerate(listed):
            path = store / f"{index}.pem"
            path.write_bytes(item.public_bytes(serialization.Encoding.PEM))
    document = {
        "version": "1.0",
        "trustPolicies": [
            {
                "name": "acme-images",
                "registryScopes": ["*"],
                "signatureVerification": {"level": "strict"},
                "trustStores": [f"{kind}:acme", *(["tsa:acme"] if tsa else [])],
                "trustedIdentities": ["*"],
                **statement,
            }
        ],
    }
    (folder / "trustpolicy.json").write_text(json.dumps(document))
    return folder
