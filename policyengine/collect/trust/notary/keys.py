"""Public keys and signatures of Notary v1.

Source: theupdateframework/notary ``tuf/data/keys.go`` and ``tuf/signed/verifiers.go``. A key's id
is the SHA-256 of its canonical JSON; a key under another id is refused, and so are kinds and
methods that are not in the tables below: one that cannot be checked must not count.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from policyengine.collect.trust.notary.canonical import canonical_json
from policyengine.model.instant import Instant

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

KEY_TYPES = ("ecdsa", "ecdsa-x509", "ed25519", "rsa", "rsa-x509")
METHODS = ("ecdsa", "eddsa", "rsapss")
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
# Notary's own bounds: smaller keys are not safe, larger ones cost time.
_RSA_BITS = (2048, 8192)


class BadKey(ValueError):
    """A key that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TufKey:
    """A public key.

    ``fingerprint`` is the SHA-256 of its SubjectPublicKeyInfo: one key written in two ways has
    two ids and one fingerprint. ``bare_keyid`` is the id of the key without its certificate,
    which ``notary key list`` shows; it is ``keyid`` where there is none. ``common_name`` and the
    dates are of its certificate, None for a bare key.
    """

    keyid: str
    keytype: str
    public: PublicKey = field(repr=False)
    fingerprint: str
    bare_keyid: str
    common_name: str | None = None
    not_before: Instant | None = None
    not_after: Instant | None = None


def read_key(keyid: str, keytype: str, public: str) -> TufKey:
    """Read a key as metadata has it: ``public`` is the base64 of DER, PEM or, Ed25519, raw bytes.

    Raises BadKey.
    """
    if keytype not in KEY_TYPES:
        raise BadKey(f"the unknown key type {keytype[:40]!r}")
    own = key_id(keytype, public)
    if own != keyid:
        raise BadKey(f"the id of another key: its own is {own}")
    try:
        data = base64.b64decode(public, validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("what is not base64") from None
    certificate: x509.Certificate | None = None
    try:
        if keytype == "ed25519":
            key: object = ed25519.Ed25519PublicKey.from_public_bytes(data)
        elif keytype.endswith("-x509"):
            certificate = x509.load_pem_x509_certificate(data)
            key = certificate.public_key()
        else:
            key = serialization.load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey(f"no public key of the type {keytype}") from None
    return _checked(keyid, keytype, key, certificate)


def key_id(keytype: str, public: str) -> str:
    """Return the id of a key: 64 hexadecimal digits."""
    document = canonical_json(
        {"keytype": keytype, "keyval": {"private": None, "public": public}},
    )
    return hashlib.sha256(document).hexdigest()


def key_of_certificate(pem: bytes) -> TufKey:
    """Read a root certificate as a key. Raises BadKey."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        kind = "ecdsa" if _is_ecdsa(certificate) else "rsa"
        canonical_pem = certificate.public_bytes(serialization.Encoding.PEM)
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("no certificate in PEM form") from None
    public = base64.b64encode(canonical_pem).decode("ascii")
    return read_key(key_id(f"{kind}-x509", public), f"{kind}-x509", public)


def verifies(key: TufKey, method: str, signature: bytes, message: bytes) -> bool:
    """Say whether ``signature`` by ``method`` over ``message`` is of ``key``."""
    try:
        if method == "ecdsa" and isinstance(key.public, ec.EllipticCurvePublicKey):
            key.public.verify(_as_der(signature, key.public), message, ec.ECDSA(hashes.SHA256()))
        elif method == "rsapss" and isinstance(key.public, rsa.RSAPublicKey):
            scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
            key.public.verify(signature, message, scheme, hashes.SHA256())
        elif method == "eddsa" and isinstance(key.public, ed25519.Ed25519PublicKey):
            key.public.verify(signature, message)
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_ecdsa(certificate: x509.Certificate) -> bool:
    return isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)


def _as_der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the DER form of Notary's r and s side by side, each as long as the curve's order."""
    half = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * half:
        raise ValueError("a signature of another length than the curve's")
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    return utils.encode_dss_signature(r, s)


def _checked(keyid: str, keytype: str, key: object, certificate: x509.Certificate | None) -> TufKey:
    kind = keytype.removesuffix("-x509")
    if kind == "ecdsa":
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
            raise BadKey("no ECDSA key on P-256, P-384 or P-521")
        public: PublicKey = key
    elif kind == "rsa":
        low, high = _RSA_BITS
        if not isinstance(key, rsa.RSAPublicKey) or not low <= key.key_size <= high:
            raise BadKey(f"no RSA key of {low} to {high} bits")
        public = key
    elif isinstance(key, ed25519.Ed25519PublicKey):
        public = key
    else:
        raise BadKey("no Ed25519 key")
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    name: str | None = None
    if certificate is not None:
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        name = str(names[0].value) if len(names) == 1 else ""
    return TufKey(
        keyid=keyid,
        keytype=keytype,
        public=public,
        fingerprint=hashlib.sha256(der).hexdigest(),
        bare_keyid=(
            keyid if certificate is None else key_id(kind, base64.b64encode(der).decode("ascii"))
        ),
        common_name=name,
        not_before=_instant(certificate, "not_valid_before_utc"),
        not_after=_instant(certificate, "not_valid_after_utc"),
    )


def _instant(certificate: x509.Certificate | None, name: str) -> Instant | None:
    if certificate is None:
        return None
    return Instant(int(getattr(certificate, name).timestamp()) * 1_000_000_000)
