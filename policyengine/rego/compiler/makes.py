"""The makes of generated code: what the one generator adds so that a run can be told about.

``plain`` adds nothing. ``covered`` notes each expression that is evaluated and each rule that
holds. ``explained`` keeps the paths of the input that were read on the way to each solution; see
``runtime/explain.py`` for what the calls mean. ``traced`` tells every step to people, see
``trace_writer.py``. ``followed`` tells every expression that is tried, and its values:
``compiler/following.py``.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.following import gave
from policyengine.rego.compiler.goals import Goal
from policyengine.rego.compiler.make import Make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policyengine.rego.compiler.body_writer import BodyWriter
    from policyengine.rego.compiler.emitter import Emitter
    from policyengine.rego.compiler.parts import Parts
    from policyengine.rego.syntax.source import Location

_RECORD: Final = "c.session.record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Goal):
    """A goal that is noted when it is reached: ``lines`` come before those of ``goal``."""

    goal: Goal
    lines: tuple[str, ...]

    def reach(self, writer: BodyWriter) -> None:
        for line in self.lines:
            writer.emitter.emit(line)
        self.goal.reach(writer)


def noted(goal: Goal, lines: tuple[str, ...], parameters: tuple[str, ...] = ()) -> Noted:
    """``goal`` with ``lines``, which use the Python names ``parameters``."""
    return Noted(
        operands=goal.operands,
        parameters=(*goal.parameters, *parameters),
        returns=goal.returns,
        goal=goal,
        lines=lines,
    )


def note_statement(writer: BodyWriter, statement: core.Statement) -> None:
    """Note that a statement is evaluated."""
    if writer.parts.make is Make.COVERED:
        constants = writer.parts.constants
        writer.emitter.emit(f"{_RECORD}.add({constants.span(statement.location)})")
        if statement.source is not None:
            writer.emitter.emit(f"{_RECORD}.add({constants.span(statement.source.location)})")


def note_rule(
    parts: Parts, emitter: Emitter, goal: Goal, location: Location, member: core.Operand | None
) -> Goal:
    """Note that a rule is entered, and that it holds. ``member`` is what it puts into a set."""
    if parts.make is Make.COVERED:
        return noted(goal, (f"{_RECORD}.add({parts.constants.span(location)})",))
    if parts.make is Make.FOLLOWED:
        return gave(parts, goal, location)
    if parts.make is Make.EXPLAINED and member is not None:
        emitter.emit(f"m = {_RECORD}.mark()")
        return _Member(
            operands=goal.operands,
            parameters=(*goal.parameters, "m"),
            returns=goal.returns,
            goal=goal,
            lines=(),
            member=member,
        )
    return goal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member(Noted):
    member: core.Operand

    def reach(self, writer: BodyWriter) -> None:
        writer.emitter.emit(f"{_RECORD}.member({writer.operand(self.member)}, m)")
        self.goal.reach(writer)


def is_in_order(parts: Parts) -> bool:
    """Whether expressions are evaluated just as they stand, nothing before its turn."""
    return parts.make is Make.EXPLAINED or parts.make is Make.FOLLOWED


def is_explained(writer: BodyWriter) -> bool:
    """Whether paths are kept: then look-ups are not taken out of loops."""
    return writer.parts.make is Make.EXPLAINED


def decorate(parts: Parts, emitter: Emitter, how: str) -> None:
    """Keep apart what a function reads: ``how`` names a decorator of ``runtime/explain.py``."""
    if parts.make is Make.EXPLAINED:
        emitter.lines.insert(0, f"@{how}")


def write_explained_step(writer: BodyWriter, value: str, key: core.Operand, look_up: str) -> str:
    """One step of a reference, with the path that it reads."""
    emitter = writer.emitter
    below, name = writer.names.fresh("v"), writer.names.fresh("v")
    if all(variable in writer.bound for variable in variables.of_operand(key)):
        emitter.emit(f"{name} = {writer.operand(key)}")
        emitter.emit(f"{below} = {look_up}({value}, {name})")
        emitter.emit(f"{_RECORD}.step({value}, {name})")
        emitter.fail_if(f"{below} is U")
        return below
    whole = writer.names.fresh("v")
    emitter.emit(f"{whole} = items({value})")
    emitter.charge(writer.context, whole)
    mark = open_loop(writer)
    emitter.loop(f"for {name}, {below} in {whole}:")
    next_round(writer, mark)
    emitter.emit(f"{_RECORD}.step({value}, {name})")
    writer.match(key, name)
    return below


def open_loop(writer: BodyWriter) -> str:
    """Before a loop: a name for how far the paths are. Empty in other makes."""
    if not is_explained(writer):
        return ""
    mark = writer.names.fresh("m")
    writer.emitter.emit(f"{mark} = {_RECORD}.mark()")
    return mark


def next_round(writer: BodyWriter, mark: str) -> None:
    """In a loop: forget what the round before read."""
    if mark:
        writer.emitter.emit(f"{_RECORD}.back({mark})")


def note_whole(writer: BodyWriter, value: str) -> None:
    """The whole value of a rule is used, and so what made every member of it."""
    if is_explained(writer):
        writer.emitter.emit(f"{_RECORD}.whole({value})")


@contextmanager
def attempt(writer: BodyWriter, flag: str, *, sums_up: bool = False) -> Iterator[None]:
    """A body that may have no solution: then all that it read is why, summed up by container.

    ``sums_up``: also where it holds, as ``every`` does for all that it ranges over.
    """
    mark = open_loop(writer)
    yield
    if mark:
        condition = "" if sums_up else f"if not {flag}: "
        writer.emitter.emit(f"{condition}{_RECORD}.sum_up({mark})")


@contextmanager
def gathering(writer: BodyWriter, goal: Goal) -> Iterator[Goal]:
    """A comprehension: what each of its solutions read counts. Gives the goal to use."""
    mark = open_loop(writer)
    if not mark:
        yield goal
        return
    kept = writer.names.fresh("m")
    writer.emitter.emit(f"{kept} = []")
    yield noted(goal, (f"{_RECORD}.keep({kept}, {mark})",), (kept, mark))
    writer.emitter.emit(f"{_RECORD}.put({kept}, {mark})")
