"""Builtins whose answer depends on more than what is judged."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.lint.calls import calls
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.runtime.builtins.families import BUILTINS

# The clock is that of the evaluation here, and given with the question.
_GIVEN = frozenset({"time.now_ns"})


def _check(module: LintModule) -> Iterator[Found]:
    for name, call in calls(module.tree):
        known = BUILTINS.get(name)
        if known is not None and known.nondeterministic and name not in _GIVEN:
            yield Found(
                at=call.location,
                message=f"{name} does not give the same answer to the same question everywhere",
            )


RULE = LintRule(
    id="nondeterministic-builtin",
    category="bug",
    explanation="A verdict must follow from input, bundle and clock alone; other engines give "
    "this builtin another answer each time.",
    bad='package a\n\np := rand.intn("x", 10)\n',
    good="package a\n\np := count(input.x) % 10\n",
    check=_check,
)
