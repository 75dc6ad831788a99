"""Times by Go's layouts: the reference time ``Mon Jan 2 15:04:05 MST 2006``, written as wanted.

Source: Go's documentation of package time, ``Layout``, ``Format`` and ``Parse``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

SECOND: Final = 1_000_000_000
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
NAMED: Final[dict[str, str]] = {
    "ANSIC": "Mon Jan _2 15:04:05 2006",
    "UnixDate": "Mon Jan _2 15:04:05 MST 2006",
    "RubyDate": "Mon Jan 02 15:04:05 -0700 2006",
    "RFC822": "02 Jan 06 15:04 MST",
    "RFC822Z": "02 Jan 06 15:04 -0700",
    "RFC850": "Monday, 02-Jan-06 15:04:05 MST",
    "RFC1123": "Mon, 02 Jan 2006 15:04:05 MST",
    "RFC1123Z": "Mon, 02 Jan 2006 15:04:05 -0700",
    "RFC3339": "2006-01-02T15:04:05Z07:00",
    "RFC3339Nano": "2006-01-02T15:04:05.999999999Z07:00",
}
_TOKEN: Final = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5"
    r"|PM|pm|[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07|[.,](?:0+|9+)(?![0-9])",
    re.ASCII,
)
_HOUR: Final = r"[+-]0*(?:1?\d|2[0-3])(?!\d)"
_ZONE_NAME: Final = re.compile(
    rf"ChST|MeST|GMT(?:{_HOUR})?|{_HOUR}"
    r"|(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z])",
    re.ASCII,
)


def _tokens(layout: str) -> Iterator[tuple[str, str]]:
    """Each chunk of a layout with the text before it; last the text at the end."""
    at = 0
    for match in _TOKEN.finditer(layout):
        yield layout[at : match.start()], match[0]
        at = match.end()
    yield layout[at:], ""


# ---- writing ----------------------------------------------------------------------------------


def format_time(moment: datetime, nanoseconds: int, layout: str) -> str:
    """``moment`` (to the second) and its ``nanoseconds`` by a layout."""
    out: list[str] = []
    for before, chunk in _tokens(layout):
        out += (before, _formatted(moment, nanoseconds, chunk))
    return "".join(out)


def _formatted(moment: datetime, nanoseconds: int, chunk: str) -> str:
    twelve = moment.hour % 12 or 12
    plain = {
        "": "",
        "January": _MONTHS[moment.month - 1],
        "Jan": _MONTHS[moment.month - 1][:3],
        "Monday": _DAYS[moment.weekday()],
        "Mon": _DAYS[moment.weekday()][:3],
        "1": str(moment.month),
        "01": f"{moment.month:02}",
        "2": str(moment.day),
        "_2": f"{moment.day:2}",
        "02": f"{moment.day:02}",
        "__2": f"{moment.timetuple().tm_yday:3}",
        "002": f"{moment.timetuple().tm_yday:03}",
        "15": f"{moment.hour:02}",
        "3": str(twelve),
        "03": f"{twelve:02}",
        "4": str(moment.minute),
        "04": f"{moment.minute:02}",
        "5": str(moment.second),
        "05": f"{moment.second:02}",
        "2006": f"{moment.year:04}",
        "06": f"{moment.year % 100:02}",
        "PM": "PM" if moment.hour >= 12 else "AM",
        "pm": "pm" if moment.hour >= 12 else "am",
    }
    if chunk in plain:
        return plain[chunk]
    if chunk == "MST":
        name = moment.tzname() or ""
        return name if name[:3] != "UTC" or name == "UTC" else _offset(moment, "-07")
    if chunk[0] in "-Z":
        return _offset(moment, chunk)
    digits = f"{nanoseconds:09}"[: len(chunk) - 1]
    if chunk[1] == "9":
        digits = digits.rstrip("0")
    return chunk[0] + digits if digits else ""


def _offset(moment: datetime, chunk: str) -> str:
    delta = moment.utcoffset() or timedelta()
    seconds = int(delta.total_seconds())
    if chunk[0] == "Z" and not seconds:
        return "Z"
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    colon = ":" if ":" in chunk else ""
    text = f"{sign}{hours:02}"
    if len(chunk) > 3:
        text += f"{colon}{rest // 60:02}"
    if len(chunk) > 6:
        text += f"{colon}{rest % 60:02}"
    return text


# ---- reading ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Parts:
    year: int = 0
    month: int = -1
    day: int = -1
    year_day: int = -1
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanosecond: int = 0
    afternoon: bool | None = None
    offset: int | None = None


def parse_time(layout: str, text: str) -> int:
    """Nanoseconds since the epoch, of any size. Raises ValueError."""
    parts = _Parts()
    rest = text
    previous = ""
    for before, chunk in _tokens(layout):
        rest = _skipped(rest, before, text, layout)
        if not chunk:
            break
        if chunk[0] in ".," and previous in {"5", "05"} and rest[:1] not in {".", ","}:
            # The layout may ask for a fraction that is not there only where nines ask for it.
            if chunk[1] == "9":
                continue
            raise _wrong(text, layout, rest)
        try:
            rest = _read(parts, chunk, rest)
        except ValueError:
            raise _wrong(text, layout, rest) from None
        following = layout[layout.find(chunk) + len(chunk) :]
        if (
            chunk in {"5", "05"}
            and re.match(r"[.,]\d", rest, re.ASCII)
            and not re.match(r"[.,](0+|9+)(?![0-9])", following)
        ):
            parts.nanosecond, rest = _fraction(rest)
        previous = chunk
    if rest:
        raise ValueError(f'parsing time "{text}": extra text: "{rest}"')
    return _instant(parts, text)


def _wrong(text: str, layout: str, rest: str) -> ValueError:
    return ValueError(f'parsing time "{text}" as "{layout}": cannot parse "{rest}"')


def _skipped(rest: str, literal: str, text: str, layout: str) -> str:
    for char in literal:
        if char == " ":
            if rest and rest[0] != " ":
                raise _wrong(text, layout, rest)
            rest = rest.lstrip(" ")
        elif rest[:1] != char:
            raise _wrong(text, layout, rest)
        else:
            rest = rest[1:]
    return rest


def _number(rest: str, least: int, most: int) -> tuple[int, str]:
    size = 0
    while size < most and size < len(rest) and rest[size] in "0123456789":
        size += 1
    if size < least:
        raise ValueError
    return int(rest[:size]), rest[size:]


def _name(rest: str, names: tuple[str, ...], size: int | None) -> tuple[int, str]:
    for index, name in enumerate(names):
        wanted = name[:size]
        if rest[: len(wanted)].lower() == wanted.lower():
            return index, rest[len(wanted) :]
    raise ValueError


def _fraction(rest: str) -> tuple[int, str]:
    size = 1
    while size < len(rest) and rest[size] in "0123456789":
        size += 1
    digits = rest[1:size]
    if not digits:
        raise ValueError
    return int(digits[:9].ljust(9, "0")), rest[size:]


def _read(parts: _Parts, chunk: str, rest: str) -> str:
    match chunk:
        case "2006":
            parts.year, rest = _number(rest, 4, 4)
        case "06":
            year, rest = _number(rest, 2, 2)
            parts.year = year + (1900 if year >= 69 else 2000)
        case "January" | "Jan":
            index, rest = _name(rest, _MONTHS, None if chunk == "January" else 3)
            parts.month = index + 1
        case "1" | "01":
            parts.month, rest = _number(rest, len(chunk), 2)
            _within(parts.month, 1, 12)
        case "Monday" | "Mon":
            _, rest = _name(rest, _DAYS, None if chunk == "Monday" else 3)
        case "2" | "_2" | "02":
            if chunk == "_2" and rest[:1] == " ":
                rest = rest[1:]
            parts.day, rest = _number(rest, 2 if chunk == "02" else 1, 2)
        case "002" | "__2":
            stripped = rest.lstrip(" ") if chunk == "__2" else rest
            parts.year_day, rest = _number(stripped, 3 if chunk == "002" else 1, 3)
        case "15":
            parts.hour, rest = _number(rest, 1, 2)
            _within(parts.hour, 0, 23)
        case "3" | "03":
            parts.hour, rest = _number(rest, len(chunk), 2)
            _within(parts.hour, 0, 12)
        case "4" | "04":
            parts.minute, rest = _number(rest, len(chunk), 2)
            _within(parts.minute, 0, 59)
        case "5" | "05":
            parts.second, rest = _number(rest, len(chunk), 2)
            _within(parts.second, 0, 59)
        case "PM" | "pm":
            known = ("AM", "PM") if chunk == "PM" else ("am", "pm")
            parts.afternoon = bool(known.index(rest[:2]))
            rest = rest[2:]
        case "MST":
            rest = _zone_name(parts, rest)
        case _ if chunk[0] in "-Z":
            rest = _zone_offset(parts, chunk, rest)
        case _:
            if rest[:1] not in {".", ","}:
                raise ValueError
            size = len(chunk)
            if chunk[1] == "0" and not rest[1:size].isdecimal():
                raise ValueError
            parts.nanosecond, following = _fraction(rest[:size] if chunk[1] == "0" else rest)
            rest = following + (rest[size:] if chunk[1] == "0" else "")
    return rest


def _within(value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError


def _zone_name(parts: _Parts, rest: str) -> str:
    match = _ZONE_NAME.match(rest)
    if match is None:
        raise ValueError
    # The name of a zone moves no time that is parsed, as in Go, not even that of GMT+3.
    parts.offset = 0
    return rest[match.end() :]


def _zone_offset(parts: _Parts, chunk: str, rest: str) -> str:
    if chunk[0] == "Z" and rest[:1] == "Z":
        parts.offset = 0
        return rest[1:]
    shape = "[+-]" + re.sub("[0-9]{2}", "([0-9]{2})", chunk[1:])
    match = re.match(shape, rest, re.ASCII)
    if match is None:
        raise ValueError
    numbers = [int(part) for part in match.groups()] + [0, 0]
    _within(numbers[0], 0, 24)
    _within(numbers[1], 0, 60)
    offset = numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
    parts.offset = -offset if rest[0] == "-" else offset
    return rest[match.end() :]


def _instant(parts: _Parts, text: str) -> int:
    hour = parts.hour
    if parts.afternoon and hour < 12:
        hour += 12
    elif parts.afternoon is False and hour == 12:
        hour = 0
    if parts.year_day >= 0:
        first = datetime(max(parts.year, 1), 1, 1, tzinfo=UTC)
        dated = first + timedelta(days=parts.year_day - 1)
        if parts.year_day < 1 or dated.year != first.year:
            raise ValueError(f'parsing time "{text}": day-of-year out of range')
        month, day = dated.month, dated.day
        if (parts.month, parts.day) != (-1, -1) and (
            parts.month not in {-1, month} or parts.day not in {-1, day}
        ):
            raise ValueError(f'parsing time "{text}": day-of-year does not match')
    else:
        month = 1 if parts.month < 0 else parts.month
        day = 1 if parts.day < 0 else parts.day
    # Year 0 is a leap year in Go's calendar; Python's begins with 1.
    year = parts.year or 4
    try:
        moment = datetime(year, month, day, hour, parts.minute, parts.second, tzinfo=UTC)
    except ValueError:
        raise ValueError(f'parsing time "{text}": day out of range') from None
    days = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    if not parts.year:
        # The leap year 4 stood in for the year 0, which Python does not have.
        stand_in = datetime(4, 1, 1, tzinfo=UTC) - datetime(1, 1, 1, tzinfo=UTC)
        days -= stand_in.days * 86400 + 366 * 86400
    return (days - (parts.offset or 0)) * SECOND + parts.nanosecond
