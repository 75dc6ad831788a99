"""Lines of Python, and where control goes when an expression fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Python allows 20 nested loops in a function; a part of a body beyond this goes into its own.
MAX_LOOPS: Final = 12

_SHORT: Final = 32


class Emitter:
    """One Python function that is being written.

    ``fail`` is the statement that gives up the current attempt: ``continue`` in a loop, ``break``
    in a block that runs once, ``return U`` outside of both. ``calls_rules``: the function calls
    others that are generated.
    """

    def __init__(self, name: str, parameters: list[str], fail: str) -> None:
        self.lines = [f"def {name}({', '.join(parameters)}):"]
        self.fail = fail
        self.loops = 0
        self.nesting = 0
        self._depth = 1
        self._fixed: dict[tuple[str, object], str] = {}
        self._prologue: list[str] = []
        self._guarded = 1
        self.calls_rules = False

    def hoisted(self, key: tuple[str, object]) -> str | None:
        """The name of what ``hoist`` put at the function's beginning under this key."""
        return self._fixed.get(key)

    def hoist(
        self, key: tuple[str, object], name: str, expression: str, *, is_early: bool = True
    ) -> str:
        """Bind ``name`` before all loops.

        At the function's beginning, or, not ``is_early``, behind what ``end_guards`` ends.
        """
        self._fixed[key] = name
        line = f"    {name} = {expression}"
        if is_early:
            self._prologue.append(line)
        else:
            self.lines.insert(self._guarded, line)
            self._guarded += 1
        return name

    def end_guards(self) -> None:
        """What was written so far is evaluated before all else, and no loop is in it."""
        self._guarded = len(self.lines)

    def count_call(self) -> None:
        """Count the call of this function as a step.

        One that calls no other takes no more than its source is long, for which its caller was
        counted, and what its own loops count.
        """
        if self.calls_rules:
            self._prologue.insert(0, "    c.charge(1)")

    def emit(self, line: str) -> None:
        self.lines.append("    " * self._depth + line)

    def fail_if(self, condition: str) -> None:
        self.emit(f"if {condition}: {self.fail}")

    def loop(self, header: str) -> None:
        """Open a loop; all that follows is in it until the surrounding block ends."""
        self.emit(header)
        self._depth += 1
        self.loops += 1
        self.nesting += 1
        self.fail = "continue"

    def charge(self, context: str, collection: str) -> None:
        """Count the steps of a loop over ``collection``.

        In a loop that was counted itself a short one need not be: it makes the count wrong by a
        factor that is bounded. Further in the error would multiply.
        """
        counted = f"len({collection}) > {_SHORT}" if self.nesting == 1 else collection
        self.emit(f"if {counted}: {context}.charge(len({collection}))")

    @contextmanager
    def once(self) -> Iterator[None]:
        """A block that an expression's failure leaves."""
        depth, loops, fail = self._depth, self.loops, self.fail
        nesting = self.nesting
        self.emit("while True:")
        self._depth += 1
        self.loops += 1
        self.fail = "break"
        try:
            yield
        finally:
            self._depth, self.loops, self.fail = depth + 1, loops, fail
            self.emit("break")
            self._depth = depth
            self.nesting = nesting

    @contextmanager
    def ended_by(self, line: str) -> Iterator[None]:
        """A block behind which ``line`` is run, however the block is left."""
        with self.block("try:"):
            self.loops += 1
            yield
        self.emit("finally:")
        self.emit(f"    {line}")

    @contextmanager
    def block(self, header: str, fail: str | None = None) -> Iterator[None]:
        """An indented block."""
        depth, loops, before = self._depth, self.loops, self.fail
        nesting = self.nesting
        self.emit(header)
        self._depth += 1
        if fail is not None:
            self.fail = fail
            self.loops += 1
            self.nesting += 1
        try:
            yield
        finally:
            self._depth, self.loops, self.fail = depth, loops, before
            self.nesting = nesting

    def leave(self) -> None:
        """End all blocks: what follows is at the level of the function."""
        self._depth = 1

    def close(self, end: str) -> None:
        """Write what the function ends with."""
        self._depth = 1
        self.emit(end)
        self.lines[1:1] = self._prologue
        self._prologue = []
