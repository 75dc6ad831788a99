"""Times and durations in nanoseconds. The present is the evaluation's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policyengine.rego.runtime.builtins import go_durations as durations
from policyengine.rego.runtime.builtins.go_dates import add_to_date
from policyengine.rego.runtime.builtins.go_layouts import (
    NAMED,
    SECOND,
    format_time,
    parse_time,
)
from policyengine.rego.runtime.builtins.operands import integer, number, string
from policyengine.rego.runtime.builtins.registry import BuiltinError, OperandError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.numbers import to_integer
from policyengine.rego.runtime.values import Value, is_number

_INT64: Final = range(-(2**63), 2**63)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_TIME: Final = "number | array<number, string>"


@builtin("time.now_ns", "-> number", context=True, nondeterministic=True)
def now(session: Session) -> Value:
    return session.now_ns


def _checked(nanoseconds: int) -> int:
    if nanoseconds not in _INT64:
        raise BuiltinError("time outside of valid range")
    return nanoseconds


@builtin("time.parse_ns", "string, string -> number")
def parse(layout: Value, text: Value) -> Value:
    form = string(layout, 1)
    return _parsed(NAMED.get(form, form), string(text, 2))


@builtin("time.parse_rfc3339_ns", "string -> number")
def parse_rfc3339(text: Value) -> Value:
    return _parsed(NAMED["RFC3339"], string(text, 1))


def _parsed(layout: str, text: str) -> int:
    try:
        return _checked(parse_time(layout, text))
    except (ValueError, OverflowError) as error:
        raise BuiltinError(str(error)) from None


@builtin("time.parse_duration_ns", "string -> number")
def parse_duration(text: Value) -> Value:
    try:
        return durations.parse_duration(string(text, 1))
    except ValueError as error:
        raise BuiltinError(str(error)) from None


def _moment(value: Value) -> tuple[datetime, int, str]:
    """The time to the second in its zone, the nanoseconds beyond, and the layout or nothing."""
    given = value if type(value) is list else [value]
    if not given or not is_number(given[0]):
        raise OperandError("operand 1 must be either number (ns) or [number (ns), string (tz)]")
    zone = _zone(string(given[1], 1)) if len(given) > 1 else UTC
    layout = string(given[2], 1) if len(given) > 2 else ""
    nanoseconds = to_integer(number(given[0], 1))
    if nanoseconds is None or nanoseconds not in _INT64:
        raise BuiltinError("timestamp too big")
    seconds, rest = divmod(nanoseconds, SECOND)
    return (_EPOCH + timedelta(seconds=seconds)).astimezone(zone), rest, layout


def _zone(name: str) -> tzinfo:
    # The zone of the machine would make the answer depend on where the question is asked.
    if name in {"", "UTC", "Local"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BuiltinError(f"unknown time zone {name}") from None


@builtin("time.format", f"{_TIME} | array<number, string, string> -> string")
def format_(value: Value) -> Value:
    moment, nanoseconds, layout = _moment(value)
    return format_time(moment, nanoseconds, NAMED.get(layout or "RFC3339Nano", layout))


@builtin("time.date", f"{_TIME} -> array<number, number, number>")
def date(value: Value) -> Value:
    moment, _, _ = _moment(value)
    return [moment.year, moment.month, moment.day]


@builtin("time.clock", f"{_TIME} -> array<number, number, number>")
def clock(value: Value) -> Value:
    moment, _, _ = _moment(value)
    return [moment.hour, moment.minute, moment.second]


@builtin("time.weekday", f"{_TIME} -> string")
def weekday(value: Value) -> Value:
    return _DAYS[_moment(value)[0].weekday()]


@builtin("time.add_date", "number, number, number, number -> number")
def add_date(value: Value, years: Value, months: Value, days: Value) -> Value:
    moment, nanoseconds, _ = _moment(value)
    seconds = add_to_date(moment, integer(years, 2), integer(months, 3), integer(days, 4))
    if seconds is None:
        raise BuiltinError("time outside of valid range")
    return _checked(seconds * SECOND + nanoseconds)


@builtin("time.diff", f"{_TIME}, {_TIME} -> array<number, number, number, number, number, number>")
def difference(a: Value, b: Value) -> Value:
    """Years, months, days, hours, minutes and seconds, as calendar and clock show them."""
    first, first_rest, _ = _moment(a)
    second, second_rest, _ = _moment(b)
    second = second.astimezone(first.tzinfo)
    if (first, first_rest) > (second, second_rest):
        first, second = second, first
    year, month = second.year - first.year, second.month - first.month
    day, hour = second.day - first.day, second.hour - first.hour
    minute, seconds = second.minute - first.minute, second.second - first.second
    if seconds < 0:
        seconds, minute = seconds + 60, minute - 1
    if minute < 0:
        minute, hour = minute + 60, hour - 1
    if hour < 0:
        hour, day = hour + 24, day - 1
    if day < 0:
        following = datetime(first.year, first.month, 1, tzinfo=UTC) + timedelta(days=31)
        day, month = day + 32 - following.day, month - 1
    if month < 0:
        month, year = month + 12, year - 1
    return [year, month, day, hour, minute, seconds]
