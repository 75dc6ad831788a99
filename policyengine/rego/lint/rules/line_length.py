"""Lines that do not fit on a screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policyengine.rego.lint.calls import name_of
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax.source import Location, Source

MOST: Final = 140
_LONG_TEXT: Final = re.compile(r'`[^`]{60,}`|"(?:[^"\\]|\\.){60,}"')


def _check(module: LintModule) -> Iterator[Found]:
    if (name_of(module.tree.package.path) or "").endswith("_test"):
        # A table of cases reads best with a case a line.
        return
    source = Source(file=module.file, text=module.source)
    for row, start in enumerate(source.line_starts, start=1):
        length = len(source.line(row))
        # A long text cannot be broken.
        if length > MOST and not _LONG_TEXT.search(source.line(row)):
            at = start + MOST
            yield Found(
                at=Location(source=source, offset=at, start=at, end=at),
                message=f"the line has {length} characters, and at most {MOST} are read with ease",
            )


_LONG = ", ".join(f"input.part{number}" for number in range(12))

RULE = LintRule(
    id="line-length",
    category="style",
    explanation="What is cut off at the edge of a review is not reviewed.",
    bad=f"package a\n\np := [{_LONG}]\n",
    good="package a\n\np := [input.part]\n",
    check=_check,
)
