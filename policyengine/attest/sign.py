"""Statements signed by a private key: a DSSE envelope, and the same as a Sigstore bundle.

Keys are PEM (PKCS #8, or the traditional forms): ECDSA on P-256, P-384 or P-521, RSA of at least
2048 bits, Ed25519; with a password where they are encrypted. As ``cosign`` does for every curve,
ECDSA signs SHA-256; RSA signs by PKCS #1 v1.5 with SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from policyengine.attest.statement import Statement
from policyengine.errors import UsageError
from policyengine.model.dsse import PAYLOAD_TYPE, pae
from policyengine.model.json_value import FrozenObject

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

LARGEST_KEY = 64 * 1024
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_COSIGN_KEY = (b"ENCRYPTED SIGSTORE PRIVATE KEY", b"ENCRYPTED COSIGN PRIVATE KEY")
_TAKEN = "ECDSA on P-256, P-384 or P-521, RSA of 2048 to 16384 bits, or Ed25519"
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStatement:
    """A statement with its signature. ``envelope`` is DSSE's, ``bundle`` Sigstore's of the same."""

    statement: Statement
    envelope: bytes
    bundle: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key. ``spki`` is its public half in DER."""

    sign: Callable[[bytes], bytes] = field(repr=False)
    spki: bytes


def read_signing_key(data: bytes, *, password: bytes | None, where: str) -> SigningKey:
    """Return the private key of PEM text. Raises UsageError for what is none, without its text."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    if any(name in data for name in _COSIGN_KEY):
        raise UsageError(
            "is a private key in cosign's own encryption, which is not read",
            where=where,
            expected="a PEM key, PKCS #8",
            hint="sign with a key of openssl genpkey; cosign import-key-pair takes it too",
        )
    encrypted = b"ENCRYPTED" in data
    if encrypted and not password:
        raise UsageError(
            "is an encrypted private key, and no password is given",
            where=where,
            hint="set POLICYENGINE_KEY_PASSWORD",
        )
    try:
        key = load_pem_private_key(data, password=password if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = "another password, or a broken key" if encrypted else "no key that can be read"
        raise UsageError(
            "is no private key in PEM", where=where, found=found, expected=_TAKEN
        ) from None
    sign = _signer(key)
    if sign is None:
        raise UsageError("is a key that is not taken", where=where, expected=_TAKEN)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(sign=sign, spki=spki)


def sign(statement: Statement, key: SigningKey) -> SignedStatement:
    """Sign ``statement``."""
    signature = key.sign(pae(PAYLOAD_TYPE, statement.payload))
    envelope: FrozenObject = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(statement.payload).decode(),
        # A key id is a hint that verifiers may take for more (protocol.md); cosign writes none.
        "signatures": [{"keyid": "", "sig": base64.b64encode(signature).decode()}],
    }
    hint = base64.b64encode(hashlib.sha256(key.spki).digest()).decode()
    bundle: FrozenObject = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {"publicKey": {"hint": hint}},
        "dsseEnvelope": envelope,
    }
    return SignedStatement(
        statement=statement, envelope=orjson.dumps(envelope), bundle=orjson.dumps(bundle)
    )


def _signer(key: PrivateKeyTypes) -> Callable[[bytes], bytes] | None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return lambda message: key.sign(message, ec.ECDSA(SHA256()))
    if isinstance(key, rsa.RSAPrivateKey) and 2048 <= key.key_size <= 16384:
        return lambda message: key.sign(message, padding.PKCS1v15(), SHA256())
    return None
