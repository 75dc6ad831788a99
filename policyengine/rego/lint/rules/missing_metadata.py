"""Rules that decide, without a title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax import ast

DECIDING: Final = re.compile(r"(deny|violation|warn)(_.*)?|allow")


def _check(module: LintModule) -> Iterator[Found]:
    package = any(item.title for item in module.tree.annotations if item.scope == "package")
    for rule in module.tree.rules:
        if rule.default or not isinstance(rule.head.ref[0] if rule.head.ref else None, ast.Var):
            continue
        if not DECIDING.fullmatch(rule.head.name) or rule.head.args:
            continue
        if not package and not any(item.title for item in rule.annotations):
            yield Found(
                at=rule.head.location,
                message=f"{rule.head.name} has no METADATA with a title",
                hint="who is denied reads the title first",
            )


RULE = LintRule(
    id="missing-metadata",
    category="bug",
    explanation="A reason shows its rule's title, severity and how to fix it.",
    bad='package a\n\ndeny contains "a" if input.x\n',
    good='package a\n\n# METADATA\n# title: There is no x\ndeny contains "a" if input.x\n',
    check=_check,
)
