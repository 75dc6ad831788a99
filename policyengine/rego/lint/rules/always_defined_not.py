"""``not`` over what is never false."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.calls import bodies, name_of
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.types import ArrayType, ObjectType, ScalarType, SetType
from policyengine.rego.syntax import ast

_LITERALS: Final = (
    ast.Number,
    ast.String,
    ast.TemplateString,
    ast.Array,
    ast.Object,
    ast.Set,
    ast.ArrayComprehension,
    ast.SetComprehension,
    ast.ObjectComprehension,
)


def _check(module: LintModule) -> Iterator[Found]:
    for expression in bodies(module.tree):
        if isinstance(expression.terms, ast.Not) and len(expression.terms.body) == 1:
            inner = expression.terms.body[0].terms
        elif expression.negated:
            inner = expression.terms
        else:
            continue
        message = _problem(inner)
        if message is not None:
            yield Found(at=expression.location, message=message)


def _problem(term: object) -> str | None:
    if isinstance(term, _LITERALS):
        return "not over a value that is always there never holds"
    if isinstance(term, ast.Call):
        name = name_of(term.operator)
        known = BUILTINS.get(name) if name is not None else None
        if known is not None and _never_false(known.signature.result):
            return f"{name} is never false: not holds only where an argument is undefined"
    return None


def _never_false(result: object) -> bool:
    if isinstance(result, ScalarType):
        return result.name in {"string", "number"}
    return isinstance(result, ArrayType | ObjectType | SetType)


RULE = LintRule(
    id="always-defined-not",
    category="bug",
    explanation="A number, a string or a collection is never false, so not over it is about "
    "whether it is defined, which is seldom what is meant.",
    bad="package a\n\np if not count(input.x)\n",
    good="package a\n\np if count(input.x) == 0\n",
    check=_check,
)
