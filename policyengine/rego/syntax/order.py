"""The order of terms in a syntax tree, which is OPA's: places do not count.

It is that of values extended to what is not evaluated: ``null``, booleans, numbers, strings,
template strings, variables, references, arrays, objects, sets, comprehensions, calls.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Expr, Term

# Nested tuples of which any two compare: where the numbers in front are equal, so are the types.
Key: TypeAlias = "tuple[int | str | Decimal | Key, ...]"


def term_key(term: Term) -> Key:
    """A key that orders terms, and is equal for equal ones. Recurses as deep as the term."""
    match term:
        case ast.Null():
            return (0,)
        case ast.Boolean():
            return (1, term.value)
        case ast.Number():
            return (2, Decimal(term.text))
        case ast.String():
            return (3, term.value)
        case ast.TemplateString():
            parts = [_part_key(part) for part in term.parts]
            return (4, term.multi_line, len(parts), *parts)
        case ast.Var():
            return (5, term.name)
        case ast.Ref():
            return (6, *map(term_key, term.terms))
        case ast.Array():
            return (7, *map(term_key, term.items))
        case ast.Object():
            pairs = sorted_pairs(term)
            return (8, *(term_key(side) for pair in pairs for side in pair))
        case ast.Set():
            return (9, *map(term_key, sorted_items(term)))
        case ast.ArrayComprehension():
            return (10, term_key(term.term), body_key(term.body))
        case ast.ObjectComprehension():
            return (11, term_key(term.key), term_key(term.value), body_key(term.body))
        case ast.SetComprehension():
            return (12, term_key(term.term), body_key(term.body))
        case ast.Call():
            return (13, term_key(term.operator), *map(term_key, term.args))


def body_key(body: Body) -> Key:
    return (200, *map(expr_key, body))


def expr_key(expr: Expr) -> Key:
    terms = expr.terms
    content: Key
    match terms:
        case ast.SomeDecl():
            content = (0, *map(term_key, terms.symbols))
        case ast.Every():
            key = (0,) if terms.key is None else term_key(terms.key)
            value, domain = term_key(terms.value), term_key(terms.domain)
            content = (3, key, value, domain, body_key(terms.body))
        case ast.Not():
            content = (4, body_key(terms.body))
        case ast.LogicalAnd():
            content = (5, body_key(terms.left), body_key(terms.right))
        case ast.LogicalOr():
            content = (6, body_key(terms.left), body_key(terms.right))
        case ast.Call():
            content = (2, term_key(terms))
        case _:
            content = (1, term_key(terms))
    modifiers = [(110, term_key(with_.target), term_key(with_.value)) for with_ in expr.with_]
    return (100, content[0], expr.index, expr.negated, content, *modifiers)


def _part_key(part: ast.Scalar | Expr) -> Key:
    return expr_key(part) if isinstance(part, Expr) else term_key(part)


def sorted_items(term: ast.Set) -> list[Term]:
    """The elements of a set in order, each once: the first that was written."""
    found: dict[Key, Term] = {}
    for item in term.items:
        found.setdefault(term_key(item), item)
    return [found[key] for key in sorted(found)]


def sorted_pairs(term: ast.Object) -> list[tuple[Term, Term]]:
    """The pairs of an object in order of keys, each key once, with the last value written."""
    found: dict[Key, tuple[Term, Term]] = {}
    for name, value in term.items:
        key = term_key(name)
        first = found.get(key)
        found[key] = (name if first is None else first[0], value)
    return [found[key] for key in sorted(found)]
