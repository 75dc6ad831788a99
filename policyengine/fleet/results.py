"""The results of an audit: JSON Lines that survive a kill.

The first row says what the run is: bundle, parameters, engine, inventory and clock. Every further
row is one verdict, with its ``index`` in the inventory, written whole or not at all. A run that
finds a file of the same run goes on behind the rows that are there; any other file is refused.
When all rows are there they are put in the order of the inventory.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import orjson

from policyengine.errors import OutputError, UsageError
from policyengine.model.json_value import JsonObject

_RUN = "run"


class ResultsFile:
    """A results file, open for appending. ``done`` are the indexes that have a row."""

    def __init__(self, path: Path, stream: BinaryIO, run: JsonObject) -> None:
        self.path = path
        self.run = run
        self.done: set[int] = set()
        self._stream = stream
        self._places: dict[int, tuple[int, int]] = {}

    def append(self, row: JsonObject) -> None:
        """Write one row, in one write, before anything else is done."""
        index = row["index"]
        assert isinstance(index, int)
        data = orjson.dumps(row) + b"\n"
        place = self._stream.seek(0, os.SEEK_END)
        self._stream.write(data)
        self._stream.flush()
        self._note(index, place, len(data))

    def finish(self) -> None:
        """Put the rows in the order of the inventory, by way of a temporary file."""
        descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as ordered:
                ordered.write(orjson.dumps({_RUN: self.run}) + b"\n")
                for index in sorted(self._places):
                    place, length = self._places[index]
                    self._stream.seek(place)
                    ordered.write(self._stream.read(length))
                ordered.flush()
                os.fsync(ordered.fileno())
            temporary.chmod(self.path.stat().st_mode & 0o777)
            temporary.replace(self.path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def close(self) -> None:
        """Close the file; the rows written so far stay."""
        self._stream.close()

    def replay(self, note: Callable[[JsonObject], None]) -> None:
        """Call ``note`` with each row that is there."""
        for index in sorted(self._places):
            place, length = self._places[index]
            self._stream.seek(place)
            row: JsonObject = orjson.loads(self._stream.read(length))
            note(row)

    def _note(self, index: int, place: int, length: int) -> None:
        self.done.add(index)
        self._places[index] = (place, length)

    def load(self) -> None:
        """Find the whole rows behind the header, and cut off what a kill left half-written."""
        place = self._stream.seek(0)
        header = self._stream.readline()
        place += len(header)
        while line := self._stream.readline():
            index = _index_of(line)
            # The end of the last whole row is the end of the file that counts.
            if index is None:
                break
            if index not in self.done:
                self._note(index, place, len(line))
            place += len(line)
        self._stream.truncate(place)


def open_results(path: str, run: JsonObject, *, items: int, clock_given: bool) -> ResultsFile:
    """Open ``path`` for the run that ``run`` describes; go on where an earlier one stopped.

    An earlier run's clock is kept, unless ``clock_given``: then it must be the same. Raises
    UsageError for a file of another run, OutputError for one that cannot be written.
    """
    target = Path(path)
    try:
        found = target.stat().st_size if target.exists() else 0
        if not found:
            stream = target.open("w+b")
            stream.write(orjson.dumps({_RUN: run}) + b"\n")
            stream.flush()
            return ResultsFile(target, stream, run)
        stream = target.open("r+b")
    except OSError as error:
        raise OutputError("cannot be written", where=path, found=error.strerror) from None
    earlier = _header(stream.readline())
    if earlier is None:
        stream.close()
        raise UsageError(
            "is there, and is not the result of an audit", where=path, hint="choose another -o"
        )
    for key in run.keys() | earlier.keys():
        if key == "evaluated_at" and not clock_given:
            continue
        if run.get(key) != earlier.get(key):
            stream.close()
            raise UsageError(
                f"is the result of another run: its {key} differs",
                where=path,
                found=_short(earlier.get(key)),
                expected=_short(run.get(key)),
                hint="choose another -o, or remove it to begin anew",
            )
    results = ResultsFile(target, stream, earlier)
    results.load()
    if results.done and max(results.done) >= items:
        stream.close()
        raise UsageError("has rows beyond the inventory", where=path)
    return results


def _header(line: bytes) -> JsonObject | None:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    run = row.get(_RUN) if isinstance(row, dict) else None
    return run if isinstance(run, dict) and line.endswith(b"\n") else None


def _index_of(line: bytes) -> int | None:
    if not line.endswith(b"\n"):
        return None
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    index = row.get("index") if isinstance(row, dict) else None
    return index if isinstance(index, int) and not isinstance(index, bool) else None


def _short(value: object) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else text[:80] + "..."
