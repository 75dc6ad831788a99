"""Infix operators as they are written, and what their operands need around them."""

from __future__ import annotations

from typing import Final, Literal

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Call, Expr, Term, Var
from policyengine.rego.syntax.expression_parser import KEY_VALUE_MEMBER, MEMBER
from policyengine.rego.syntax.render import dotted_name
from policyengine.rego.syntax.visit import is_call_of

# The sign of each builtin that is written between its two operands.
SIGNS: Final = {
    "assign": ":=",
    "eq": "=",
    "equal": "==",
    "neq": "!=",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
    "plus": "+",
    "minus": "-",
    "mul": "*",
    "div": "/",
    "rem": "%",
    "and": "&",
    "or": "|",
}
# The arities of ``in``.
MEMBERSHIPS: Final = {MEMBER: 2, KEY_VALUE_MEMBER: 3}
_ARITY: Final = 2

LogicalWord = Literal["and", "or"]


def operator_name(call: Call) -> str:
    terms = call.operator.terms
    if len(terms) == 1 and isinstance(terms[0], Var):
        return terms[0].name
    return dotted_name(call.operator)


def is_union(term: Term) -> bool:
    """Whether a term is ``x | y``: in brackets that reads as a comprehension."""
    return isinstance(term, Call) and is_call_of(term, "or")


def is_union_expr(expr: Expr) -> bool:
    return (
        is_call_of(expr.terms, "or") and isinstance(expr.terms, Call) and len(expr.terms.args) == 2
    )


def is_logical(expr: Expr) -> bool:
    return isinstance(expr.terms, ast.LogicalAnd | ast.LogicalOr)


def is_set(expr: Expr) -> bool:
    return not expr.negated and isinstance(expr.terms, ast.Set)


def leading_operand(call: Call) -> Term | None:
    """The operand that an infix call begins with; ``z = x | y`` may be written ``or(x, y, z)``."""
    name = operator_name(call)
    if name not in SIGNS and name not in MEMBERSHIPS:
        return None
    arity = MEMBERSHIPS.get(name, _ARITY)
    if len(call.args) == arity:
        return call.args[0]
    return call.args[-1] if len(call.args) == arity + 1 else None


def begins_with_brace(expr: Expr) -> bool:
    """Whether an expression is written with ``{`` in front: an operand would read as a body."""
    terms = expr.terms
    if isinstance(terms, Call):
        lead = leading_operand(terms)
        return lead is not None and _term_begins_with_brace(lead)
    if isinstance(terms, ast.SomeDecl | ast.Every | ast.Not | ast.LogicalAnd | ast.LogicalOr):
        return False
    return _term_begins_with_brace(terms)


def _term_begins_with_brace(term: Term) -> bool:
    match term:
        case ast.Set():
            return bool(term.items)
        case ast.Object() | ast.SetComprehension() | ast.ObjectComprehension():
            return True
        case ast.Ref():
            return _term_begins_with_brace(term.terms[0])
        case Call():
            name = operator_name(term)
            arity = MEMBERSHIPS.get(name, _ARITY if name in SIGNS else 0)
            return len(term.args) == arity > 0 and _term_begins_with_brace(term.args[0])
        case _:
            return False


def needs_parens_under_not(expr: Expr) -> bool:
    """Whether the only expression of ``not`` would be read otherwise without parentheses."""
    return (
        bool(expr.with_)
        or is_logical(expr)
        or isinstance(expr.terms, ast.Not)
        or begins_with_brace(expr)
    )


def needs_parens_as_operand(expr: Expr, operator: LogicalWord, *, is_right: bool) -> bool:
    """The same for an operand of ``and`` and ``or``, which both bind to the left."""
    if expr.with_:
        return True
    if isinstance(expr.terms, ast.LogicalOr):
        return operator == "and" or is_right
    if isinstance(expr.terms, ast.LogicalAnd):
        return operator == "and" and is_right
    return begins_with_brace(expr)
