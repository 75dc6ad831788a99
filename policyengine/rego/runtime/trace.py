"""What traced code reports to: the events of an evaluation, as ``opa eval --explain`` tells them.

A *query* is a body that is gone through: of a rule, a negation, a comprehension, of ``every``, or
the query itself. Each has a number, and the number of the one that it stands in.

OPA goes on with an expression while the rule in it is still open, so that what it tells of going
back into a rule comes behind what it tells of the expression. Here a rule has given its value by
then; so these events are *deferred* to where the expression that asked for the rule ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego.runtime.printing import quote

Operation: TypeAlias = Literal["Enter", "Eval", "Fail", "Exit", "Redo", "Note"]

Site: TypeAlias = tuple[str, str, int, int]
"""What an event is about, as text, and its file, row and column. No file: it is the query's."""

MOST_EVENTS: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceEvent:
    """One event. ``is_query``: it is about a rule or a body, not about an expression.

    ``message`` is what a note says, and ``text`` that in quotes.
    """

    operation: Operation
    text: str
    file: str
    row: int
    col: int
    query: int
    parent: int
    is_query: bool = False
    is_early: bool = False
    message: str = ""


class Frame:
    """An expression that is being evaluated. ``outer`` is the one before it in its query."""

    __slots__ = ("deferred", "found", "outer", "site")

    def __init__(self, site: Site, outer: Frame | None) -> None:
        self.site = site
        self.outer = outer
        self.found = False
        self.deferred: list[TraceEvent] = []


class Trace:
    """The events of one evaluation. Not for several threads."""

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []
        self._sink = self.events
        self._recorded = 0
        self._queries = 0
        self._query = 0
        self._parent = 0
        self._frame: Frame | None = None
        self._stack: list[tuple[int, int, list[TraceEvent], Frame | None]] = []

    # ---- queries -----------------------------------------------------------------------------

    def enter(self, site: Site) -> None:
        """A rule or a body begins. ``leave`` must come, however it ends."""
        if self._frame is not None and not self._frame.found:
            self._settle(self._frame)
        self._stack.append((self._query, self._parent, self._sink, self._frame))
        self._parent, self._frame = self._query, None
        self._queries += 1
        self._query = self._queries
        self._record("Enter", site, is_query=True)

    def exit(
        self, site: Site, is_early: bool, is_deferred: bool
    ) -> None:  # called by generated code
        """The rule or body has a solution. ``is_deferred``: what follows is told later."""
        self._record("Exit", site, is_query=True, is_early=is_early)
        if is_deferred:
            self._sink = []

    def again(self, site: Site) -> None:
        """The rule or body is asked for another solution."""
        self._record("Redo", site, is_query=True)

    def leave(self) -> None:
        """The rule or body has ended."""
        self._back_to(None)
        deferred = self._sink
        self._query, self._parent, self._sink, self._frame = self._stack.pop()
        if deferred is not self._sink:
            if self._frame is None:
                self._sink.extend(deferred)
            else:
                self._frame.deferred[:0] = deferred

    def exit_behind(self, site: Site) -> None:
        """As ``exit``, told behind the expression around: where OPA tells it of ``every``."""
        *_, frame = self._stack[-1]
        if frame is not None:
            frame.deferred.append(self._event("Exit", site, is_query=True))

    # ---- expressions -------------------------------------------------------------------------

    def eval(self, site: Site) -> Frame:
        """An expression begins."""
        self._record("Eval", site)
        self._frame = Frame(site, self._frame)
        return self._frame

    def redo(self, frame: Frame) -> None:
        """All behind the expression was tried: it is asked for another solution."""
        self.resume(frame)
        self._record("Redo", frame.site)

    def resume(self, frame: Frame) -> None:
        """As ``redo`` of an expression that has one solution at most, and is not told of again."""
        self._back_to(frame)

    def redo_of(self, site: Site) -> None:
        """As ``redo``, of what is no expression of its own here."""
        self._record("Redo", site)

    def eval_of(self, site: Site) -> None:
        """As ``eval``, of what is no expression of its own here."""
        self._record("Eval", site)

    def fail_of(self, site: Site) -> None:
        """That it has no solution, of what is no expression of its own here."""
        self._record("Fail", site)

    def done(self, frame: Frame) -> None:
        """The expression has no more solutions; without any it failed."""
        self._back_to(frame)
        self._settle(frame)
        if not frame.found:
            self._record("Fail", frame.site)
        self._frame = frame.outer

    def note(self, text: str) -> None:
        """What ``trace`` says."""
        site = ("", "", 1, 1) if self._frame is None else self._frame.site
        event = self._event("Note", (quote(text), *site[1:]))
        self._sink.append(replace(event, message=text))

    def _back_to(self, frame: Frame | None) -> None:
        """End the expressions behind ``frame``, which a return or an error left."""
        while self._frame is not None and self._frame is not frame:
            self._settle(self._frame)
            self._frame = self._frame.outer

    def _settle(self, frame: Frame) -> None:
        self._sink.extend(frame.deferred)
        frame.deferred = []

    def _record(
        self, operation: Operation, site: Site, *, is_query: bool = False, is_early: bool = False
    ) -> None:
        self._sink.append(self._event(operation, site, is_query=is_query, is_early=is_early))

    def _event(
        self, operation: Operation, site: Site, *, is_query: bool = False, is_early: bool = False
    ) -> TraceEvent:
        self._recorded += 1
        if self._recorded > MOST_EVENTS:
            raise EvaluationLimitExceeded(
                "the trace of the evaluation reached its limit",
                limit="size",
                expected=f"at most {MOST_EVENTS} events",
                hint="trace the evaluation of less",
            )
        text, file, row, col = site
        return TraceEvent(
            operation=operation,
            text=text,
            file=file,
            row=row,
            col=col,
            query=self._query,
            parent=self._parent,
            is_query=is_query,
            is_early=is_early,
        )
