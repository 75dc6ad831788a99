"""Tests among the rules that they test."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.lint.calls import name_of
from policyengine.rego.lint.finding import Found, LintModule, LintRule


def _check(module: LintModule) -> Iterator[Found]:
    package = name_of(module.tree.package.path) or ""
    if package.endswith("_test"):
        return
    for rule in module.tree.rules:
        if rule.head.name.startswith("test_"):
            yield Found(
                at=rule.head.location,
                message=f"{rule.head.name} is outside of a package whose name ends in _test",
            )


RULE = LintRule(
    id="test-outside-test-package",
    category="style",
    explanation="A bundle is built of packages: a test in one of them is shipped and evaluated.",
    bad="package a\n\ntest_x if input.x == 1\n",
    good="package a_test\n\ntest_x if input.x == 1\n",
    check=_check,
)
