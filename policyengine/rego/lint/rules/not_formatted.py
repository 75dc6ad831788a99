"""Modules that are not laid out as ``policyengine fmt`` does."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.errors import RegoCompileError
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax.formatting import format_source


def _check(module: LintModule) -> Iterator[Found]:
    try:
        wanted = format_source(module.source, file=module.file)
    except RegoCompileError:
        # The formatter refuses what it cannot lay out without a loss: then there is no layout.
        return
    if wanted != module.source:
        yield Found(
            at=module.tree.package.location,
            message="the module is not formatted",
            hint="policyengine fmt --write, or lint --fix",
        )


RULE = LintRule(
    id="not-formatted",
    category="style",
    explanation="One layout for all keeps changes small.",
    bad="package a\n\np  if input.x\n",
    good="package a\n\np if input.x\n",
    check=_check,
)
