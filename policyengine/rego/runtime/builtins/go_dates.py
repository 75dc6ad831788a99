"""Dates as Go counts them: in 64 bits, which wrap around beyond the calendar.

Source: Go's package time, ``AddDate`` and ``Date``, with the names that its comments give.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = 86400
_ABSOLUTE_YEARS: Final = 292_277_022_400
# From the first of March of the year -_ABSOLUTE_YEARS to 1970, in seconds.
_ABSOLUTE_TO_UNIX: Final = -(_ABSOLUTE_YEARS * 146097 // 400 + 306 + 719162) * _DAY
# No time that 64 bits of nanoseconds hold is further from 1970.
_FURTHEST: Final = 2**63 // 10**9 + 2 * _DAY


def add_to_date(moment: datetime, years: int, months: int, days: int) -> int | None:
    """The second of ``moment`` moved by years, months and days of its zone's calendar.

    Seconds since the epoch; None where nanoseconds in 64 bits do not reach.
    """
    year, month = _normalized(
        _signed(moment.year + years), _signed(_signed(moment.month + months) - 1), 12
    )
    day = _signed(moment.day + days)
    clock = moment.hour * 3600 + moment.minute * 60 + moment.second
    local = _signed(_absolute_days(year, month + 1, day) * _DAY + clock + _ABSOLUTE_TO_UNIX)
    if abs(local) > _FURTHEST:
        return None
    # The offset at the time that the clock would show in UTC, and then at the time that this gives.
    zone = moment.tzinfo
    first = (_EPOCH + timedelta(seconds=local)).astimezone(zone).utcoffset() or timedelta()
    guess = _EPOCH + timedelta(seconds=local) - first
    offset = guess.astimezone(zone).utcoffset() or timedelta()
    return local - int(offset.total_seconds())


def _absolute_days(year: int, month: int, day: int) -> int:
    is_before_march = month < 3
    years = _unsigned(year - is_before_march + _ABSOLUTE_YEARS)
    of_year = (979 * (month + 12 * is_before_march) - 2919) >> 5
    century, of_century = divmod(years, 100)
    of_centuries = _unsigned(146097 * century) // 4
    return _unsigned(of_centuries + 1461 * of_century // 4 + of_year + day - 1)


def _normalized(high: int, low: int, base: int) -> tuple[int, int]:
    if low < 0:
        count = _quotient(_signed(_signed(-low) - 1), base) + 1
        high, low = _signed(high - count), _signed(low + count * base)
    if low >= base:
        count = low // base
        high, low = _signed(high + count), low - count * base
    return high, low


def _quotient(a: int, b: int) -> int:
    """Rounded towards zero."""
    return -(-a // b) if a < 0 else a // b


def _signed(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


def _unsigned(value: int) -> int:
    return value % 2**64
