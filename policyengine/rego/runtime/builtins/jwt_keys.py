"""The keys that verify and sign JSON Web Tokens: PEM, and JSON Web Keys (RFC 7517, 7518, 8037)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from policyengine.rego.runtime.builtins.failures import BuiltinError
from policyengine.rego.runtime.builtins.pem import next_block
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.values import Value

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurve,
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    KeyMaterial: TypeAlias = (
        RSAPublicKey
        | RSAPrivateKey
        | EllipticCurvePublicKey
        | EllipticCurvePrivateKey
        | Ed25519PublicKey
        | Ed25519PrivateKey
        | bytes
    )

ALGORITHMS: Final = frozenset(
    {f"{family}{size}" for family in ("RS", "PS", "ES", "HS") for size in (256, 384, 512)}
    | {"EdDSA"}
)
# What jwx knows beside: a key that names one of them is passed over, another name is refused.
_OTHER_ALGORITHMS: Final = frozenset(
    {"none", "ES256K", "Ed25519", "dir", "ECDH-ES", "RSA1_5", "RSA-OAEP"}
    | {f"RSA-OAEP-{size}" for size in (256, 384, 512)}
    | {f"{way}A{size}KW" for way in ("", "ECDH-ES+") for size in (128, 192, 256)}
    | {f"A{size}GCMKW" for size in (128, 192, 256)}
    | {"PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"}
)
_MOST_KEYS: Final = 1000
_CURVES: Final = {"P-256": "SECP256R1", "P-384": "SECP384R1", "P-521": "SECP521R1"}

_GO_CURVES: Final = frozenset({"secp224r1", "secp256r1", "secp384r1", "secp521r1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtKey:
    """A key; ``material`` is None for one that can verify nothing."""

    algorithm: str
    key_id: str
    material: KeyMaterial | None


def verification_keys(text: str) -> tuple[JwtKey, ...]:
    """The keys of a PEM certificate, a PEM public key, a JWK or a JWK set. Raises BuiltinError.

    Keys for algorithms that no token is signed by are left out.
    """
    block = next_block(text)
    if block is None:
        keys = json_web_keys(text)
        return tuple(key for key in keys if not key.algorithm or key.algorithm in ALGORITHMS)
    if block.rest:
        raise BuiltinError("extra data after a PEM certificate block")
    if block.label == "CERTIFICATE":
        return (JwtKey(algorithm="", key_id="", material=_certified(block.data)),)
    if block.label == "PUBLIC KEY":
        return (JwtKey(algorithm="", key_id="", material=_public(block.data)),)
    raise BuiltinError("failed to extract a Key from the PEM certificate")


def _certified(data: bytes) -> KeyMaterial | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import load_der_x509_certificate

    try:
        certificate = load_der_x509_certificate(data)
    except ValueError as error:
        raise BuiltinError(f"failed to parse a PEM certificate: {error}") from None
    try:
        return _known(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return None


def _public(data: bytes) -> KeyMaterial | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return _known(load_der_public_key(data))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BuiltinError(f"failed to parse a PEM public key: {error}") from None


def _known(key: object) -> KeyMaterial | None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in _GO_CURVES:
        raise ValueError(f"unsupported elliptic curve {key.curve.name}")
    kinds = (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey)
    return key if isinstance(key, kinds) else None


def json_web_keys(text: str) -> tuple[JwtKey, ...]:
    """The keys of a JWK or a JWK set; one that cannot be read fails all. Raises BuiltinError."""
    try:
        document = from_json(text)
    except (ValueError, RecursionError) as error:
        raise BuiltinError(f"failed to parse a JWK key (set): {error}") from None
    if type(document) is not dict:
        raise BuiltinError("failed to parse a JWK key (set): not an object")
    if "keys" not in document:
        return (_json_web_key(document),)
    listed = document["keys"]
    if type(listed) is not list:
        raise BuiltinError('failed to parse a JWK key (set): "keys" is not an array')
    if len(listed) > _MOST_KEYS:
        raise BuiltinError(f"failed to parse a JWK key (set): more than {_MOST_KEYS} keys")
    return tuple(_json_web_key(item) for item in listed)


def _json_web_key(document: Value) -> JwtKey:
    if type(document) is not dict:
        raise BuiltinError("failed to parse a JWK key (set): a key is not an object")
    for name in ("kty", "alg", "kid", "use", "crv"):
        if name in document and type(document[name]) is not str:
            raise BuiltinError(f'failed to parse a JWK key (set): "{name}" is not a string')
    algorithm = document.get("alg", "")
    if "alg" in document and algorithm not in {*ALGORITHMS, *_OTHER_ALGORITHMS}:
        raise BuiltinError(f"failed to parse a JWK key (set): invalid algorithm {algorithm}")
    kind = document.get("kty")
    reader = _READERS.get(kind)
    if reader is None:
        raise BuiltinError(f"failed to parse a JWK key (set): unknown key type {kind}")
    try:
        material = reader(document)
    except (ValueError, TypeError) as error:
        raise BuiltinError(f"failed to parse a JWK key (set): {error}") from None
    return JwtKey(algorithm=algorithm, key_id=document.get("kid", ""), material=material)


def _rsa(document: dict[str, Any]) -> KeyMaterial | None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    if _number(document, "e") == 1 and _number(document, "n"):
        return None  # Any text is its own signature: nothing is verified by such a key.
    public = rsa.RSAPublicNumbers(_number(document, "e"), _number(document, "n"))
    if "d" not in document:
        return public.public_key()
    private, p, q = (_number(document, name) for name in ("d", "p", "q"))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=private,
        dmp1=rsa.rsa_crt_dmp1(private, p),
        dmq1=rsa.rsa_crt_dmq1(private, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=public,
    ).private_key()


def _elliptic(document: dict[str, Any]) -> KeyMaterial:
    from cryptography.hazmat.primitives.asymmetric import ec

    name = _CURVES.get(document.get("crv", ""))
    if name is None:
        raise ValueError(f"unknown curve {document.get('crv')}")
    curve: EllipticCurve = getattr(ec, name)()
    public = ec.EllipticCurvePublicNumbers(_number(document, "x"), _number(document, "y"), curve)
    if "d" in document:
        return ec.EllipticCurvePrivateNumbers(_number(document, "d"), public).private_key()
    return public.public_key()


def _edwards(document: dict[str, Any]) -> KeyMaterial | None:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    if document.get("crv") == "X25519" and len(_data(document, "x")) == 32:
        return None  # A key to agree on secrets, which signs nothing.
    if document.get("crv") != "Ed25519":
        raise ValueError(f"unknown curve {document.get('crv')}")
    public = ed25519.Ed25519PublicKey.from_public_bytes(_data(document, "x"))
    if "d" not in document:
        return public
    private = ed25519.Ed25519PrivateKey.from_private_bytes(_data(document, "d"))
    if private.public_key() != public:
        raise ValueError("d does not belong to x")
    return private


def _symmetric(document: dict[str, Any]) -> KeyMaterial:
    return _data(document, "k")


_READERS: Final[dict[object, Callable[[dict[str, Any]], KeyMaterial | None]]] = {
    "RSA": _rsa,
    "EC": _elliptic,
    "OKP": _edwards,
    "oct": _symmetric,
}


def _number(document: dict[str, Any], name: str) -> int:
    return int.from_bytes(_data(document, name))


def _data(document: dict[str, Any], name: str) -> bytes:
    """A value in either alphabet of base64, padded or not."""
    text = document.get(name)
    if type(text) is not str:
        raise ValueError(f"{name} is missing or not a string")
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(f"{name}: {error}") from None
    if not data:
        raise ValueError(f"{name} is empty")
    return data
