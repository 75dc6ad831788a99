"""The values of numbers and strings as they are written."""

from __future__ import annotations

import json
import math
import re
from typing import Final

# The largest binary exponent of a number that OPA evaluates with.
MAX_BINARY_EXPONENT: Final = 100_000

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INT32: Final = 2**31
_INT64_DIGITS: Final = 19
_PRECISE_DIGITS: Final = 18


def number_problem(text: str) -> str | None:
    """What OPA has against the size of a number, or ``None``.

    OPA reads the number as Go's ``big.Float``. That fails where an exponent leaves 64 bits, or the
    binary exponent before scaling 32; and it reads as zero, without complaint, what is too small
    for it.
    """
    if text.count(".") > 1 or not text.isascii():
        return "invalid float"
    mantissa, _, exponent = text.lower().removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    sign, exponent_digits = exponent[:1], exponent.lstrip("+-0")
    if len(exponent_digits) > _INT64_DIGITS:
        return "invalid float"
    power = int(exponent_digits or "0") * (-1 if sign == "-" else 1)
    if not -(2**63) <= power < 2**63:
        return "invalid float"
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return None
    power -= len(fraction)
    leading = digits[:_PRECISE_DIGITS]
    bits = math.log2(int(leading)) + (len(digits) - len(leading)) * math.log2(10)
    if not -_INT32 <= math.floor(bits) + 1 + power < _INT32:
        return "invalid float"
    binary_exponent = math.floor(bits + power * math.log2(10)) + 1
    if binary_exponent < -_INT32 or abs(binary_exponent) <= MAX_BINARY_EXPONENT:
        return None
    return "number too big"


def json_number(text: str) -> str:
    """A number as JSON has it: ``.5`` needs a digit in front."""
    return text.replace(".", "0.", 1) if text.startswith((".", "-.")) else text


def string_value(text: str) -> str | None:
    """The value of a string token, quotes included, or ``None`` if an escape is wrong."""
    if text[0] == "`" or "\\" not in text:
        return text[1:-1]
    try:
        value: str = json.loads(text)
    except ValueError:
        return None
    return _LONE_SURROGATE.sub("\ufffd", value)
