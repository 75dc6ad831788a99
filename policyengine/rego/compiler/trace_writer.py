"""The traced make: code that tells each query it enters and each expression it evaluates.

Each expression stands in a block of its own within that of the one before it, so that it is told
when all behind it was tried, however that ended::

    e1 = c.session.record.eval(p1)
    while True:
        ...                           # the expression: `break` and `continue` give it up
        e1.found = True
        try:
            ...                       # all expressions behind it, and the goal
        finally:
            c.session.record.redo(e1)
        break
    c.session.record.done(e1)

See ``runtime/trace.py`` for what the calls mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Clause
from policyengine.rego.compiler.core_texts import rule_text
from policyengine.rego.compiler.goals import Goal
from policyengine.rego.compiler.make import Make
from policyengine.rego.syntax.source import Location

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter
    from policyengine.rego.compiler.parts import Parts

# Of the 20 blocks that Python nests an expression takes two, and one for each loop that it opens.
MOST_BLOCKS: Final = 7

_RECORD: Final = "c.session.record"


def is_traced(writer: BodyWriter) -> bool:
    """Whether events are told: then nothing is left out or taken out of loops."""
    return writer.parts.make is Make.TRACED


def write_traced(writer: BodyWriter, body: core.Body, goal: Goal) -> None:
    """Write ``body`` and its ``goal``; whoever calls sees to what is nested too deep."""
    emitter = writer.emitter
    statement, rest = body[0], body[1:]
    frame = writer.names.fresh("e")
    site = _site(writer.parts, writer.parts.texts.statement(statement), statement.location)
    emitter.emit(f"{frame} = {_RECORD}.eval({site})")
    with writer.scope(), emitter.once():
        writer.statement(statement)
        emitter.emit(f"{frame}.found = True")
        # OPA tells of going back into all expressions but those that negate.
        negates = statement.negated or isinstance(statement.action, core.Negation)
        with emitter.ended_by(f"{_RECORD}.{'resume' if negates else 'redo'}({frame})"):
            writer.run(rest, goal)
    emitter.emit(f"{_RECORD}.done({frame})")


@contextmanager
def entering(
    writer: BodyWriter, goal: Goal, body: core.Body, *, is_early: bool = False
) -> Iterator[Goal]:
    """The body of an expression, or of a query: a query of its own. Gives the goal to use."""
    if not is_traced(writer) or not body:
        yield goal
        return
    site = _site(writer.parts, writer.parts.texts.body(body), body[0].location)
    with _entered(writer, goal, site, is_early=is_early, is_deferred=False) as told:
        yield told


@contextmanager
def entering_rule(
    writer: BodyWriter, goal: Goal, clause: Clause, *, is_early: bool
) -> Iterator[Goal]:
    """A rule. Gives the goal to use."""
    if not is_traced(writer):
        yield goal
        return
    site = _site(writer.parts, rule_text(clause.path), _place_of(clause))
    with _entered(writer, goal, site, is_early=is_early, is_deferred=goal.returns) as told:
        yield told


def passed_over(parts: Parts, clause: Clause) -> str:
    """A statement that tells of a rule whose head is of another key than is asked for."""
    site = _site(parts, rule_text(clause.path), _place_of(clause))
    return f"{_RECORD}.enter({site}); {_RECORD}.fail_of({site}); {_RECORD}.leave()"


@contextmanager
def _entered(
    writer: BodyWriter, goal: Goal, site: str, *, is_early: bool, is_deferred: bool
) -> Iterator[Goal]:
    writer.emitter.emit(f"{_RECORD}.enter({site})")
    with writer.emitter.ended_by(f"{_RECORD}.leave()"):
        yield _Told(
            operands=goal.operands,
            parameters=goal.parameters,
            returns=goal.returns,
            goal=goal,
            site=site,
            is_early=is_early,
            is_deferred=is_deferred,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told(Goal):
    """``goal``, told as the exit of a query."""

    goal: Goal
    site: str
    is_early: bool
    is_deferred: bool

    def reach(self, writer: BodyWriter) -> None:
        writer.emitter.emit(f"{_RECORD}.exit({self.site}, {self.is_early}, {self.is_deferred})")
        with writer.emitter.ended_by(f"{_RECORD}.again({self.site})"):
            self.goal.reach(writer)


@contextmanager
def entering_every(
    writer: BodyWriter, every: core.Universal, flag: str, location: Location
) -> Iterator[None]:
    """``every``: a query of its own, in which its generator is one expression."""
    if not is_traced(writer):
        yield
        return
    emitter = writer.emitter
    site = _site(writer.parts, writer.parts.texts.universal(every), location)
    emitter.emit(f"{_RECORD}.enter({site})")
    generator = _generator(writer.parts, every)
    with emitter.ended_by(f"{_RECORD}.leave()"):
        emitter.emit(f"{_RECORD}.eval_of({generator})")
        yield
        emitter.emit(f"if {flag}: {_RECORD}.exit_behind({site})")
        emitter.emit(f"else: {_RECORD}.fail_of({site})")


@contextmanager
def each_of_every(
    writer: BodyWriter, every: core.Universal, goal: Goal, location: Location
) -> Iterator[Goal]:
    """One element of ``every``. Gives the goal to use."""
    if not is_traced(writer):
        yield goal
        return
    texts = writer.parts.texts
    generator = _generator(writer.parts, every)
    whole = _site(writer.parts, texts.universal(every), location)
    with (
        writer.emitter.ended_by(f"{_RECORD}.redo_of({whole}); {_RECORD}.redo_of({generator})"),
        entering(writer, goal, every.body, is_early=True) as told,
    ):
        yield told


def _place_of(clause: Clause) -> Location:
    """Where a rule begins: a default with its keyword."""
    return clause.rule.location if clause.is_default else clause.location


def _generator(parts: Parts, every: core.Universal) -> str:
    """What ``every`` ranges over, at its own place."""
    return _site(parts, parts.texts.generator(every), every.domain.location)


def _site(parts: Parts, text: str, location: Location) -> str:
    """The name of a place of the source with a text."""
    return parts.constants.thing("p", (text, location.file, location.row, location.col))
