"""Which waivers let something of an inventory pass, told from the rows as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from policyengine.model.json_value import JsonObject
from policyengine.model.waiver import Waiver, WaiverFault, WaiverProblem


class WaiverUse:
    """Notes rows; holds none, but for the places of the waivers in them."""

    def __init__(self) -> None:
        self._used: set[tuple[str, int]] = set()
        self._whole = True

    def note(self, row: JsonObject) -> None:
        """Note one row of the results."""
        self._used.update(_places(row))
        if row["problem"] is not None or row["unjudged"]:
            self._whole = False

    def unused(self, waivers: Iterable[Waiver]) -> tuple[WaiverProblem, ...]:
        """Return a problem for each waiver that no row names: as applied, or as refused.

        Rows on images of which something was not judged tell nothing: then no waiver is unused.
        """
        if not self._whole:
            return ()
        return tuple(
            WaiverProblem(
                waiver=waiver,
                fault=WaiverFault.UNUSED,
                message="lets nothing of the inventory pass",
            )
            for waiver in waivers
            if (_as_in_rows(waiver.file), waiver.row) not in self._used
        )


def _as_in_rows(path: str) -> str:
    # JSON carries no halves of characters: a path whose bytes are not UTF-8 is escaped there.
    return path.encode("utf-8", "backslashreplace").decode()


def _places(row: JsonObject) -> Iterator[tuple[str, int]]:
    for name in ("waived", "refused_waivers"):
        items: Any = row[name]
        for item in items:
            yield item["waiver"]["file"], item["waiver"]["row"]
