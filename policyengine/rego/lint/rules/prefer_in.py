"""``xs[_] == x`` where ``x in xs`` says it."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.lint.calls import bodies, name_of
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax import ast


def _check(module: LintModule) -> Iterator[Found]:
    for expression in bodies(module.tree):
        terms = expression.terms
        if not isinstance(terms, ast.Call) or name_of(terms.operator) != "equal":
            continue
        for one, other in (terms.args, terms.args[::-1]):
            if _any_of(one) and isinstance(other, ast.String | ast.Number):
                yield Found(at=expression.location, message="x in xs says this without a wildcard")


def _any_of(term: ast.Term) -> bool:
    if not isinstance(term, ast.Ref) or len(term.terms) < 2:
        return False
    last, before = term.terms[-1], term.terms[:-1]
    wild = isinstance(last, ast.Var) and last.name.startswith(("_", "$"))
    return wild and not any(
        isinstance(part, ast.Var) and part.name.startswith(("_", "$")) for part in before[1:]
    )


RULE = LintRule(
    id="prefer-in",
    category="style",
    explanation="What is looked for, and where, stands in the order in which one says it.",
    bad='package a\n\np if input.xs[_] == "a"\n',
    good='package a\n\np if "a" in input.xs\n',
    check=_check,
)
