"""Conditions that no input changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.calls import bodies, calls
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax import ast

_COMPARISONS: Final = frozenset({"equal", "neq", "lt", "lte", "gt", "gte"})
_SCALARS: Final = (ast.Null, ast.Boolean, ast.Number, ast.String)


def _check(module: LintModule) -> Iterator[Found]:
    for expression in bodies(module.tree):
        terms = expression.terms
        if isinstance(terms, _SCALARS):
            yield Found(at=expression.location, message="the condition is a constant")
        elif isinstance(terms, ast.Call):
            name = next((name for name, call in calls(terms) if call is terms), None)
            if name in _COMPARISONS and all(isinstance(arg, _SCALARS) for arg in terms.args):
                yield Found(at=expression.location, message="two constants are compared")


RULE = LintRule(
    id="constant-condition",
    category="bug",
    explanation="A condition that no input changes either says nothing or makes its rule dead.",
    bad="package a\n\np if {\n\tinput.x\n\t1 == 2\n}\n",
    good="package a\n\np if {\n\tinput.x\n\tinput.y == 2\n}\n",
    check=_check,
)
