"""Reports as they look, each held to a file that was read by a person."""

from __future__ import annotations

import pytest

from tests.unit.report.verdicts import CASES, GOLDEN


@pytest.mark.parametrize("name", CASES)
def test_a_report_looks_as_it_was_accepted(name: str) -> None:
    assert CASES[name].golden.encode() == (GOLDEN / name).read_bytes()


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(CASES)
