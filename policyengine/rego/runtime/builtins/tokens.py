"""JSON Web Tokens: read, verified (RFC 7515, 7519) and signed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from policyengine.rego.runtime.builtins.encodings import decode_base64url
from policyengine.rego.runtime.builtins.jwt_keys import (
    ALGORITHMS,
    JwtKey,
    json_web_keys,
    verification_keys,
)
from policyengine.rego.runtime.builtins.jwt_signatures import public_part, signature_of, verifies
from policyengine.rego.runtime.builtins.operands import rego_object, string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.json_values import from_json, is_json
from policyengine.rego.runtime.numbers import (
    AnyNumber,
    compare_numbers,
    number_from_text,
    to_decimal,
)
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.utf8 import decode_utf8, encode_utf8
from policyengine.rego.runtime.values import Value, is_number, object_items

_SECOND: Final = 1_000_000_000
# Beside those that tokens are signed by, the name of RFC 9864 for one of them.
_VERIFIED: Final = ALGORITHMS | {"Ed25519"}
# The names of jwx's own signer, which it takes in a header as well.
_BY_INNER_NAME: Final = {
    f"{name}_SHA{size}": f"{family}{size}"
    for family, name in (
        ("HS", "HMAC_WITH"),
        ("RS", "RSA_PKCS1v15_WITH"),
        ("PS", "RSA_PSS_WITH"),
    )
    for size in (256, 384, 512)
} | {
    "ECDSA_WITH_P256_AND_SHA256": "ES256",
    "ECDSA_WITH_P384_AND_SHA384": "ES384",
    "ECDSA_WITH_P521_AND_SHA512": "ES512",
}
_HEADER_TEXTS: Final = ("alg", "kid", "typ", "cty")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """The three sections as they are written, and the header read."""

    header_text: str
    payload_text: str
    signature_text: str
    header: dict[str, Value]

    @property
    def signed(self) -> bytes:
        return encode_utf8(f"{self.header_text}.{self.payload_text}")

    def payload(self) -> bytes:
        return decode_base64url(self.payload_text)

    def signature(self) -> bytes:
        return decode_base64url(self.signature_text)

    def checked_header(self) -> dict[str, str]:
        """The known fields of the header. Raises BuiltinError for one of the wrong type."""
        for name in _HEADER_TEXTS:
            if name in self.header and type(self.header[name]) is not str:
                raise BuiltinError(f"{name}: must be a string")
        if "crit" in self.header:
            critical = self.header["crit"]
            if type(critical) is not list:
                raise BuiltinError("crit: must be a list")
            if type(next(iter(critical), None)) is not str:
                raise BuiltinError("crit: must be a nonempty list")
        return {name: self.header.get(name, "") for name in _HEADER_TEXTS}


def _token(text: str) -> _Token:
    header, payload, signature = _sections(text)
    return _Token(
        header_text=header,
        payload_text=payload,
        signature_text=signature,
        header=_header(header),
    )


def _sections(text: str) -> tuple[str, str, str]:
    parts = text.split(".")
    if len(parts) == 1:
        raise BuiltinError("encoded JWT had no period separators")
    if len(parts) != 3:
        raise BuiltinError(f"encoded JWT must have 3 sections, found {len(parts)}")
    return parts[0], parts[1], parts[2]


def _header(text: str) -> dict[str, Value]:
    header = _json_object(decode_base64url(text))
    if "enc" in header:
        raise BuiltinError("JWT is a JWE object, which is not supported")
    return header


def _json_object(data: bytes) -> dict[str, Value]:
    try:
        found = from_json(data)
    except (ValueError, RecursionError) as error:
        raise BuiltinError(f"invalid JSON: {error}") from None
    if type(found) is not dict:
        raise BuiltinError("decoded JSON type was not an Object")
    return found


def _as_text(data: bytes) -> str:
    return decode_utf8(data)


@builtin("io.jwt.decode", "string -> array<object[any: any], object[any: any], string>")
def decode(text: Value) -> Value:
    """Header, payload and signature of the innermost token. Nothing is verified."""
    inner = string(text, 1)
    while True:
        token = _token(inner)
        payload = token.payload()
        nested = token.header.get("cty", "")
        if type(nested) is not str:
            raise BuiltinError("cty: must be a string")
        if nested != "JWT":
            return [token.header, _json_object(payload), token.signature().hex()]
        inner = _as_text(payload).strip("\"'")


# ---- verifying --------------------------------------------------------------------------------


def _keys(session: Session, text: str) -> tuple[JwtKey, ...]:
    found: tuple[JwtKey, ...] | None = session.memo.get(("jwt keys", text))
    if found is None:
        session.budget.charge(len(text))
        found = session.memo["jwt keys", text] = verification_keys(text)
    return found


def _matching(keys: tuple[JwtKey, ...], header: dict[str, str]) -> tuple[JwtKey, ...]:
    """The one with the token's key id; else all that are not for another algorithm."""
    named = next((key for key in keys if header["kid"] and key.key_id == header["kid"]), None)
    if named is not None:
        return (named,)
    return tuple(key for key in keys if key.algorithm in {"", header["alg"]})


def _verifier(algorithm: str) -> Callable[[Session, Value, Value], Value]:
    def verify(session: Session, text: Value, certificate: Value) -> Value:
        given = string(text, 1)
        _sections(given)
        keys = _keys(session, string(certificate, 2))
        token = _token(given)
        signature = token.signature()
        return any(
            verifies(algorithm, key.material, token.signed, signature, exact=False)
            for key in _matching(keys, token.checked_header())
        )

    return verify


def _secret_verifier(algorithm: str) -> Callable[[Value, Value], Value]:
    def verify(text: Value, secret: Value) -> Value:
        header, payload, signature = _sections(string(text, 1))
        key = encode_utf8(string(secret, 2))
        signed = encode_utf8(f"{header}.{payload}")
        return verifies(algorithm, key, signed, decode_base64url(signature))

    return verify


for _algorithm in sorted(ALGORITHMS):
    _name = f"io.jwt.verify_{_algorithm.lower()}"
    if _algorithm.startswith("HS"):
        builtin(_name, "string, string -> boolean")(_secret_verifier(_algorithm))
    else:
        builtin(_name, "string, string -> boolean", context=True)(_verifier(_algorithm))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Constraints:
    """What a token must meet. Texts are empty where nothing is asked, except ``audience``."""

    keys: tuple[JwtKey, ...]
    algorithm: str
    issuer: str
    audience: str
    seconds: AnyNumber


def _constraints(session: Session, value: Value) -> _Constraints:
    texts = {"cert": "", "secret": "", "alg": "", "iss": "", "aud": ""}
    has_certificate = False
    now: float = float(session.now_ns)
    for name, item in object_items(rego_object(value, 2)):
        if name == "time":
            if not is_number(item):
                raise BuiltinError("token time constraint: must be a number")
            try:
                now = float(to_decimal(item))
            except OverflowError:
                raise BuiltinError("token time constraint: invalid float64") from None
        elif type(name) is str and name in texts:
            if type(item) is not str:
                raise BuiltinError(f"{name} constraint: must be a string")
            texts[name] = item
            has_certificate = has_certificate or name == "cert"
        else:
            raise BuiltinError(f"unknown token validation constraint: {marshal(name)}")
    if now < 0:
        raise BuiltinError("token time constraint: must not be negative")
    keys = _keys(session, texts["cert"]) if has_certificate else ()
    if has_certificate and texts["secret"]:
        raise BuiltinError("duplicate key constraints")
    if texts["secret"]:
        secret = encode_utf8(texts["secret"])
        keys = (JwtKey(algorithm="", key_id="", material=secret),)
    elif not has_certificate:
        raise BuiltinError("no key constraint")
    return _Constraints(
        keys=keys,
        algorithm=texts["alg"],
        issuer=texts["iss"],
        audience=texts["aud"],
        seconds=number_from_text(repr(now / _SECOND)),
    )


@builtin(
    "io.jwt.decode_verify",
    "string, object[string: any] -> array<boolean, object[any: any], object[any: any]>",
    context=True,
    nondeterministic=True,
)
def decode_verify(session: Session, text: Value, constraints: Value) -> Value:
    """Whether the token is one to believe now, its header and its payload (RFC 7519, 7.2).

    What cannot be read is an error; a token that is not to be believed gives empty objects.
    """
    required = rego_object(constraints, 2)
    wanted = _constraints(session, required)
    refused: Value = [False, {}, {}]
    inner = string(text, 1)
    while True:
        # 1-6: the sections and the header.
        token = _token(inner)
        header = token.checked_header()
        if not header["alg"] or _unknown_critical(token.header):
            return refused
        if wanted.algorithm and wanted.algorithm != header["alg"]:
            return refused
        # 7: the signature.
        signature = token.signature()
        algorithm = _BY_INNER_NAME.get(header["alg"], header["alg"])
        if not any(
            algorithm in _VERIFIED
            and verifies(algorithm, public_part(key.material), token.signed, signature)
            for key in _matching(wanted.keys, header)
        ):
            return refused
        # 8-10: the payload, which may be a token itself.
        payload = token.payload()
        if header["cty"].upper() != "JWT":
            claims = _json_object(payload)
            return [True, token.header, claims] if _meets(claims, wanted) else refused
        inner = _as_text(payload)


def _unknown_critical(header: dict[str, Value]) -> bool:
    """RFC 7515, 4.1.11: a critical field that is there and that we do not know."""
    known = {*_HEADER_TEXTS, "crit"}
    return any(name in header and name not in known for name in header.get("crit", ()))


def _meets(claims: dict[str, Value], wanted: _Constraints) -> bool:
    issuer, audience = claims.get("iss"), claims.get("aud")
    if wanted.issuer:
        if "iss" in claims and type(issuer) is not str:
            raise BuiltinError("iss value must be a string")
        if issuer != wanted.issuer:
            return False
    if "aud" in claims:
        named = audience if type(audience) is list else [audience]
        if not any(type(item) is str and item == wanted.audience for item in named):
            return False
    elif wanted.audience:
        return False
    return not (
        ("exp" in claims and compare_numbers(wanted.seconds, _moment(claims, "exp")) >= 0)
        or ("nbf" in claims and compare_numbers(wanted.seconds, _moment(claims, "nbf")) < 0)
    )


def _moment(claims: dict[str, Value], name: str) -> AnyNumber:
    value = claims[name]
    if not is_number(value):
        raise BuiltinError(f"{name} value must be a number")
    return value  # type: ignore[no-any-return] # checked above


# ---- signing ----------------------------------------------------------------------------------


@builtin(
    "io.jwt.encode_sign",
    "object[string: any], object[string: any], object[string: any] -> string",
    context=True,
    nondeterministic=True,
)
def encode_sign(session: Session, header: Value, payload: Value, key: Value) -> Value:
    return _signed(session, marshal(header), marshal(payload), marshal(key))


@builtin(
    "io.jwt.encode_sign_raw",
    "string, string, string -> string",
    context=True,
    nondeterministic=True,
)
def encode_sign_raw(session: Session, header: Value, payload: Value, key: Value) -> Value:
    key_text = string(key, 3)
    return _signed(session, string(header, 1), string(payload, 2), key_text)


def _signed(session: Session, header: str, payload: str, key_text: str) -> str:
    keys = json_web_keys(key_text)
    if not keys:
        raise BuiltinError("no keys found in JWK set")
    algorithm, kind = _signing_header(header)
    if algorithm not in ALGORITHMS:
        raise BuiltinError(f"unknown JWS algorithm: {algorithm}")
    if kind in {None, "JWT"} and not is_json(payload):
        raise BuiltinError("type is JWT but payload is not JSON")
    signed = ".".join([_base64url(encode_utf8(text)) for text in (header, payload)])
    signature = signature_of(algorithm, keys[0].material, signed.encode(), session.seed)
    return f"{signed}.{_base64url(signature)}"


def _signing_header(text: str) -> tuple[str, str | None]:
    try:
        # Of a name that is there twice, the first is read: so the signature is as OPA's.
        header: Any = json.loads(text, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    except (ValueError, RecursionError) as error:
        raise BuiltinError(f"missing or invalid 'alg' header: {error}") from None
    algorithm = header.get("alg") if type(header) is dict else None
    if type(algorithm) is not str:
        raise BuiltinError("missing or invalid 'alg' header")
    kind = header.get("typ")
    return algorithm, kind if type(kind) is str else None


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
