"""What type a value has, and between types."""

from __future__ import annotations

import re
from typing import Final

from policyengine.rego.runtime.builtins.operands import collection, rego_object, string, wrong_type
from policyengine.rego.runtime.builtins.registry import BuiltinError, OperandError, builtin
from policyengine.rego.runtime.numbers import number_from_text
from policyengine.rego.runtime.printing import quote
from policyengine.rego.runtime.values import RegoSet, Value, is_number, is_object, type_name

# Of so many digits every integer is one that needs no other form.
_SHORT: Final = 16
_HEXADECIMAL: Final = re.compile(
    r"[+-]?0[xX]([0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?\d+", re.ASCII
)
_PARTS: Final = re.compile(r"(-)?\+?0*(\d*)(\.\d+)?\.?([eE].*)?", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@builtin("type_name", "any -> string")
def name_of_type(value: Value) -> Value:
    return type_name(value)


@builtin("is_null", "any -> boolean")
def is_null(value: Value) -> Value:
    return value is None


@builtin("is_boolean", "any -> boolean")
def is_boolean(value: Value) -> Value:
    return type(value) is bool


@builtin("is_number", "any -> boolean")
def is_a_number(value: Value) -> Value:
    return is_number(value)


@builtin("is_string", "any -> boolean")
def is_string(value: Value) -> Value:
    return type(value) is str


@builtin("is_array", "any -> boolean")
def is_array(value: Value) -> Value:
    return type(value) is list


@builtin("is_set", "any -> boolean")
def is_set(value: Value) -> Value:
    return isinstance(value, RegoSet)


@builtin("is_object", "any -> boolean")
def is_an_object(value: Value) -> Value:
    return is_object(value)


@builtin("to_number", "null | boolean | number | string -> number")
def to_number(value: Value) -> Value:
    if value is None:
        return 0
    if type(value) is bool:
        return int(value)
    if is_number(value):
        return value
    if type(value) is not str:
        raise wrong_type(1, value, "null", "boolean", "number", "string")
    if value.isdigit() and value.isascii() and value[0] != "0" and len(value) < _SHORT:
        return int(value)
    if value.lstrip("+-").lower() in {"inf", "infinity", "nan"}:
        raise OperandError("operand 1 must be valid number string but got string")
    text = _without_underscores(value)
    if _HEXADECIMAL.fullmatch(text):
        text = _decimal_of(text, value)
    if not _DECIMAL.fullmatch(text):
        raise BuiltinError(f"strconv.ParseFloat: parsing {quote(value)}: invalid syntax")
    if float(text) in {float("inf"), float("-inf")}:
        raise BuiltinError(f"strconv.ParseFloat: parsing {quote(value)}: value out of range")
    return number_from_text(_in_json(text))


def _without_underscores(text: str) -> str:
    """The text, without underscores where each is between digits or behind ``0x``, as Go's."""
    if "_" not in text or not text.isascii():
        return text
    digit = "[0-9a-fA-F]" if text.lstrip("+-")[:2].lower() == "0x" else "[0-9]"
    between = re.sub(f"(?:(?<={digit})|(?<=0[xX]))_(?={digit})", "", text)
    return text if "_" in between else between


def _decimal_of(text: str, written: str) -> str:
    try:
        return repr(float.fromhex(text))
    except OverflowError:
        raise BuiltinError(
            f"strconv.ParseFloat: parsing {quote(written)}: value out of range"
        ) from None


def _in_json(text: str) -> str:
    """Go reads more numbers than JSON has: no sign ``+``, no zeros before, digits around a dot."""
    parts = _PARTS.fullmatch(text)
    assert parts is not None
    minus, whole, fraction, exponent = parts.groups("")
    return f"{minus}{whole or '0'}{fraction}{exponent}"


@builtin("cast_array", "any -> array[any]", deprecated=True)
def cast_array(value: Value) -> Value:
    return list(collection(value, 1))


@builtin("cast_set", "any -> set[any]", deprecated=True)
def cast_set(value: Value) -> Value:
    return RegoSet.of(collection(value, 1))


@builtin("cast_string", "any -> string", deprecated=True)
def cast_string(value: Value) -> Value:
    return string(value, 1)


@builtin("cast_boolean", "any -> boolean", deprecated=True)
def cast_boolean(value: Value) -> Value:
    if type(value) is not bool:
        raise wrong_type(1, value, "boolean")
    return value


@builtin("cast_null", "any -> null", deprecated=True)
def cast_null(value: Value) -> Value:
    if value is not None:
        raise wrong_type(1, value, "null")
    return None


@builtin("cast_object", "any -> object[any: any]", deprecated=True)
def cast_object(value: Value) -> Value:
    return rego_object(value, 1)
