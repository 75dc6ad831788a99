"""Core terms that need no scope: constants, roots, and equations that bind a new variable."""

from __future__ import annotations

from policyengine.rego.compiler import core
from policyengine.rego.runtime.numbers import number_from_text
from policyengine.rego.runtime.values import RegoSet, Value, make_object
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.literals import json_number
from policyengine.rego.syntax.source import Location


def operator_name(call: ast.Call) -> str:
    """The dotted name of what is called; empty for what has none, as ``{}.count``."""
    terms = call.operator.terms
    first = terms[0]
    if not isinstance(first, ast.Var):
        return ""
    if len(terms) == 1:
        return first.name
    return ".".join(
        term.name if isinstance(term, ast.Var) else term.value
        for term in terms
        if isinstance(term, ast.Var | ast.String)
    )


def bound_to(variable: ast.Var, term: ast.Term, with_: tuple[ast.With, ...] = ()) -> ast.Expr:
    operator = ast.Ref(terms=(ast.Var(name="eq", location=term.location),), location=term.location)
    call = ast.Call(operator=operator, args=(variable, term), location=term.location)
    return ast.Expr(terms=call, location=term.location, with_=with_)


def path_terms(path: tuple[str, ...], location: Location) -> tuple[ast.Term, ...]:
    """A global name's full path as the terms of a reference."""
    steps = [ast.String(value=step, location=location) for step in path[1:]]
    return (ast.Var(name=path[0], location=location), *steps)


def root(name: str, location: Location) -> core.Root:
    return core.new_root(name="input" if name == "input" else "data", location=location)


def global_reference(
    path: tuple[str, ...], rest: tuple[core.Operand, ...], location: Location
) -> core.Reference:
    steps = tuple([core.new_const(value=name, location=location) for name in path[1:]])
    return core.new_reference(head=root(path[0], location), path=(*steps, *rest), location=location)


def scalar(term: ast.Node) -> tuple[Value] | None:
    """The value of a scalar, in a tuple; None for anything else."""
    if isinstance(term, ast.String | ast.Boolean):
        return (term.value,)
    if isinstance(term, ast.Number):
        return (number_from_text(json_number(term.text)),)
    return (None,) if isinstance(term, ast.Null) else None


def folded(term: core.ArrayOf | core.SetOf | core.ObjectOf) -> core.Operand:
    """A constant where all parts are."""
    if isinstance(term, core.ObjectOf):
        if all(isinstance(part, core.Const) for pair in term.pairs for part in pair):
            pairs = [
                (key.value, value.value)
                for key, value in term.pairs
                if isinstance(key, core.Const) and isinstance(value, core.Const)
            ]
            return core.Const(value=make_object(pairs), location=term.location)
        return term
    if all(isinstance(item, core.Const) for item in term.items):
        values = [item.value for item in term.items if isinstance(item, core.Const)]
        value = values if isinstance(term, core.ArrayOf) else RegoSet.of(values)
        return core.Const(value=value, location=term.location)
    return term
