"""Rows survive a kill, none is doubled, and another run's file is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import OutputError, UsageError
from policyengine.fleet.results import open_results

RUN: dict[str, Any] = {"bundle": "b", "evaluated_at": "2026-01-31T12:00:00Z", "parameters": {}}


def row(index: int) -> dict[str, Any]:
    return {"index": index, "image": f"image-{index}"}


def written(path: Path, *indexes: int) -> Path:
    results = open_results(str(path), RUN, items=10, clock_given=False)
    for index in indexes:
        results.append(row(index))
    results.close()
    return path


def rows(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rows_that_are_there_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path / "r.jsonl", 2, 0)
    results = open_results(str(path), RUN, items=10, clock_given=False)
    assert results.done == {0, 2}
    results.append(row(1))
    results.finish()
    results.close()
    assert rows(path) == [{"run": RUN}, row(0), row(1), row(2)]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_row_that_was_half_written_is_dropped(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "r.jsonl", 0, 1)
    path.write_bytes(path.read_bytes()[:-cut])
    results = open_results(str(path), RUN, items=10, clock_given=False)
    assert results.done == {0}
    results.append(row(1))
    results.close()
    assert rows(path)[1:] == [row(0), row(1)]


def test_what_follows_a_damaged_row_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path / "r.jsonl", 0)
    with path.open("ab") as stream:
        stream.write(b"garbage\n" + json.dumps(row(1)).encode() + b"\n")
    results = open_results(str(path), RUN, items=10, clock_given=False)
    assert results.done == {0}
    results.close()


def test_the_clock_of_the_first_run_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path / "r.jsonl", 0)
    later = {**RUN, "evaluated_at": "2026-02-01T00:00:00Z"}
    results = open_results(str(path), later, items=10, clock_given=False)
    assert results.run["evaluated_at"] == RUN["evaluated_at"]
    results.close()
    with pytest.raises(UsageError, match="its evaluated_at differs"):
        open_results(str(path), later, items=10, clock_given=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bundle": "c"}, "its bundle differs"),
        ({"parameters": {"max_image_age_days": 1}}, "its parameters differs"),
        ({"more": 1}, "its more differs"),
    ],
)
def test_the_file_of_another_run_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = written(tmp_path / "r.jsonl", 0)
    before = path.read_bytes()
    with pytest.raises(UsageError, match=message):
        open_results(str(path), {**RUN, **change}, items=10, clock_given=False)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"hello\n", b"{}\n", b'{"run": 1}\n', b'{"run": {}}'])
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not the result of an audit"):
        open_results(str(path), RUN, items=10, clock_given=False)
    assert path.read_bytes() == content


def test_rows_beyond_the_inventory_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "r.jsonl", 7)
    with pytest.raises(UsageError, match="beyond the inventory"):
        open_results(str(path), RUN, items=7, clock_given=False)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        open_results(str(tmp_path / "none" / "r"), RUN, items=1, clock_given=False)
