"""Numbers as OPA has them: integers of any size, and decimals kept as they were written.

A number is a Python ``int``; or a ``float`` where ``repr`` prints it as it was written; or a
``Number``, which keeps the text. Arithmetic on integers is exact; all other arithmetic rounds to
the 64 bit mantissa of Go's ``big.Float`` and gives the shortest text that reads back the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Final, TypeAlias

from policyengine.errors import EvaluationLimitExceeded

_MANTISSA_BITS: Final = 64
_DOUBLE_BITS: Final = 53
_EXACT_DIGITS: Final = 15
_SMALL: Final = 2**31
_LEAST_EXPONENT: Final = -40_000
MOST_BITS: Final = 500_000
"""The most bits of an integer: to print a longer one takes seconds that nothing can interrupt."""
_MOST_DIGITS: Final = 100_000
_INT64: Final = re.compile(r"([+-]?)([0-9]*(?:\.0*)?)")
_INT64_TEXT: Final = 19
# Python refuses to convert longer texts to ``int`` and back; ``Decimal`` has no such limit.
_LONG_TEXT: Final = 4000


class Number:
    """A decimal whose text differs from what Python would print: ``1.50``, ``1e400``."""

    __slots__ = ("decimal", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.decimal = Decimal(text)

    def __repr__(self) -> str:
        return f"Number({self.text})"

    def __reduce__(self) -> tuple[object, ...]:
        return (Number, (self.text,))


AnyNumber: TypeAlias = int | float | Number


class ArithmeticFault(Exception):
    """An operation that has no result: division by zero, a remainder of fractions."""


def number_from_text(text: str) -> AnyNumber:
    """The value of a number's text, in JSON's grammar or Go's shortest form."""
    hold_digits(text)
    if "." in text or "e" in text or "E" in text:
        as_float = float(text)
        return as_float if repr(as_float) == text else Number(text)
    if len(text) > _LONG_TEXT:
        return int(Decimal(text))
    as_int = int(text)
    return as_int if text[0] not in "-0" or str(as_int) == text else Number(text)


def number_text(value: AnyNumber) -> str:
    """How the number was written."""
    if type(value) is int:
        return str(value) if value.bit_length() < _LONG_TEXT else str(Decimal(value))
    return value.text if isinstance(value, Number) else repr(value)


def to_decimal(value: AnyNumber) -> Decimal:
    """The exact decimal value."""
    if type(value) is int:
        return Decimal(value)
    return value.decimal if isinstance(value, Number) else Decimal(repr(value))


def to_integer(value: AnyNumber) -> int | None:
    """The integer that the number is (``2.0`` is 2), or None for one with a fraction."""
    if type(value) is int:
        return value
    decimal = to_decimal(value)
    if decimal.adjusted() > _MOST_DIGITS:
        raise _too_long(decimal.adjusted() + 1, "digits", _MOST_DIGITS)
    return int(decimal) if decimal == decimal.to_integral_value() else None


def to_int64(value: AnyNumber) -> int | None:
    """The integer of 64 bits that OPA reads the text as, where it wants an index or a count.

    ``1.0`` is 1; ``1e0`` is none, nor is a text of more than 19 digits, with zeros and the point.
    """
    if type(value) is int:
        return value if -(2**63) <= value < 2**63 else None
    return int64_of_text(number_text(value))


def int64_of_text(text: str) -> int | None:
    """As ``to_int64``, of any text."""
    match = _INT64.fullmatch(text)
    if match is None or not 0 < len(match[2]) <= _INT64_TEXT:
        return None
    found = int(match[1] + (match[2].partition(".")[0] or "0"))
    return found if -(2**63) <= found < 2**63 else None


def written_as_integer(value: AnyNumber) -> bool:
    """Whether the text has neither fraction nor exponent, as many builtins require."""
    return type(value) is int or (isinstance(value, Number) and value.text.lstrip("-").isdigit())


def number_key(value: AnyNumber) -> int | float | Decimal | tuple[str, Decimal]:
    """A hashable that is equal for numbers of one exact value."""
    if type(value) is int:
        return value
    if type(value) is float:
        return int(value) if value.is_integer() else value
    decimal = to_decimal(value)
    if decimal == decimal.to_integral_value():
        return int(decimal) if decimal.adjusted() < _LONG_TEXT else decimal
    as_float = float(decimal)
    # A tuple, since Python holds a decimal to be equal to the double of just its value.
    return as_float if Decimal(repr(as_float)) == decimal else ("number", decimal)


def compare_numbers(a: AnyNumber, b: AnyNumber) -> int:
    """-1, 0 or 1.

    Two fractions that are written with a zero at the end, one of them with more digits than OPA
    compares exactly, are equal where the nearest doubles are, as in OPA.
    """
    if type(a) is type(b) and not isinstance(a, Number):
        return (a > b) - (a < b)  # type: ignore[operator] # both are int, or both float
    x, y = to_decimal(a), to_decimal(b)
    if x == y:
        return 0
    if (
        _is_padded(a)
        and _is_padded(b)
        and (_digits(x) > _EXACT_DIGITS or _digits(y) > _EXACT_DIGITS)
        and float(x) == float(y)
    ):
        return 0
    return 1 if x > y else -1


def _digits(value: Decimal) -> int:
    return len(value.as_tuple().digits)


def _is_padded(value: AnyNumber) -> bool:
    """Whether the text is that of a fraction, without an exponent, with zeros at its end."""
    text = value.text if isinstance(value, Number) else ""
    return text.endswith("0") and "." in text.rstrip(".0")


def plus(a: AnyNumber, b: AnyNumber) -> AnyNumber:
    if type(a) is int and type(b) is int:
        return a + b
    return _exact_or_rounded(a, b, lambda x, y: x + y, lambda x, y: x + y)


def minus(a: AnyNumber, b: AnyNumber) -> AnyNumber:
    if type(a) is int and type(b) is int:
        return a - b
    return _exact_or_rounded(a, b, lambda x, y: x - y, lambda x, y: x - y)


def multiply(a: AnyNumber, b: AnyNumber) -> AnyNumber:
    if type(a) is int and type(b) is int:
        return _product(a, b)
    product = _exact_or_rounded(a, b, _product, lambda x, y: x * y)
    if product == 0 and (to_integer(a) is None or to_integer(b) is None):
        return _signed_zero(to_decimal(a).is_signed() != to_decimal(b).is_signed())
    return product


def _product(a: int, b: int) -> int:
    hold_bits(a.bit_length() + b.bit_length())
    return a * b


def hold_bits(bits: int) -> None:
    """Allow an integer of so many bits. Raises EvaluationLimitExceeded."""
    if bits > MOST_BITS:
        raise _too_long(bits, "bits", MOST_BITS)


def hold_digits(text: str) -> str:
    """The text of a number, unless it is too long. Raises EvaluationLimitExceeded."""
    if len(text) > _MOST_DIGITS:
        raise _too_long(len(text), "digits", _MOST_DIGITS)
    return text


def _too_long(size: int, unit: str, most: int) -> EvaluationLimitExceeded:
    return EvaluationLimitExceeded(
        "a number grew over its limit of size",
        limit="size",
        found=f"{size} {unit}",
        expected=f"at most {most}",
    )


def total(values: list[AnyNumber]) -> AnyNumber:
    """The sum: exact where all are integers, else rounded at each step."""
    exact = [whole for whole in map(to_integer, values) if whole is not None]
    if len(exact) == len(values):
        return sum(exact)
    found = Fraction(0)
    for value in values:
        found = rounded(found + _float(value))
    return float_number(found)


def product(values: list[AnyNumber]) -> AnyNumber:
    """The product: exact where all are integers, else rounded to a double's mantissa, as in OPA."""
    exact = [whole for whole in map(to_integer, values) if whole is not None]
    if len(exact) == len(values):
        return reduce(_product, exact, 1)
    found, negative = Fraction(1), False
    for value in values:
        found = rounded(found * abs(_float(value)), _DOUBLE_BITS)
        negative ^= to_decimal(value).is_signed()
    if found == 0:
        return _signed_zero(negative)
    return float_number(-found if negative else found, _DOUBLE_BITS)


def divide(a: AnyNumber, b: AnyNumber) -> AnyNumber:
    """The quotient. Raises ArithmeticFault for a zero divisor."""
    if to_decimal(b) == 0:
        raise ArithmeticFault("divide by zero")
    if type(a) is int and type(b) is int:
        small = -_SMALL <= a < _SMALL and -_SMALL <= b < _SMALL
        if small and a != 0 and a % b == 0:
            return a // b
    if to_decimal(a) == 0:
        return _signed_zero(to_decimal(a).is_signed() != to_decimal(b).is_signed())
    return float_number(rounded(_float(a) / _float(b)))


def remainder(a: AnyNumber, b: AnyNumber) -> int:
    """The remainder with the dividend's sign. Raises ArithmeticFault."""
    x, y = to_integer(a), to_integer(b)
    if x is None or y is None:
        raise ArithmeticFault("modulo on floating-point number")
    if y == 0:
        raise ArithmeticFault("modulo by zero")
    rest = abs(x) % abs(y)
    return -rest if x < 0 else rest


def absolute(a: AnyNumber) -> AnyNumber:
    if _is_small(a):
        return abs(a)  # type: ignore[arg-type] # a small number is an int
    return float_number(abs(_float(a)))


def round_half_away(a: AnyNumber) -> AnyNumber:
    if _is_small(a):
        return a
    x = _float(a)
    half = Fraction(1, 2)
    return _whole(math.trunc(rounded(x - half if x < 0 else x + half)))


def ceiling(a: AnyNumber) -> AnyNumber:
    """Between -1 and 0 this is 1, as in OPA: of the whole part, which is 0, it takes the sign."""
    if _is_small(a):
        return a
    x = _float(a)
    whole = math.trunc(x)
    return _whole(whole if x == whole or whole < 0 else whole + 1)


def floor(a: AnyNumber) -> AnyNumber:
    """Between -1 and 0 this is 0, as in OPA: of the whole part, which is 0, it takes the sign."""
    if _is_small(a):
        return a
    x = _float(a)
    whole = math.trunc(x)
    return _whole(whole - 1 if x != whole and whole < 0 else whole)


def _whole(value: int) -> AnyNumber:
    """A whole number that rounding made: one of more than 64 bits is written in full, as in OPA."""
    if value.bit_length() > _MANTISSA_BITS:
        return value
    return float_number(rounded(Fraction(value)))


def truncated(a: AnyNumber) -> int:
    """The whole part, of one that is written with a fraction or an exponent as OPA holds it."""
    return int(to_decimal(a)) if written_as_integer(a) else math.trunc(_float(a))


def _is_small(a: AnyNumber) -> bool:
    return type(a) is int and -_SMALL <= a < _SMALL


def _signed_zero(negative: bool) -> AnyNumber:
    return Number("-0") if negative else 0


def _exact_or_rounded(
    a: AnyNumber,
    b: AnyNumber,
    exact: Callable[[int, int], int],
    inexact: Callable[[Fraction, Fraction], Fraction],
) -> AnyNumber:
    x, y = to_integer(a), to_integer(b)
    if x is not None and y is not None:
        return exact(x, y)
    return float_number(rounded(inexact(_float(a), _float(b))))


def _float(value: AnyNumber) -> Fraction:
    if type(value) is int:
        return rounded(Fraction(value))
    decimal = to_decimal(value)
    # OPA reads as zero what is smaller than its numbers go.
    return Fraction(0) if decimal.adjusted() < _LEAST_EXPONENT else rounded(Fraction(decimal))


def rounded(value: Fraction, bits: int = _MANTISSA_BITS) -> Fraction:
    """``value`` to the nearest number with a mantissa of ``bits``, ties to even."""
    numerator, denominator = abs(value.numerator), value.denominator
    if numerator == 0:
        return value
    shift = bits - (numerator.bit_length() - denominator.bit_length())
    for attempt in (shift, shift - 1):
        top = numerator << attempt if attempt > 0 else numerator
        bottom = denominator << -attempt if attempt < 0 else denominator
        mantissa, rest = divmod(top, bottom)
        if mantissa.bit_length() <= bits:
            if rest * 2 > bottom or (rest * 2 == bottom and mantissa & 1):
                mantissa += 1
            scale = Fraction(1, 1 << attempt) if attempt > 0 else Fraction(1 << -attempt)
            return mantissa * scale if value > 0 else -mantissa * scale
    return value


def float_number(value: Fraction, bits: int = _MANTISSA_BITS) -> AnyNumber:
    """The number with the shortest text that reads back as ``value``, of a mantissa of ``bits``."""
    if value == 0:
        return 0
    digits, exponent = _shortest(abs(value), bits)
    sign = "-" if value < 0 else ""
    point = exponent + 1
    if value.denominator == 1:
        return int(Decimal(f"{sign}{digits}E{point - len(digits)}"))
    if exponent < -4 or exponent >= 6:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return number_from_text(
            f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
        )
    if point <= 0:
        return number_from_text(f"{sign}0.{'0' * -point}{digits}")
    return number_from_text(f"{sign}{digits[:point]}.{digits[point:]}")


def _shortest(value: Fraction, bits: int) -> tuple[str, int]:
    """Digits without trailing zeros, and the power of ten of the first one."""
    exponent = len(str(Decimal(value.numerator))) - len(str(Decimal(value.denominator)))
    if value < Fraction(10) ** exponent:
        exponent -= 1
    for count in range(1, 23):
        scaled = value * Fraction(10) ** (count - 1 - exponent)
        digits = round(scaled)
        candidate = Fraction(digits) * Fraction(10) ** (exponent - count + 1)
        if rounded(candidate, bits) == value:
            text = str(digits)
            return text.rstrip("0"), exponent + len(text) - count
    raise ArithmeticFault("a mantissa of 64 bits has at most 21 digits")
