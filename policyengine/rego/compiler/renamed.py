"""Statements in which other variables stand for some of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar

from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Variable

Names: TypeAlias = Mapping[Variable, Variable]
_Term = TypeVar("_Term", bound=core.CoreTerm | core.Root)


def renamed(body: Iterable[core.Statement], names: Names) -> core.Body:
    """``body`` with each variable that ``names`` has replaced, at any depth."""
    return tuple([_statement(statement, names) for statement in body])


def _statement(statement: core.Statement, names: Names) -> core.Statement:
    return replace(
        statement,
        action=_action(statement.action, names),
        replacements=tuple([_replacement(item, names) for item in statement.replacements]),
    )


def _replacement(item: core.Replacement, names: Names) -> core.Replacement:
    if isinstance(item.value, core.BuiltinFunction | core.RuleFunction):
        return item
    return replace(item, value=renamed_term(item.value, names))


def _action(action: core.Action, names: Names) -> core.Action:
    match action:
        case core.Equation():
            return replace(action, a=renamed_term(action.a, names), b=renamed_term(action.b, names))
        case core.Test():
            return replace(action, term=renamed_term(action.term, names))
        case core.Call():
            output = None if action.output is None else renamed_term(action.output, names)
            return replace(action, args=_terms(action.args, names), output=output)
        case core.Negation():
            return replace(action, body=renamed(action.body, names))
        case core.Universal():
            domain = renamed_term(action.domain, names)
            return replace(action, domain=domain, body=renamed(action.body, names))
        case core.Conjunction() | core.Disjunction():
            left, right = renamed(action.left, names), renamed(action.right, names)
            return replace(action, left=left, right=right)


def _terms(terms: Iterable[_Term], names: Names) -> tuple[_Term, ...]:
    return tuple([renamed_term(term, names) for term in terms])


def renamed_term(term: _Term, names: Names) -> _Term:
    """``term`` with each variable that ``names`` has replaced, at any depth."""
    match term:
        case core.Local():
            return replace(term, variable=names.get(term.variable, term.variable))
        case core.Reference():
            return replace(term, head=renamed_term(term.head, names), path=_terms(term.path, names))
        case core.ArrayOf() | core.SetOf():
            return replace(term, items=_terms(term.items, names))
        case core.ObjectOf():
            pairs = [
                (renamed_term(key, names), renamed_term(value, names)) for key, value in term.pairs
            ]
            return replace(term, pairs=tuple(pairs))
        case core.Comprehension():
            return replace(
                term,
                key=None if term.key is None else renamed_term(term.key, names),
                value=renamed_term(term.value, names),
                body=renamed(term.body, names),
            )
        case _:
            return term
