"""Private keys, as Go shows them and as JSON Web Keys."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any, Final

from policyengine.rego.runtime.builtins.encodings import decode_base64
from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.pem import next_block
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.values import Value

# The labels of blocks with keys, and the tag in DER of what follows the version in such a key: the
# modulus (PKCS #1), the algorithm (PKCS #8), or the key (SEC 1).
_LABELS: Final = {"RSA PRIVATE KEY": 0x02, "PRIVATE KEY": 0x30, "EC PRIVATE KEY": 0x04}
_GO_CURVES: Final = frozenset({"secp224r1", "secp256r1", "secp384r1", "secp521r1"})
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


@builtin("crypto.parse_private_keys", "string -> array[object[string: any]]")
def parse_keys(text: Value) -> Value:
    """The keys of PEM blocks; other blocks are skipped."""
    given = string(text, 1)
    return [private_value(key) for key in _keys(given)] if given else None


@builtin("crypto.x509.parse_rsa_private_key", "string -> object[string: any]")
def parse_key(text: Value) -> Value:
    """The first key as a JSON Web Key, of whatever kind it is."""
    given = string(text, 1)
    if not given:
        raise BuiltinError("input PEM data was empty")
    if not given.startswith("-----BEGIN"):
        given = decode_base64(given).decode(errors="replace")
    keys = _keys(given)
    return _json_web_key(keys[0]) if keys else None


def _keys(text: str) -> list[Any]:
    with suppress(BuiltinError):
        text = decode_base64(text).decode(errors="replace")
    keys: list[Any] = []
    block = next_block(text)
    while block is not None:
        if block.label in _LABELS:
            if _tag_behind_version(block.data) != _LABELS[block.label]:
                raise BuiltinError(f"x509: what is labelled {block.label} is none")
            keys.append(load_private_key(block.data))
        block = next_block(block.rest)
    return keys


def _tag_behind_version(der: bytes) -> int | None:
    """The tag of the second item of a sequence that begins with an integer of one byte."""
    # A length of 128 and more is in as many bytes as the lowest bits of the first one say.
    lengths = 1 + (der[1] & 0x7F if der[1:2] >= b"\x80" else 0)
    version = der[1 + lengths : 4 + lengths]
    found = der[4 + lengths : 5 + lengths]
    return found[0] if version[:2] == b"\x02\x01" and found else None


def load_private_key(data: bytes) -> Any:
    """A key in DER. Raises BuiltinError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    kinds = (
        rsa.RSAPrivateKey,
        ec.EllipticCurvePrivateKey,
        ed25519.Ed25519PrivateKey,
        x25519.X25519PrivateKey,
    )
    try:
        key = load_der_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BuiltinError(f"x509: failed to parse private key: {error}") from None
    if not isinstance(key, kinds):
        raise BuiltinError("x509: private key of an unknown kind")
    if isinstance(key, ec.EllipticCurvePrivateKey):
        _known_curve(key.curve.name)
    return key


def _known_curve(name: str) -> None:
    if name not in _GO_CURVES:
        raise BuiltinError(f"x509: unsupported elliptic curve {name}")


def public_value(key: Any) -> Value:
    """A public key as Go's JSON; null for a kind that Go does not know.

    Raises BuiltinError for a curve that it does not know.
    """
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

    if isinstance(key, rsa.RSAPublicKey):
        return {"N": key.public_numbers().n, "E": key.public_numbers().e}
    if isinstance(key, dsa.DSAPublicKey):
        numbers = key.public_numbers()
        parameters = numbers.parameter_numbers
        return {"P": parameters.p, "Q": parameters.q, "G": parameters.g, "Y": numbers.y}
    if isinstance(key, ec.EllipticCurvePublicKey):
        _known_curve(key.curve.name)
        return {"Curve": {}, "X": key.public_numbers().x, "Y": key.public_numbers().y}
    if isinstance(key, ed25519.Ed25519PublicKey):
        return base64.b64encode(key.public_bytes_raw()).decode()
    return None


def private_value(key: Any) -> Value:
    """A private key as Go's JSON."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        return {
            "N": numbers.public_numbers.n,
            "E": numbers.public_numbers.e,
            "D": numbers.d,
            "Primes": [numbers.p, numbers.q],
            "Precomputed": {
                "CRTValues": [],
                "Dp": numbers.dmp1,
                "Dq": numbers.dmq1,
                "Qinv": numbers.iqmp,
            },
        }
    if isinstance(key, ec.EllipticCurvePrivateKey):
        public = key.public_key().public_numbers()
        return {
            "Curve": {},
            "D": key.private_numbers().private_value,
            "X": public.x,
            "Y": public.y,
        }
    if isinstance(key, ed25519.Ed25519PrivateKey):
        whole = key.private_bytes_raw() + key.public_key().public_bytes_raw()
        return base64.b64encode(whole).decode()
    return {}


def _json_web_key(key: Any) -> Value:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        named = {
            "n": numbers.public_numbers.n,
            "e": numbers.public_numbers.e,
            "d": numbers.d,
            "p": numbers.p,
            "q": numbers.q,
            "dp": numbers.dmp1,
            "dq": numbers.dmq1,
            "qi": numbers.iqmp,
        }
        return {"kty": "RSA"} | {name: _number(number) for name, number in named.items()}
    if isinstance(key, ec.EllipticCurvePrivateKey):
        curve = _CURVES.get(key.curve.name)
        if curve is None:
            raise BuiltinError(f"jwk: unsupported curve {key.curve.name}")
        size = (key.curve.key_size + 7) // 8
        public = key.public_key().public_numbers()
        parts = {"x": public.x, "y": public.y, "d": key.private_numbers().private_value}
        coordinates = {name: _number(number, size) for name, number in parts.items()}
        return {"kty": "EC", "crv": curve} | coordinates
    if isinstance(key, ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey):
        return {
            "kty": "OKP",
            "crv": "Ed25519" if isinstance(key, ed25519.Ed25519PrivateKey) else "X25519",
            "d": _base64url(key.private_bytes_raw()),
            "x": _base64url(key.public_key().public_bytes_raw()),
        }
    raise BuiltinError("jwk: private key of an unknown kind")


def _number(number: int, size: int | None = None) -> str:
    return _base64url(number.to_bytes(size or (number.bit_length() + 7) // 8))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
