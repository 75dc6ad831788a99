"""What followed code reports while it runs: which expressions were tried, held, and with what.

Events stand in the order of evaluation. An attempt at an expression begins with a ``begin``; the
values that its references and calls gave follow; ``held`` says that it was true, and comes as often
as the expression has solutions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from policyengine.rego.runtime.values import Value

MOST_EVENTS: Final = 500_000
"""What is kept of a run that nobody reads while it goes; behind it only the count goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A text in ``file``: from character ``start``, in ``row`` and ``col``, to ``end``."""

    file: str
    row: int
    col: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spot:
    """One place in followed code.

    ``order`` counts in the order of the code. ``expression`` is the whole expression, ``part`` what
    of it is meant here; ``names`` are the variables whose values are told.
    """

    kind: Literal["statement", "value", "rule"]
    order: int
    expression: Extent
    part: Extent
    names: tuple[str, ...] = ()
    negates: bool = False


Event: TypeAlias = tuple[Literal["begin", "held", "value", "gave"], Spot, tuple[Value, ...]]


class Following:
    """The events of one evaluation: kept, or given to ``reader`` as they come, which has no end."""

    __slots__ = ("_reader", "events", "left_out")

    def __init__(self, reader: Callable[[Event], None] | None = None) -> None:
        self.events: list[Event] = []
        self.left_out = 0
        self._reader = reader

    def begin(self, spot: Spot, *values: Value) -> None:
        """A statement is tried; the values are those of ``spot.names``."""
        self._add(("begin", spot, values))

    def held(self, spot: Spot, *values: Value) -> None:
        """It held, and bound ``spot.names``."""
        self._add(("held", spot, values))

    def value(self, spot: Spot, value: Value) -> None:
        """A reference or a call gave a value."""
        self._add(("value", spot, (value,)))

    def gave(self, spot: Spot, *value: Value) -> None:
        """A rule has a solution."""
        self._add(("gave", spot, value))

    def _add(self, event: Event) -> None:
        if self._reader is not None:
            self._reader(event)
        elif len(self.events) < MOST_EVENTS:
            self.events.append(event)
        else:
            self.left_out += 1
