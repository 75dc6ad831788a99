"""Between JSON and values."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from policyengine.rego.runtime.numbers import AnyNumber, Number, number_from_text
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.utf8 import decode_utf8
from policyengine.rego.runtime.values import RegoObject, RegoSet, Value, object_items
from policyengine.rego.syntax.literals import number_problem

_TEXT: Final = frozenset({str})
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def from_json(text: str | bytes) -> Value:
    """The value of a JSON text, every number kept as written. Raises ValueError."""
    if isinstance(text, bytes):
        text = decode_utf8(text)
    value = json.loads(
        text,
        parse_float=_decimal,
        parse_int=number_from_text,
        parse_constant=_refuse_constant,
    )
    # An escape for half of a surrogate pair is the replacement character in Go.
    return _replace_surrogates(value) if "\\ud" in text or "\\uD" in text else value


def is_json(text: str) -> bool:
    """Whether the text is JSON, whatever the size of its numbers."""
    try:
        json.loads(text, parse_float=len, parse_int=len, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _decimal(text: str) -> AnyNumber:
    # With no exponent, no text of a length that one reads gives a number that is too big.
    problem = number_problem(text) if "e" in text or "E" in text else None
    if problem:
        raise ValueError(f"invalid number: {problem}")
    return number_from_text(text)


def _refuse_constant(name: str) -> Value:
    raise ValueError(f"{name} is not JSON")


def _replace_surrogates(value: Value) -> Value:
    if type(value) is str:
        return _SURROGATE.sub("\ufffd", value)
    if type(value) is list:
        return [_replace_surrogates(item) for item in value]
    if type(value) is dict:
        return {_replace_surrogates(key): _replace_surrogates(v) for key, v in value.items()}
    return value


def to_json(value: Value) -> Any:
    """Plain JSON: sets as sorted lists, every key a string, every number an int or a float.

    A number beyond the range of a float stays a ``Decimal``.
    """
    kind = type(value)
    if kind is RegoSet and set(map(type, value.members)) <= _TEXT:
        return sorted(value.members)
    if kind is list or kind is RegoSet:
        return [to_json(item) for item in value]
    if kind is dict:
        return {key: to_json(item) for key, item in value.items()}
    if kind is RegoObject:
        return {
            key if type(key) is str else marshal(key): to_json(item)
            for key, item in object_items(value)
        }
    if isinstance(value, Number):
        as_float = float(value.decimal)
        return as_float if math.isfinite(as_float) else value.decimal
    return value
