"""Backoff, jitter and the Retry-After header."""

from __future__ import annotations

import pytest

from policyengine.registry.pacing import Pacing

NOON = 1_792_584_000.0  # Wed, 21 Oct 2026 12:00:00 GMT


def test_the_pause_doubles_up_to_a_limit() -> None:
    pacing = Pacing(chance=lambda: 1.0)
    assert [pacing.backoff(attempt) for attempt in (0, 1, 2, 3, 6, 7, 10_000)] == [
        0.5, 1.0, 2.0, 4.0, 30.0, 30.0, 30.0,
    ]  # fmt: skip


def test_chance_takes_up_to_half_of_a_pause() -> None:
    assert Pacing(chance=lambda: 0.0).backoff(2) == 1.0


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("17", 17.0, id="seconds"),
        pytest.param(" 17 ", 17.0, id="seconds with spaces"),
        pytest.param("Wed, 21 Oct 2026 12:00:30 GMT", 30.0, id="date"),
        pytest.param("Wed, 21 Oct 2026 12:00:30 -0000", 30.0, id="date without a zone"),
        pytest.param("Wed, 21 Oct 2026 11:59:00 GMT", 0.0, id="date in the past"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1.5", None, id="fraction"),
        pytest.param("soon", None, id="word"),
        pytest.param("9" * 5000, None, id="more digits than a number has"),
        pytest.param("Wed, 21 Oct 99999999999 12:00:30 GMT", None, id="no such year"),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, expected: float | None) -> None:
    assert Pacing(now=lambda: NOON).retry_after(header) == expected
