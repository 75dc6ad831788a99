"""JSON as Python values, and the JSON Pointers (RFC 6901) that name a place in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

# Read-only views: what a frozen value holds of a document that it does not own.
FrozenJson: TypeAlias = "bool | int | float | str | Sequence[FrozenJson] | FrozenObject | None"
FrozenObject: TypeAlias = "Mapping[str, FrozenJson]"


def json_pointer(segments: Iterable[str | int]) -> str:
    """Return the pointer to ``segments``: ``/scan/vulnerabilities/17``, or ``""`` for the root."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in segments)


def pointer_segments(pointer: str) -> tuple[str, ...]:
    """Return the segments of ``pointer``. An empty pointer has none."""
    if not pointer:
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))
