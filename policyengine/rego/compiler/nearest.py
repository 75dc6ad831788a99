"""The name that was meant, where one that is there is near."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggestion(name: str, known: Iterable[str]) -> str | None:
    """A hint with the nearest of the names that are known, if one is near."""
    near = get_close_matches(name, [other for other in known if other != name], n=1, cutoff=0.7)
    return f"did you mean {near[0]}?" if near else None
