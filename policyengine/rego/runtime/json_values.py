"""Between JSON and values."""

from __future__ import annotations

import json
import math
from typing import Any

from policyengine.rego.runtime.numbers import AnyNumber, Number, number_from_text
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.utf8 import (
    NATIVELY_ORDERED,
    decode_utf8,
    encode_utf8,
    has_bytes,
    readable,
)
from policyengine.rego.runtime.values import RegoObject, RegoSet, Value, object_items
from policyengine.rego.syntax.literals import number_problem


def from_json(text: str | bytes) -> Value:
    """The value of a JSON text, every number kept as written. Raises ValueError."""
    if isinstance(text, bytes):
        text = decode_utf8(text)
    elif has_bytes(text):
        text = readable(text)
    value = json.loads(
        text,
        parse_float=_decimal,
        parse_int=number_from_text,
        parse_constant=_refuse_constant,
    )
    # An escape for half of a surrogate pair is the replacement character in Go.
    return without_bytes(value) if "\\ud" in text or "\\uD" in text else value


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


def without_bytes(value: Value) -> Value:
    """Plain JSON with replacement characters for what is not UTF-8; of equal keys the last."""
    if type(value) is str:
        return readable(value)
    if type(value) is list:
        return [without_bytes(item) for item in value]
    if type(value) is dict:
        in_order = sorted(value, key=encode_utf8) if any(map(has_bytes, value)) else value
        return {readable(key): without_bytes(value[key]) for key in in_order}
    return value


def _sorted_texts(value: RegoSet) -> list[str] | None:
    """The members in order, where all are strings: Python orders these, and nothing beside them."""
    if str not in NATIVELY_ORDERED:
        return None
    try:
        # The key of a string is the string.
        return sorted(value.members)
    except TypeError:
        return None


def to_json(value: Value) -> Any:
    """Plain JSON: sets as sorted lists, every key a string, every number an int or a float.

    A number beyond the range of a float stays a ``Decimal``.
    """
    plain = _plain(value)
    return plain if str in NATIVELY_ORDERED else without_bytes(plain)


def _plain(value: Value) -> Any:
    kind = type(value)
    if kind is RegoSet and value.members and type(next(iter(value.members))) is str:
        texts = _sorted_texts(value)
        if texts is not None:
            return texts
    if kind is list or kind is RegoSet:
        return [_plain(item) for item in value]
    if kind is dict:
        return {key: _plain(item) for key, item in value.items()}
    if kind is RegoObject:
        return {
            key if type(key) is str else marshal(key): _plain(item)
            for key, item in object_items(value)
        }
    if isinstance(value, Number):
        as_float = float(value.decimal)
        return as_float if math.isfinite(as_float) else value.decimal
    return value
