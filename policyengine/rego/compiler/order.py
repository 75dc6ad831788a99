"""An order of each body in which every variable is bound before it is needed.

The order is OPA's: units stay where they are unless they need a variable that a later one binds.
A variable that no order binds is unsafe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import is_

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.call_outputs import left_behind
from policyengine.rego.compiler.core import Variable
from policyengine.rego.syntax.source import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsafe:
    """Variables that a unit needs and nothing binds; ``assigned`` those at its left of ``:=``."""

    location: Location
    variables: frozenset[Variable]
    assigned: frozenset[Variable]


class Ordering:
    """Orders the bodies of one rule; ``unsafe`` collects what has no order."""

    def __init__(self) -> None:
        self.unsafe: list[Unsafe] = []

    def body(self, body: core.Body, bound: set[Variable]) -> core.Body:
        """``body`` in order, and all bodies in it, where ``bound`` are bound from the outside."""
        units = units_of(body)
        own = [_own(unit) for unit in units]
        all_variables = set().union(*own)
        ordered: list[int] = []
        safe = set(bound)
        pending = list(range(len(units)))
        unbound = all_variables - bound
        closures = [_closures(unit) & unbound for unit in units]
        has_every = any(isinstance(unit[-1].action, core.Universal) for unit in units)
        collected: set[Variable] = set()
        passed_over: set[int] = set()
        while pending:
            left: list[int] = []
            for index in pending:
                unit = units[index]
                made = variables.outputs(unit, safe)
                if has_every:
                    collected = left_behind(unit, safe, collected)
                is_every = isinstance(unit[-1].action, core.Universal)
                if is_every and closures[index] and closures[index] == collected:
                    passed_over.add(index)
                    left.append(index)
                elif own[index] <= made | safe and closures[index] <= safe:
                    passed_over.discard(index)
                    ordered.append(index)
                    safe |= made
                else:
                    left.append(index)
            if len(left) == len(pending):
                known_to = [
                    safe - closures[index] if index in passed_over else safe for index in left
                ]
                self._report(units, own, closures, left, known_to)
                break
            pending = left
        known = set(bound)
        result: list[core.Statement] = []
        for index in ordered:
            location = units[index][-1].unit.location
            result += [self._inside(statement, known, location) for statement in units[index]]
            known |= own[index]
        if len(result) == len(body) and all(map(is_, result, body)):
            return body
        return tuple(result)

    def _report(
        self,
        units: list[core.Body],
        own: list[set[Variable]],
        closures: list[set[Variable]],
        left: list[int],
        known_to: list[set[Variable]],
    ) -> None:
        """Tell of the units ``left``, each with what was bound for it."""
        for index, safe in zip(left, known_to, strict=True):
            last = units[index][-1]
            missing = own[index] | closures[index]
            missing -= variables.outputs(units[index], safe) | safe
            # What a unit closes over and binds itself is not bound when the closure runs.
            missing |= closures[index] - safe
            action = last.action
            assigned: set[Variable] = set()
            if isinstance(action, core.Equation) and action.assigns:
                assigned = set(variables.of_term(action.a))
            self.unsafe.append(
                Unsafe(
                    location=last.unit.location,
                    variables=frozenset(missing),
                    assigned=frozenset(assigned),
                )
            )

    def _inside(
        self, statement: core.Statement, bound: set[Variable], location: Location
    ) -> core.Statement:
        if statement.is_flat:
            return statement
        action = statement.action
        match action:
            case core.Equation():
                a, b = self._term(action.a, bound, location), self._term(action.b, bound, location)
                if a is action.a and b is action.b:
                    return statement
                return replace(statement, action=replace(action, a=a, b=b))
            case core.Test():
                term = self._term(action.term, bound, location)
                if term is action.term:
                    return statement
                return replace(statement, action=replace(action, term=term))
            case core.Negation():
                body = self.body(action.body, bound)
                return replace(statement, action=replace(action, body=body))
            case core.Universal():
                inner = {*bound, action.value, *([] if action.key is None else [action.key])}
                body = self.body(action.body, inner)
                return replace(statement, action=replace(action, body=body))
            case core.Conjunction() | core.Disjunction():
                left, right = self.body(action.left, bound), self.body(action.right, bound)
                return replace(statement, action=replace(action, left=left, right=right))
            case _:
                return statement

    def _term(self, term: core.CoreTerm, bound: set[Variable], location: Location) -> core.CoreTerm:
        if not isinstance(term, core.Comprehension):
            return term
        body = self.body(term.body, bound)
        known = set(bound)
        for statement in term.body:
            known |= variables.of_statement(statement)
        made = [*([] if term.key is None else [term.key]), term.value]
        missing = {v for operand in made for v in variables.of_operand(operand)} - known
        if missing:
            self.unsafe.append(
                Unsafe(location=location, variables=frozenset(missing), assigned=frozenset())
            )
        return replace(term, body=body)


def units_of(body: core.Body) -> list[core.Body]:
    """The statements of each unit, in the order in which the units end."""
    found: dict[core.Unit, list[core.Statement]] = {}
    for statement in body:
        unit = found.pop(statement.unit, [])
        unit.append(statement)
        found[statement.unit] = unit
    return [tuple(unit) for unit in found.values()]


def _own(unit: core.Body) -> set[Variable]:
    """The variables of a unit, but those that stand for the parts it was taken into."""
    if len(unit) == 1:
        return variables.of_statement(unit[0])
    found = set().union(*[variables.of_statement(statement) for statement in unit])
    for statement in unit[:-1]:
        action = statement.action
        if isinstance(action, core.Equation) and isinstance(action.a, core.Local):
            found.discard(action.a.variable)
    return found


def _closures(unit: core.Body) -> set[Variable]:
    return set().union(*[variables.of_closures(s.action) for s in unit if not s.is_flat])
