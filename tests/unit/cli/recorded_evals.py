"""What ``opa eval`` printed, and how ours is held against it.

``data/evals.json`` has files and cases: arguments and what OPA printed for them in each form.
``data/traces.json`` has cases whose trace was recorded; events of OPA's index, which this engine
does not have, are left out, and the numbers of variables that have no name.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NotRequired, TypedDict

_DATA = Path(__file__).parent / "data"
EVALS = _DATA / "evals.json"
TRACES = _DATA / "traces.json"
FORMS = ("json", "pretty", "values", "raw", "bindings", "discard")

_EVENT = re.compile(r"\S+:\d+ +(\| )*(Enter|Eval|Fail|Exit|Redo|Note) ")
_LOCAL = re.compile(r"__local[a-z]*\d+__")


class Eval(TypedDict):
    """``arguments`` of ``eval``, and what OPA gave: by form the code and what it printed."""

    arguments: list[str]
    forms: dict[str, tuple[int, str]]


class Traced(TypedDict):
    """A query, how it is explained, and OPA's lines; of a full trace its events in JSON too."""

    query: str
    explain: str
    lines: list[str]
    events: NotRequired[list[str]]


class Recorded(TypedDict):
    """``files`` by name, and the cases over them."""

    files: dict[str, str]
    cases: list[Any]


def read(path: Path) -> Recorded:
    recorded: Recorded = json.loads(path.read_text())
    return recorded


def write_files(recorded: Recorded, folder: Path) -> None:
    for name, content in recorded["files"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def json_events(printed: str) -> list[str]:
    """What both engines tell of each event in JSON."""
    events = json.loads(printed).get("explanation", [])
    return [_event(event) for event in events if event["Op"] != "Index"]


def _event(event: dict[str, Any]) -> str:
    place = event["Location"]
    queries = f"{event['QueryID']} in {event['ParentID']}"
    shown = f"{event['Op']} {place['file']}:{place['row']}:{place['col']} {queries}"
    return f"{shown} {event['Message']}".rstrip()


def event_lines(printed: str) -> list[str]:
    """The lines of a trace that both engines have."""
    return [_LOCAL.sub("__local__", line) for line in printed.splitlines() if _EVENT.match(line)]
