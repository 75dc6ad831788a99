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
    if not _DECIMAL.fullmatch(value):
        raise BuiltinError(f"strconv.ParseFloat: parsing {quote(value)}: invalid syntax")
    if float(value) in {float("inf"), float("-inf")}:
        raise BuiltinError(f"strconv.ParseFloat: parsing {quote(value)}: value out of range")
    return number_from_text(value)


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
