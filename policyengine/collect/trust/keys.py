"""Public keys: read from PEM, named by digest, asked whether a signature is theirs.

Keys are those that ``cosign`` makes and takes: ECDSA on the NIST curves, RSA of at least 2048
bits, Ed25519. What a signature over bytes means follows from the key alone, never from what the
signed data says: ECDSA with the digest of its curve's size or, as cosign does for every curve,
SHA-256; RSA with PKCS #1 v1.5 or PSS over SHA-256; Ed25519 over the bytes themselves.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from policyengine.errors import PolicyEngineError
from policyengine.model.trust_policy import TrustedKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

LARGEST_PEM = 64 * 1024
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})


def read_key(data: bytes, *, where: str, error: type[PolicyEngineError]) -> TrustedKey:
    """Return the one public key of PEM text. Raises ``error`` for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    blocks = _BLOCK.findall(data[: LARGEST_PEM + 1])
    expected = "one PEM block PUBLIC KEY"
    if len(data) > LARGEST_PEM:
        raise error("is too large for a key", where=where, expected=f"at most {LARGEST_PEM} bytes")
    if any(b"PRIVATE KEY" in block for block in blocks):
        raise error(
            "is a private key, which verifies nothing and should be where it is safe",
            where=where,
            expected=expected,
        )
    if blocks not in ([b"PUBLIC KEY"], [b"RSA PUBLIC KEY"]):
        found = ", ".join(block.decode() for block in blocks) or "no PEM block"
        raise error("is no public key", where=where, found=found, expected=expected)
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise error("is no public key", where=where, found=_first_line(problem)) from None
    if (weak := _refused(key)) is not None:
        raise error("is a key that is not taken", where=where, found=weak, expected=_TAKEN)
    spki = _spki(key)
    return TrustedKey(keyid=hashlib.sha256(spki).hexdigest(), spki=spki, origin=where)


def key_signed(key: TrustedKey, signature: bytes, message: bytes) -> bool:
    """Say whether ``signature`` over ``message`` is by ``key``."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    return key_made(load_der_public_key(key.spki), signature, message)


def key_made(key: PublicKeyTypes, signature: bytes, message: bytes) -> bool:
    """Say whether ``signature`` over ``message`` was made by the private half of ``key``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

    attempts: list[Callable[[], None]]
    if isinstance(key, ed25519.Ed25519PublicKey):
        attempts = [lambda: key.verify(signature, message)]
    elif isinstance(key, ec.EllipticCurvePublicKey):
        own = {384: SHA384(), 521: SHA512()}.get(key.curve.key_size)
        attempts = [lambda: key.verify(signature, message, ec.ECDSA(SHA256()))]
        if own is not None:
            attempts.append(lambda: key.verify(signature, message, ec.ECDSA(own)))
    elif isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=padding.PSS.AUTO)
        attempts = [
            lambda: key.verify(signature, message, padding.PKCS1v15(), SHA256()),
            lambda: key.verify(signature, message, pss, SHA256()),
        ]
    else:
        return False
    for attempt in attempts:
        try:
            attempt()
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def base64_bytes(text: str) -> bytes | None:
    """Decode standard base64 with its padding, and nothing else: None for other text.

    Decoders differ in what they skip or add; a text that two of them read differently could be
    one signature to one verifier and another to the next.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


_TAKEN = "ECDSA on P-256, P-384 or P-521, RSA of 2048 to 16384 bits, or Ed25519"


def _refused(key: PublicKeyTypes) -> str | None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PublicKey):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return None if key.curve.name in _CURVES else f"ECDSA on {key.curve.name}"
    if isinstance(key, rsa.RSAPublicKey):
        return None if 2048 <= key.key_size <= 16384 else f"RSA of {key.key_size} bits"
    return type(key).__name__.removesuffix("PublicKey").strip("_")


def _spki(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _first_line(problem: Exception) -> str:
    return str(problem).partition("\n")[0][:200] or type(problem).__name__
