"""Times are exact to the nanosecond, and a time without an offset is no instant."""

from __future__ import annotations

import pytest

from policyengine.model.instant import Instant


@pytest.mark.parametrize(
    ("text", "ns", "shown"),
    [
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00.000000001Z", 1, "1970-01-01T00:00:00.000000001Z"),
        ("1969-12-31T23:59:59.5Z", -500_000_000, "1969-12-31T23:59:59.5Z"),
        ("1970-01-01T02:00:00+02:00", 0, "1970-01-01T00:00:00Z"),
        ("1970-01-01 00:00:00.25z", 250_000_000, "1970-01-01T00:00:00.25Z"),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000, "2017-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000_000, "0001-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00.1234567899Z", 123_456_789, "1970-01-01T00:00:00.123456789Z"),
    ],
)
def test_a_time_is_read_and_shown(text: str, ns: int, shown: str) -> None:
    instant = Instant.parse(text)
    assert (instant.ns, str(instant)) == (ns, shown)
    assert Instant.parse(shown) == instant


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "1735689600"],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Instant.parse(text)


def test_whole_seconds_are_cut_not_rounded() -> None:
    assert Instant(1_999_999_999).whole_seconds() == Instant(1_000_000_000)
    assert Instant(-1).whole_seconds() == Instant(-1_000_000_000)


@pytest.mark.parametrize(
    ("ns", "shown"),
    [
        (-62_135_596_800_000_000_001, "@-62135596800000000001ns"),
        (253_402_300_799_000_000_000, "9999-12-31T23:59:59Z"),
        (253_402_300_800_000_000_000, "@253402300800000000000ns"),
        (10**40, f"@{10**40}ns"),
    ],
)
def test_a_time_without_a_form_is_shown_by_its_number(ns: int, shown: str) -> None:
    assert str(Instant(ns)) == shown
