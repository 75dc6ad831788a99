"""What ``policyengine eval --explain`` prints of a trace: the forms of ``opa eval``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from policyengine.rego.runtime.trace import TraceEvent
from policyengine.rego.syntax.ast_json import Json

_COLUMN_GAP: Final = 4


def _full(events: Sequence[TraceEvent]) -> list[TraceEvent]:
    return [*events]


def _only(operation: str) -> Callable[[Sequence[TraceEvent]], list[TraceEvent]]:
    return lambda events: with_way(events, operation)


EXPLANATIONS: Final[dict[str, Callable[[Sequence[TraceEvent]], list[TraceEvent]]]] = {
    "full": _full,
    "notes": _only("Note"),
    "fails": _only("Fail"),
}


def with_way(events: Sequence[TraceEvent], operation: str) -> list[TraceEvent]:
    """The events of one operation, each behind the queries that lead to it.

    A query is not told again until another event was found.
    """
    found: list[TraceEvent] = []
    known: dict[int, TraceEvent] = {}
    for event in events:
        if event.operation == operation:
            path = [event]
            above = known.get(event.query)
            while above is not None:
                path.append(above)
                above = known.get(above.parent)
            found += reversed(path)
            known = {}
        if event.is_query and event.operation in {"Enter", "Redo"}:
            known[event.query] = event
    return found


def trace_text(events: Sequence[TraceEvent]) -> str:
    """A line for each event: its place, as many bars as it is deep, what happened and to what."""
    places = [_place(event) for event in events]
    width = max(map(len, places), default=0) + _COLUMN_GAP
    depths: dict[int, int] = {}
    lines: list[str] = []
    for event, place in zip(events, places, strict=True):
        depth = depths.get(event.query)
        if depth is None:
            depth = depths[event.query] = depths.get(event.parent, 0) + 1
        stands_out = event.is_query and event.operation in {"Enter", "Redo"}
        bars = "| " * (depth - 1 if stands_out else depth)
        early = " early" if event.is_early else ""
        lines.append(f"{place:<{width}} {bars}{event.operation} {event.text}{early}")
    return "\n".join(lines)


def trace_json(events: Sequence[TraceEvent]) -> Json:
    """The events with OPA's names for what they have in common; it numbers queries from 0."""
    return [
        {
            "Op": event.operation,
            "Text": event.text,
            "Location": {"file": event.file, "row": event.row, "col": event.col},
            "QueryID": event.query - 1,
            "ParentID": max(event.parent - 1, 0),
            "Message": "early" if event.is_early else event.message,
        }
        for event in events
    ]


def _place(event: TraceEvent) -> str:
    return f"{event.file or 'query'}:{event.row}"
