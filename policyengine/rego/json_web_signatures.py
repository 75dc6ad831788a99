"""JSON Web Signatures (RFC 7515) as the engine's own ``io.jwt`` makes and verifies them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Final

from policyengine.rego.runtime.builtins.failures import BuiltinError
from policyengine.rego.runtime.builtins.jwt_keys import (
    ALGORITHMS,
    JwtKey,
    json_web_keys,
    verification_keys,
)
from policyengine.rego.runtime.builtins.jwt_signatures import public_part, signature_of, verifies
from policyengine.rego.runtime.builtins.pem import next_block

if TYPE_CHECKING:
    from policyengine.rego.runtime.builtins.jwt_keys import KeyMaterial

__all__ = [
    "ALGORITHMS",
    "JwtKey",
    "algorithms_for",
    "certificate_validity",
    "decoded_part",
    "encoded_part",
    "fingerprint",
    "read_private_key",
    "read_public_keys",
    "signature",
    "verifies",
]

_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_SIZES: Final = ("256", "384", "512")
_SECOND: Final = 1_000_000_000


def read_public_keys(text: str) -> tuple[JwtKey, ...]:
    """The public keys of a PEM certificate or key, a JWK or a JWK set.

    Raises ValueError for anything else, and for a private or symmetric key: neither is a key that
    verifies without being able to sign.
    """
    try:
        keys = verification_keys(text)
    except BuiltinError as error:
        raise ValueError(str(error)) from None
    for key in keys:
        if isinstance(key.material, bytes) or key.material is not public_part(key.material):
            raise ValueError("a secret or private key, where a public one is expected")
    usable = tuple(key for key in keys if key.material is not None)
    if not usable:
        raise ValueError("no key that signatures can be verified with")
    return usable


def certificate_validity(text: str) -> tuple[int, int] | None:
    """From when until when a PEM certificate is valid, in nanoseconds since the epoch, the end not
    included. None for text that is no certificate. Raises ValueError for one that cannot be read.
    """
    block = next_block(text)
    if block is None or block.label != "CERTIFICATE":
        return None
    # It takes longer to load than all else that verifies a signature.
    from cryptography.x509 import load_der_x509_certificate

    certificate = load_der_x509_certificate(block.data)
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    # RFC 5280, section 4.1.2.5: the last second is still within.
    return int(first.timestamp()) * _SECOND, (int(last.timestamp()) + 1) * _SECOND


def read_private_key(data: bytes) -> KeyMaterial:
    """The private key of a PEM file or a JWK. Raises ValueError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if data.lstrip().startswith(b"{"):
        try:
            keys = json_web_keys(data.decode())
        except (BuiltinError, UnicodeDecodeError) as error:
            raise ValueError(str(error)) from None
        key: object = keys[0].material if len(keys) == 1 else None
    else:
        try:
            key = load_pem_private_key(data, password=None)
        except TypeError:
            raise ValueError("a key under a password, which is not asked for") from None
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ValueError(f"no private key in PEM: {error}") from None
    if not isinstance(
        key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    ):
        raise ValueError("no private RSA, EC or Ed25519 key")
    return key


def algorithms_for(material: KeyMaterial | None) -> tuple[str, ...]:
    """What ``material`` may sign or verify by, the usual first. None for what signs nothing."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    public = public_part(material)
    if isinstance(public, bytes):
        return tuple(f"HS{size}" for size in _SIZES)
    if isinstance(public, rsa.RSAPublicKey):
        return tuple(f"{family}{size}" for family in ("RS", "PS") for size in _SIZES)
    if isinstance(public, ec.EllipticCurvePublicKey):
        # RFC 7518, section 3.4: the curve goes with the digest.
        return tuple(filter(None, (_CURVES.get(public.curve.name),)))
    return ("EdDSA",) if isinstance(public, ed25519.Ed25519PublicKey) else ()


def fingerprint(material: KeyMaterial | None) -> str:
    """The SHA-256 of the public key's SubjectPublicKeyInfo; of a secret nothing is told."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = public_part(material)
    if public is None or isinstance(public, bytes):
        return "shared secret"
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[union-attr]
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def signature(algorithm: str, material: KeyMaterial, signed: bytes) -> bytes:
    """The signature of ``signed``. Raises ValueError for a key that does not go with it."""
    try:
        return signature_of(algorithm, material, signed, b"")
    except BuiltinError as error:
        raise ValueError(str(error)) from None


def encoded_part(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded_part(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError."""
    if "=" in text or "+" in text or "/" in text:
        raise ValueError("not base64url without padding")
    try:
        return base64.b64decode(
            text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True
        )
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(f"not base64url: {error}") from None
