"""``print`` and ``trace`` left behind."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.lint.calls import calls
from policyengine.rego.lint.finding import Found, LintModule, LintRule


def _check(module: LintModule) -> Iterator[Found]:
    for name, call in calls(module.tree):
        if name in {"print", "trace"}:
            yield Found(at=call.location, message=f"{name} is left behind")


RULE = LintRule(
    id="leftover-print",
    category="style",
    explanation="What helped to find a mistake tells nobody anything once it is found.",
    bad="package a\n\np if {\n\tprint(input.x)\n\tinput.x == 1\n}\n",
    good="package a\n\np if input.x == 1\n",
    check=_check,
)
