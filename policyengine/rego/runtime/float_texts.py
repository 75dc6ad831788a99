"""The texts that Go gives floating-point numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from policyengine.rego.runtime.numbers import AnyNumber, number_from_text

_JSON_LEAST: Final = -6
_JSON_MOST: Final = 21


def float_text(digits: str, least: int = -4, most: int = 6, *, width: int = 2) -> str:
    """A decimal with an exponent below ten to the ``least`` and from ten to the ``most`` on.

    The defaults are those of Go's ``%g``; ``width`` is that of the exponent.
    """
    exact = Decimal(digits)
    if exact == 0:
        return "-0" if exact.is_signed() else "0"
    exponent = exact.adjusted()
    if least <= exponent < most:
        return _without_zeros(f"{exact:f}")
    mantissa = _without_zeros(f"{exact.scaleb(-exponent):f}")
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):0{width}d}"


def json_number(number: float) -> AnyNumber:
    """A finite double as Go's ``encoding/json`` writes it."""
    return number_from_text(float_text(repr(number), _JSON_LEAST, _JSON_MOST, width=1))


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
