"""What the followed make adds to generated code; ``runtime/follow.py`` says what the calls mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policyengine.rego.compiler import core
from policyengine.rego.compiler.goals import Goal
from policyengine.rego.runtime.follow import Extent, Spot
from policyengine.rego.syntax.source import Location

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter
    from policyengine.rego.compiler.parts import Parts

_RECORD = "c.session.record"


def extent_of(location: Location) -> Extent:
    return Extent(
        file=location.file,
        row=location.row,
        col=location.col,
        start=location.start,
        end=location.end,
        text=location.text,
    )


def expression_of(statement: core.Statement) -> Location:
    """The expression that a statement came from; for what the head needs, that part of it."""
    source = statement.source
    if source is None:
        return statement.location
    whole, part = source.location, statement.location
    is_inside = whole.start <= part.start and part.end <= whole.end
    return whole if is_inside else part


@contextmanager
def followed(writer: BodyWriter, statement: core.Statement) -> Iterator[None]:
    """Tell that the statement that is written inside is tried, and that it held."""
    outside, before = writer.expression, dict(writer.bound)
    writer.expression = expression_of(statement)
    _tell(writer, statement, "begin", before)
    yield
    _tell(writer, statement, "held", {v: n for v, n in writer.bound.items() if v not in before})
    writer.expression = outside


def _tell(
    writer: BodyWriter, statement: core.Statement, what: str, bound: dict[core.Variable, str]
) -> None:
    named = {v: n for v, n in bound.items() if not v.is_generated and not v.is_wildcard}
    spot = _spot(
        writer.parts,
        expression_of(statement),
        statement.location,
        names=tuple(variable.name for variable in named),
        negates=statement.negated,
    )
    writer.emitter.emit(f"{_RECORD}.{what}({', '.join([spot, *named.values()])})")


def tell_value(writer: BodyWriter, location: Location, name: str) -> None:
    """Tell what a reference or a call gave."""
    if writer.parts.is_followed:
        expression = location if writer.expression is None else writer.expression
        spot = _spot(writer.parts, expression, location, kind="value")
        writer.emitter.emit(f"{_RECORD}.value({spot}, {name})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gave(Goal):
    """A goal that tells the value before it is reached."""

    goal: Goal
    spot: str

    def reach(self, writer: BodyWriter) -> None:
        value = [writer.operand(operand) for operand in self.goal.operands[-1:]]
        writer.emitter.emit(f"{_RECORD}.gave({', '.join([self.spot, *value])})")
        self.goal.reach(writer)


def gave(parts: Parts, goal: Goal, location: Location) -> Gave:
    """``goal``, told as a solution of the rule whose head is at ``location``."""
    return Gave(
        operands=goal.operands,
        parameters=goal.parameters,
        returns=goal.returns,
        goal=goal,
        spot=_spot(parts, location, location, kind="rule"),
    )


def _spot(
    parts: Parts,
    expression: Location,
    part: Location,
    *,
    kind: str = "statement",
    names: tuple[str, ...] = (),
    negates: bool = False,
) -> str:
    spot = Spot(
        kind=kind,  # type: ignore[arg-type] # one of its three
        order=len(parts.constants.names),
        expression=extent_of(expression),
        part=extent_of(part),
        names=names,
        negates=negates,
    )
    return parts.constants.thing("p", spot)
