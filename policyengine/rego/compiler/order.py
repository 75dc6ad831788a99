"""An order of each body in which every variable is bound before it is needed.

The order is OPA's: statements stay where they are unless they need a variable that a later one
binds. A variable that no order binds is unsafe.
"""

from __future__ import annotations

from dataclasses import replace

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Variable
from policyengine.rego.compiler.findings import UNSAFE_VAR_ERROR, finding_at
from policyengine.rego.syntax.source import Location


class Ordering:
    """Orders bodies; ``findings`` collects what is unsafe."""

    def __init__(self) -> None:
        self.findings: list[RegoFinding] = []
        self._reported: set[Variable] = set()

    def body(self, body: core.Body, bound: set[Variable]) -> core.Body:
        """``body`` in order, and all bodies in it, where ``bound`` are bound from the outside."""
        outside = set(bound)
        body_vars: set[Variable] = set()
        needs: list[set[Variable]] = []
        for statement in body:
            own = variables.of_statement(statement)
            body_vars |= own
            needs.append(own - outside)
        closes = [
            (variables.of_closures(statement.action) & body_vars) - outside for statement in body
        ]
        ordered: list[core.Statement] = []
        safe = set(outside)
        pending = list(range(len(body)))
        while pending:
            left: list[int] = []
            for index in pending:
                statement = body[index]
                made = variables.outputs(statement, safe)
                missing = needs[index] - made - safe
                closed = closes[index] - safe
                if closed:
                    missing |= closed
                if missing:
                    left.append(index)
                    continue
                ordered.append(statement)
                safe |= made
            if len(left) == len(pending):
                for index in left:
                    made = variables.outputs(body[index], safe)
                    self._unsafe(body[index], (needs[index] | closes[index]) - made - safe)
                break
            pending = left
        known = set(outside)
        result: list[core.Statement] = []
        for statement in ordered:
            result.append(self._inside(statement, known))
            known |= variables.of_statement(statement)
        return tuple(result)

    def require(self, operands: list[core.Operand], body: core.Body, bound: set[Variable]) -> None:
        """Report variables of a head, or of a comprehension's term, that nothing binds."""
        known = set(bound)
        for statement in body:
            known |= variables.of_statement(statement)
        for operand in operands:
            for variable in variables.of_operand(operand):
                if variable not in known:
                    self._report(variable, _place(operand, variable) or operand.location)

    def _inside(self, statement: core.Statement, bound: set[Variable]) -> core.Statement:
        action = statement.action
        match action:
            case core.Equation():
                a, b = self._term(action.a, bound), self._term(action.b, bound)
                if a is action.a and b is action.b:
                    return statement
                return replace(statement, action=replace(action, a=a, b=b))
            case core.Test():
                term = self._term(action.term, bound)
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

    def _term(self, term: core.CoreTerm, bound: set[Variable]) -> core.CoreTerm:
        if not isinstance(term, core.Comprehension):
            return term
        body = self.body(term.body, bound)
        self.require([*([] if term.key is None else [term.key]), term.value], body, bound)
        return replace(term, body=body)

    def _unsafe(self, statement: core.Statement, missing: set[Variable]) -> None:
        for variable in missing:
            if variable.name:
                self._report(variable, _find(statement, variable) or statement.location)

    def _report(self, variable: Variable, location: Location) -> None:
        if variable in self._reported or not variable.name:
            return
        self._reported.add(variable)
        name = "_" if variable.is_wildcard else variable.name
        self.findings.append(finding_at(location, UNSAFE_VAR_ERROR, f"var {name} is unsafe"))


def _find(statement: core.Statement, variable: Variable) -> Location | None:
    action = statement.action
    terms: list[core.CoreTerm] = []
    match action:
        case core.Equation():
            terms = [action.a, action.b]
        case core.Test():
            terms = [action.term]
        case core.Call():
            terms = [*action.args, *([] if action.output is None else [action.output])]
    for term in terms:
        found = _place(term, variable)
        if found is not None:
            return found
    bodies = [*variables.implicit_bodies(action), *variables.explicit_bodies(action)]
    bodies += [comprehension.body for comprehension in variables.comprehensions(action)]
    for body in bodies:
        for inner in body:
            found = _find(inner, variable)
            if found is not None:
                return found
    return None


def _place(term: core.CoreTerm, variable: Variable) -> Location | None:
    match term:
        case core.Local():
            return term.location if term.variable is variable else None
        case core.Reference():
            parts: list[core.CoreTerm] = [*term.path]
            if isinstance(term.head, core.Local):
                parts.insert(0, term.head)
        case core.ArrayOf() | core.SetOf():
            parts = [*term.items]
        case core.ObjectOf():
            parts = [part for pair in term.pairs for part in pair]
        case _:
            return None
    for part in parts:
        found = _place(part, variable)
        if found is not None:
            return found
    return None
