"""``sprintf`` with more or fewer arguments than its format has verbs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.calls import calls
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax import ast

_VERB: Final = re.compile(r"%(?:%|[-+# 0]*(?:\d+|\*)?(?:\.(?:\d+|\*)?)?(\[\d+\])?([a-zA-Z]))")


def _check(module: LintModule) -> Iterator[Found]:
    for name, call in calls(module.tree):
        if name != "sprintf" or len(call.args) != 2:
            continue
        form, given = call.args
        if not isinstance(form, ast.String) or not isinstance(given, ast.Array):
            continue
        verbs = [match for match in _VERB.finditer(form.value) if match[2]]
        # A verb that names its argument, or a width that is one, is counted by nobody here.
        if any(match[1] or "*" in match[0] for match in verbs):
            continue
        if len(verbs) != len(given.items):
            yield Found(
                at=form.location,
                message=f"the format has {len(verbs)} verbs, and {len(given.items)} arguments "
                "are given",
            )


RULE = LintRule(
    id="sprintf-arguments",
    category="bug",
    explanation="A message with %!s(MISSING) or %!(EXTRA) in it tells its reader nothing.",
    bad='package a\n\np := sprintf("%s is %s", [input.x])\n',
    good='package a\n\np := sprintf("%s is %s", [input.x, input.y])\n',
    check=_check,
)
