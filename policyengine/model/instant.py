"""A point in time: RFC 3339 for people, nanoseconds since the epoch for arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?\s?(Z|z|UTC|[+-]\d{2}:?\d{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000_000
# Written out: formatting three numbers takes longer than all else of a time.
_DIGITS = tuple(f"{number:02}" for number in range(60))


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """Nanoseconds since 1970-01-01T00:00:00Z; negative before it. No leap seconds."""

    ns: int

    @classmethod
    def parse(cls, text: str) -> Instant:
        """Read an RFC 3339 time. Digits beyond nanoseconds are cut.

        Raises ValueError for anything else, including a time without an offset: its instant is
        not known.
        """
        match = _RFC3339.fullmatch(text.strip())
        if match is None:
            msg = f"not an RFC 3339 time with an offset: {text!r}"
            raise ValueError(msg)
        day, clock, fraction, offset = match.groups()
        seconds_60 = clock.endswith(":60")
        if seconds_60:
            clock = clock[:-2] + "59"
        moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
        whole = moment - _EPOCH
        seconds = whole.days * 86_400 + whole.seconds + seconds_60
        if offset not in {"Z", "z", "UTC"}:
            digits = offset[1:].replace(":", "")
            shift = int(digits[:2]) * 3600 + int(digits[2:]) * 60
            seconds -= shift if offset[0] == "+" else -shift
        return cls(seconds * _SECOND + int((fraction or "").ljust(9, "0")))

    def __str__(self) -> str:
        seconds, fraction = divmod(self.ns, _SECOND)
        days, rest = divmod(seconds, 86_400)
        try:
            day = _day(days)
        except (OverflowError, ValueError):
            # Outside of the years 1 to 9999 there is no RFC 3339 form.
            return f"@{self.ns}ns"
        minutes, second = divmod(rest, 60)
        text = f"{day}T{_DIGITS[minutes // 60]}:{_DIGITS[minutes % 60]}:{_DIGITS[second]}"
        return f"{text}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{text}Z"

    def whole_seconds(self) -> Instant:
        """Return this instant with the fraction of its second cut off."""
        return Instant(self.ns // _SECOND * _SECOND)


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    """Return the date that is ``days`` after 1970-01-01; reports have the same ones many times."""
    return date.fromordinal(_EPOCH.toordinal() + days).isoformat()
