"""Reasons without a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.calls import bodies, name_of
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax import ast

_REASONS: Final = re.compile(r"(deny|violation|warn)(_.*)?")
_NO_MESSAGE: Final = (ast.Number, ast.Boolean, ast.Null, ast.Array, ast.Set)


def _check(module: LintModule) -> Iterator[Found]:
    for rule in module.tree.rules:
        if not rule.head.has_contains or not _REASONS.fullmatch(rule.head.name):
            continue
        term = rule.head.key
        if isinstance(term, ast.Var):
            term = _assigned(rule, term.name)
        if term is None:
            continue
        if isinstance(term, _NO_MESSAGE):
            yield Found(at=term.location, message="a reason is a string, or an object with msg")
        elif isinstance(term, ast.String) and not term.value.strip():
            yield Found(at=term.location, message="the message is empty")
        elif isinstance(term, ast.Object) and not _has_message(term):
            yield Found(at=term.location, message="the reason has no msg")


def _has_message(term: ast.Object) -> bool:
    for key, value in term.items:
        if not isinstance(key, ast.String):
            return True
        if key.value == "msg":
            return not (isinstance(value, ast.String) and not value.value.strip())
    return False


def _assigned(rule: ast.Rule, name: str) -> ast.Term | None:
    """Return what is assigned to the variable in the rule's body, where that is plain to see."""
    for expression in bodies(rule):
        terms = expression.terms
        if isinstance(terms, ast.Call) and name_of(terms.operator) == "assign":
            target, value = terms.args[0], terms.args[1]
            if isinstance(target, ast.Var) and target.name == name:
                return value
    return None


RULE = LintRule(
    id="missing-message",
    category="bug",
    explanation="An image that is denied for a reason that nobody can read is denied for none; "
    "the evaluation refuses such a result.",
    bad=(
        "package a\n\n# METADATA\n# title: A\n"
        'deny contains reason if {\n\tinput.x\n\treason := {"paths": [["x"]]}\n}\n'
    ),
    good=(
        "package a\n\n# METADATA\n# title: A\n"
        'deny contains reason if {\n\tinput.x\n\treason := {"msg": "x", "paths": [["x"]]}\n}\n'
    ),
    check=_check,
)
