"""Regular expressions that do not compile, or that other engines take exponential time over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.calls import calls
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax import ast

# Which argument is the pattern.
_PATTERNS: Final = {
    "regex.match": 0,
    "regex.is_valid": 0,
    "regex.split": 0,
    "regex.find_n": 0,
    "regex.find_all_string_submatch_n": 0,
    "regex.replace": 1,
}
# A repeated group of one repeated thing: (a+)+, ([a-z]*)*. Longer ones may be harmless.
_NESTED: Final = re.compile(r"\((?:\?:)?(?:\\.|\[[^\]]*\]|[^()\\])[+*]\)[+*]")


def _check(module: LintModule) -> Iterator[Found]:
    import re2

    options = re2.Options()
    options.log_errors = False
    for name, call in calls(module.tree):
        index = _PATTERNS.get(name)
        if index is None or index >= len(call.args) or name == "regex.is_valid":
            continue
        pattern = call.args[index]
        if not isinstance(pattern, ast.String):
            continue
        try:
            re2.compile(pattern.value, options)
        except re2.error as error:
            reason = error.args[0]
            text = reason.decode() if isinstance(reason, bytes) else str(reason)
            yield Found(at=pattern.location, message=f"the pattern does not compile: {text}")
            continue
        if _NESTED.search(pattern.value):
            yield Found(
                at=pattern.location,
                message="a repetition in a repetition: engines that backtrack never end on it",
            )


RULE = LintRule(
    id="invalid-regex",
    category="bug",
    explanation="A pattern that does not compile makes its rule undefined, so that it never "
    "fires; one that repeats a repetition is an attack on engines that backtrack.",
    bad="package a\n\np if regex.match(`(a+`, input.x)\n",
    good="package a\n\np if regex.match(`(a+)`, input.x)\n",
    check=_check,
)
