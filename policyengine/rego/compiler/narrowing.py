"""Which loops can look up what they would look through: joins and groupings.

``some p in input.packages; p.purl == v.purl`` inside of another loop asks for the packages of one
purl, again and again. Found here, such a loop goes over an index of the packages by their purl.
The equality stays in the loop: the index may give too much, and never too little.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Variable
from policyengine.rego.runtime.values import Value

# Between the loop and the equality nothing may stand that can fail with an error or be seen.
_HARMLESS: Final = frozenset({"neq", "lt", "lte", "gt", "gte", "internal.member_2"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """The loop over ``key`` needs only elements that have ``wanted`` at ``path``."""

    key: Variable
    path: tuple[Value, ...]
    wanted: core.CoreTerm


def find_narrowing(
    statement: core.Statement, rest: core.Body, bound: Container[Variable]
) -> Narrowing | None:
    """The narrowing of the loop that ``statement`` opens, by an equality in ``rest``."""
    iteration = _iteration(statement, bound)
    if iteration is None:
        return None
    element, key = iteration
    for later in rest:
        if later.replacements or later.negated:
            return None
        action = later.action
        if isinstance(action, core.Equation):
            for mine, other in ((action.a, action.b), (action.b, action.a)):
                path = _path_in(mine, element)
                if path is not None and _is_known(other, bound):
                    return Narrowing(key=key, path=path, wanted=other)
        if not _is_harmless(action):
            return None
    return None


def _iteration(
    statement: core.Statement, bound: Container[Variable]
) -> tuple[Variable, Variable] | None:
    """The element and the key that ``element = collection[key]`` binds."""
    action = statement.action
    if not isinstance(action, core.Equation) or statement.negated or statement.replacements:
        return None
    for element, reference in ((action.a, action.b), (action.b, action.a)):
        if not isinstance(element, core.Local) or element.variable in bound:
            continue
        if not isinstance(reference, core.Reference) or not reference.path:
            continue
        *before, last = reference.path
        if not isinstance(last, core.Local) or last.variable in bound:
            continue
        if last.variable is element.variable:
            continue
        if all(v in bound for part in before for v in variables.of_operand(part)):
            return element.variable, last.variable
    return None


def _path_in(term: core.CoreTerm, element: Variable) -> tuple[Value, ...] | None:
    if isinstance(term, core.Local):
        return () if term.variable is element else None
    if not isinstance(term, core.Reference) or not isinstance(term.head, core.Local):
        return None
    if term.head.variable is not element:
        return None
    steps = [part.value for part in term.path if isinstance(part, core.Const)]
    return tuple(steps) if len(steps) == len(term.path) else None


def _is_known(term: core.CoreTerm, bound: Container[Variable]) -> bool:
    match term:
        case core.Const():
            return True
        case core.Local():
            return term.variable in bound
        case core.Reference(head=core.Local() as head):
            return head.variable in bound and all(
                v in bound for part in term.path for v in variables.of_operand(part)
            )
        case _:
            return False


def _is_harmless(action: core.Action) -> bool:
    match action:
        case core.Equation():
            return not any(
                isinstance(term, core.Comprehension) or _reads_rules(term)
                for term in (action.a, action.b)
            )
        case core.Test():
            return not isinstance(action.term, core.Comprehension) and not _reads_rules(action.term)
        case core.Call(function=core.BuiltinFunction(name=name)):
            return name in _HARMLESS
        case _:
            return False


def _reads_rules(term: core.CoreTerm) -> bool:
    return (
        isinstance(term, core.Reference)
        and isinstance(term.head, core.Root)
        and term.head.name == "data"
    )
