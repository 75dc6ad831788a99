"""Names of rules that are not in snake case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.finding import Found, LintModule, LintRule

_SNAKE: Final = re.compile(r"_?[a-z][a-z0-9_]*(\..*)?")


def _check(module: LintModule) -> Iterator[Found]:
    seen: set[str] = set()
    for rule in module.tree.rules:
        name = rule.head.name
        if name and name not in seen and not _SNAKE.fullmatch(name):
            seen.add(name)
            yield Found(at=rule.head.location, message=f"{name} is not in snake_case")


RULE = LintRule(
    id="rule-name-case",
    category="style",
    explanation="One way to write names lets one find them.",
    bad="package a\n\nisRoot if input.x\n",
    good="package a\n\nis_root if input.x\n",
    check=_check,
)
