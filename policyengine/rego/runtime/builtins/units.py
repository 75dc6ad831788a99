"""Amounts with a unit: ``10Ki``, ``1.5GB``."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.numbers import hold_digits, number_from_text, rounded
from policyengine.rego.runtime.values import Value

_LETTERS: Final = "kmgtpe"
_DECIMAL: Final = {letter: 1000 ** (index + 1) for index, letter in enumerate(_LETTERS)}
_BINARY: Final = {f"{letter}i": 1024 ** (index + 1) for index, letter in enumerate(_LETTERS)}
_BYTES: Final[dict[str, int]] = {
    "": 1,
    **_DECIMAL,
    **{f"{letter}b": factor for letter, factor in _DECIMAL.items()},
    **_BINARY,
    **{f"{letter}b": factor for letter, factor in _BINARY.items()},
}
_MOST_EXPONENT_DIGITS: Final = 6
_LONG: Final = 4000
_AMOUNT: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def _units() -> dict[str, Fraction]:
    factors = {"": Fraction(1), "m": Fraction(1, 1000), "M": Fraction(10**6)}
    for letter, factor in _DECIMAL.items():
        if letter != "m":
            factors[letter] = factors[letter.upper()] = Fraction(factor)
    for unit, factor in _BINARY.items():
        factors[unit] = factors[unit[0].upper() + unit[1:]] = Fraction(factor)
    return factors


_UNITS: Final = _units()


@builtin("units.parse", "string -> number")
def parse(text: Value) -> Value:
    """``m`` is a thousandth and ``M`` a million; other letters may be of either case."""
    amount, unit = _split(string(text, 1).replace('"', ""), "units.parse: ", "amount")
    if len(unit) > 1:
        unit = unit[0] + unit[1:].lower()
    if unit not in _UNITS:
        raise BuiltinError(f"units.parse: unit {unit} not recognized")
    if not _AMOUNT.fullmatch(amount):
        raise BuiltinError("units.parse: could not parse amount to a number")
    value = _fraction(amount) * _UNITS[unit]
    if value.denominator == 1:
        return value.numerator
    return number_from_text(_ten_places(value))


def _ten_places(value: Fraction) -> str:
    scaled = abs(value) * 10**10
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    # Halves away from zero, as Go's Rat.FloatString.
    whole += 2 * rest >= scaled.denominator
    sign = "-" if value < 0 else ""
    return f"{sign}{whole // 10**10}.{whole % 10**10:010d}"


@builtin("units.parse_bytes", "string -> number")
def parse_bytes(text: Value) -> Value:
    """Whole bytes, rounded down."""
    lowered = string(text, 1).lower().replace('"', "")
    amount, unit = _split(lowered, "units.parse_bytes: ", "byte amount")
    if unit not in _BYTES:
        raise BuiltinError(f"units.parse_bytes: byte unit {unit} not recognized")
    if not _AMOUNT.fullmatch(amount):
        raise BuiltinError("units.parse_bytes: could not parse byte amount to a number")
    return int(rounded(rounded(_fraction(amount)) * _BYTES[unit]))


def _fraction(amount: str) -> Fraction:
    """The exact value. ``Fraction`` reads no more digits than Python's ``int``."""
    return Fraction(Decimal(amount)) if len(hold_digits(amount)) > _LONG else Fraction(amount)


def _split(text: str, prefix: str, name: str) -> tuple[str, str]:
    """The amount and the unit behind it. An ``e`` with digits belongs to the amount."""
    if " " in text:
        raise BuiltinError(f"{prefix}spaces not allowed in resource strings")
    index = 0
    while index < len(text):
        char = text[index]
        if not (char.isdecimal() or char in ".eE+-"):
            break
        if char in "eE":
            following = text[index + 1 : index + 2]
            if not following or not (following.isdecimal() or following in "+-"):
                break
            start = index + 1 + (following in "+-")
            end = start
            while end < len(text) and text[end].isdecimal():
                end += 1
            if end - start > _MOST_EXPONENT_DIGITS:
                raise BuiltinError(f"{prefix}exponent too large")
            index += following in "+-"
        index += 1
    if not index:
        raise BuiltinError(f"{prefix}no {name} provided")
    return text[:index], text[index:]
