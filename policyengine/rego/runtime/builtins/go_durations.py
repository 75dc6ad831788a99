"""Durations as Go's ``ParseDuration`` reads them, with OPA's days, weeks and years.

Whole numbers are exact; a fraction is taken as Go takes it, in doubles.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

_UNITS: Final = {
    "ns": 1,
    "us": 1000,
    "\u00b5s": 1000,
    "\u03bcs": 1000,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_HOURS: Final = {"d": 24, "w": 7 * 24, "y": 365 * 24}
_SEGMENT: Final = re.compile(r"(\d+\.?\d*|\.\d+)([a-z\u00b5\u03bc]+)", re.ASCII)
_MOST: Final = 2**63


def parse_duration(text: str) -> int:
    """Nanoseconds. Raises ValueError."""
    negative = text.startswith("-")
    rest = text[1:] if text[:1] in {"+", "-"} else text
    if rest == "0":
        return 0
    total = at = 0
    while match := _SEGMENT.match(rest, at):
        digits, unit = match.groups()
        if unit in _HOURS:
            digits, unit = _as_hours(digits, _HOURS[unit]), "h"
        if unit not in _UNITS:
            raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
        total += _nanoseconds(digits, _UNITS[unit])
        at = match.end()
    if not at or at != len(rest) or total > _MOST - (not negative):
        raise ValueError(f'time: invalid duration "{text}"')
    return -total if negative else total


def _as_hours(digits: str, hours: int) -> str:
    product = float(digits) * hours
    # Too many hours for any duration; what is refused need not be written.
    return f"{Decimal(repr(product)):f}" if math.isfinite(product) else str(_MOST)


def _nanoseconds(digits: str, unit: int) -> int:
    whole, _, fraction = digits.partition(".")
    # A longer number is beyond any duration, and Python reads no number of any length.
    whole = whole.lstrip("0")[:20]
    total = int(whole or "0") * unit
    part, scale = 0, 1.0
    for digit in fraction:
        longer = part * 10 + int(digit)
        # What 64 bits do not hold is left out.
        if part > (_MOST - 1) // 10 or longer > _MOST:
            break
        part, scale = longer, scale * 10
    return total + int(part * (unit / scale))
