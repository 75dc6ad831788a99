"""Signatures of JSON Web Tokens (RFC 7518): verified by cryptography, and made again the same.

An algorithm takes keys of its own kind alone, so a public key is never taken as a secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from policyengine.rego.runtime.builtins.failures import BuiltinError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    from policyengine.rego.runtime.builtins.jwt_keys import KeyMaterial

# Go refuses to use smaller ones.
_LEAST_RSA_BITS: Final = 1024


def _hash(algorithm: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    sizes: dict[str, HashAlgorithm] = {
        "256": hashes.SHA256(),
        "384": hashes.SHA384(),
        "512": hashes.SHA512(),
    }
    return sizes[algorithm[2:]]


def public_part(material: KeyMaterial | None) -> KeyMaterial | None:
    """The public key of a private one; anything else as it is."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    private = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
    return material.public_key() if isinstance(material, private) else material


def verifies(
    algorithm: str,
    material: KeyMaterial | None,
    signed: bytes,
    signature: bytes,
    *,
    exact: bool = True,
) -> bool:
    """Whether the signature is one of ``signed``. Any doubt about the key is a no.

    ``exact`` holds ES* to the length of the key and PS* to a salt as long as the digest, as RFC
    7518 has it; without it both are as lax as OPA's ``io.jwt.verify_*``.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

    family = algorithm[:2]
    try:
        if family == "HS" and isinstance(material, bytes):
            return hmac.compare_digest(_code(algorithm, material, signed), signature)
        if algorithm in {"EdDSA", "Ed25519"} and isinstance(material, ed25519.Ed25519PublicKey):
            material.verify(signature, signed)
            return True
        if family == "ES" and isinstance(material, ec.EllipticCurvePublicKey):
            size = (material.curve.key_size + 7) // 8
            if exact and len(signature) != 2 * size:
                return False
            middle = len(signature) // 2
            r, s = int.from_bytes(signature[:middle]), int.from_bytes(signature[middle:])
            pair = utils.encode_dss_signature(r, s)
            material.verify(pair, signed, ec.ECDSA(_hash(algorithm)))
            return True
        if family in {"RS", "PS"} and isinstance(material, rsa.RSAPublicKey):
            if material.key_size < _LEAST_RSA_BITS:
                return False
            digest = _hash(algorithm)
            if family == "RS":
                material.verify(signature, signed, padding.PKCS1v15(), digest)
                return True
            salt = digest.digest_size if exact else padding.PSS.AUTO
            scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=salt)
            material.verify(signature, signed, scheme, digest)
            return True
    except (InvalidSignature, ValueError):
        return False
    return False


def _code(algorithm: str, secret: bytes, signed: bytes) -> bytes:
    return hmac.new(secret, signed, f"sha{algorithm[2:]}").digest()


def signature_of(algorithm: str, material: KeyMaterial | None, signed: bytes, seed: bytes) -> bytes:
    """The signature, the same each time: ES* as RFC 6979, PS* with a salt that follows the seed.

    Raises BuiltinError for a key of another kind.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

    family = algorithm[:2]
    if family == "HS" and isinstance(material, bytes):
        return _code(algorithm, material, signed)
    if algorithm == "EdDSA" and isinstance(material, ed25519.Ed25519PrivateKey):
        return material.sign(signed)
    if family == "ES" and isinstance(material, ec.EllipticCurvePrivateKey):
        scheme = ec.ECDSA(_hash(algorithm), deterministic_signing=True)
        r, s = utils.decode_dss_signature(material.sign(signed, scheme))
        size = (material.curve.key_size + 7) // 8
        return r.to_bytes(size) + s.to_bytes(size)
    if family in {"RS", "PS"} and isinstance(material, rsa.RSAPrivateKey):
        if material.key_size < _LEAST_RSA_BITS:
            raise BuiltinError(f"crypto/rsa: {material.key_size}-bit keys are insecure")
        if family == "RS":
            return material.sign(signed, padding.PKCS1v15(), _hash(algorithm))
        return _probabilistic(algorithm, material, signed, seed)
    raise BuiltinError(f"invalid key type for the algorithm {algorithm}")


def _probabilistic(algorithm: str, key: RSAPrivateKey, signed: bytes, seed: bytes) -> bytes:
    # cryptography takes the salt from the system's randomness, and no two answers would agree.
    from Crypto.Hash import SHA256, SHA384, SHA512
    from Crypto.PublicKey import RSA
    from Crypto.Signature import pss

    public: RSAPublicKey = key.public_key()
    numbers = key.private_numbers()
    parts = (public.public_numbers().n, public.public_numbers().e, numbers.d, numbers.p, numbers.q)
    hashed = {"256": SHA256, "384": SHA384, "512": SHA512}[algorithm[2:]].new(signed)
    salt = _salts(seed + algorithm.encode() + signed)
    try:
        return pss.new(RSA.construct(parts), rand_func=salt).sign(hashed)
    except ValueError as error:
        raise BuiltinError(f"failed to sign: {error}") from None


def _salts(seed: bytes) -> Callable[[int], bytes]:
    return lambda size: hashlib.shake_256(seed).digest(size)
