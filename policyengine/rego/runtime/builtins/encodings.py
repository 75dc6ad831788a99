"""Base64, hexadecimal, and the encoding of URLs."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import quote_plus, unquote_to_bytes

from policyengine.rego.runtime.builtins.operands import rego_object, string
from policyengine.rego.runtime.builtins.registry import BuiltinError, OperandError, builtin
from policyengine.rego.runtime.printing import marshal, quote
from policyengine.rego.runtime.utf8 import encode_utf8, keep_bytes
from policyengine.rego.runtime.values import RegoSet, Value, object_items

_BROKEN_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_STANDARD: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_URL: Final = (_STANDARD - {"+", "/"}) | {"-", "_"}


def _data(value: Value) -> bytes:
    return encode_utf8(string(value, 1))


@builtin("base64.encode", "string -> string")
def base64_encode(text: Value) -> Value:
    return base64.b64encode(_data(text)).decode()


@builtin("base64.decode", "string -> string")
def base64_decode(text: Value) -> Value:
    return keep_bytes(_decoded(string(text, 1), _STANDARD))


@builtin("base64.is_valid", "string -> boolean")
def base64_is_valid(text: Value) -> Value:
    if type(text) is not str:
        return False
    try:
        _decoded(text, _STANDARD)
    except BuiltinError:
        return False
    return True


@builtin("base64url.encode", "string -> string")
def base64url_encode(text: Value) -> Value:
    return base64.urlsafe_b64encode(_data(text)).decode()


@builtin("base64url.encode_no_pad", "string -> string")
def base64url_encode_no_pad(text: Value) -> Value:
    return base64.urlsafe_b64encode(_data(text)).decode().rstrip("=")


@builtin("base64url.decode", "string -> string")
def base64url_decode(text: Value) -> Value:
    return keep_bytes(decode_base64url(string(text, 1)))


def decode_base64(text: str) -> bytes:
    """The bytes of padded base64. Raises BuiltinError."""
    return _decoded(text, _STANDARD)


def decode_base64url(text: str) -> bytes:
    """The bytes of base64 for URLs, padded or not. Raises BuiltinError."""
    if not text.endswith("="):
        if len(text) % 4 == 1:
            raise BuiltinError(f"illegal base64url string: {text}")
        text += "=" * (-len(text) % 4)
    return _decoded(text, _URL)


def _decoded(text: str, alphabet: frozenset[str]) -> bytes:
    # Go skips line ends, and takes nothing else that is not of the alphabet.
    plain = text.replace("\r", "").replace("\n", "")
    body = plain.rstrip("=")
    padding = len(plain) - len(body)
    wrong = next((index for index, char in enumerate(body) if char not in alphabet), None)
    if wrong is None and len(plain) % 4 == 0 and padding <= 2 and padding == -len(body) % 4:
        try:
            return base64.b64decode(plain.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise BuiltinError(f"illegal base64 data at input byte {len(body) if wrong is None else wrong}")


@builtin("hex.encode", "string -> string")
def hex_encode(text: Value) -> Value:
    return _data(text).hex()


@builtin("hex.decode", "string -> string")
def hex_decode(text: Value) -> Value:
    digits = string(text, 1)
    for char in digits:
        if char not in "0123456789abcdefABCDEF":
            raise BuiltinError(f"encoding/hex: invalid byte: U+{ord(char):04X} '{char}'")
    if len(digits) % 2:
        raise BuiltinError("encoding/hex: odd length hex string")
    return keep_bytes(bytes.fromhex(digits))


@builtin("urlquery.encode", "string -> string")
def urlquery_encode(text: Value) -> Value:
    return _escaped(string(text, 1))


def _escaped(text: str) -> str:
    return quote_plus(encode_utf8(text), safe="-_.~")


def _unescaped(text: str) -> str:
    broken = _BROKEN_ESCAPE.search(text)
    if broken:
        raise BuiltinError(f"invalid URL escape {quote(broken[0])}")
    return keep_bytes(unquote_to_bytes(encode_utf8(text.replace("+", " "))))


@builtin("urlquery.decode", "string -> string")
def urlquery_decode(text: Value) -> Value:
    return _unescaped(string(text, 1))


@builtin(
    "urlquery.encode_object",
    "object[string: string | array[string] | set[string]] -> string",
)
def urlquery_encode_object(value: Value) -> Value:
    pairs: list[str] = []
    keyed = [
        (key if type(key) is str else marshal(key), item)
        for key, item in object_items(rego_object(value, 1))
    ]
    for key, item in sorted(keyed, key=lambda pair: encode_utf8(pair[0])):
        values = [item] if type(item) is str else item
        if not isinstance(values, list | RegoSet) or any(type(part) is not str for part in values):
            raise OperandError("operand 1 values must be string, array[string], or set[string]")
        pairs += [f"{_escaped(key)}={_escaped(part)}" for part in values]
    return "&".join(pairs)


@builtin("urlquery.decode_object", "string -> object[string: array[string]]")
def urlquery_decode_object(text: Value) -> Value:
    found: dict[str, list[Value]] = {}
    for part in string(text, 1).split("&"):
        if ";" in part:
            raise BuiltinError("invalid semicolon separator in query")
        if part:
            key, _, item = part.partition("=")
            found.setdefault(_unescaped(key), []).append(_unescaped(item))
    return found
