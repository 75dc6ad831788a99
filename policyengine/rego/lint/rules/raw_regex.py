"""Patterns in quotes, whose backslashes are doubled."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.lint.calls import calls
from policyengine.rego.lint.finding import Found, LintModule, LintRule
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_module


def _patterns(tree: ast.Module) -> Iterator[ast.String]:
    for name, call in calls(tree):
        if name.startswith("regex.") and call.args:
            term = call.args[1 if name == "regex.replace" and len(call.args) > 1 else 0]
            if isinstance(term, ast.String) and _mendable(term):
                yield term


def _mendable(term: ast.String) -> bool:
    text = term.location.source.text[term.location.start : term.location.end]
    plain = "`" not in term.value and "\n" not in term.value and "\r" not in term.value
    return text.startswith('"') and "\\\\" in text and plain


def _check(module: LintModule) -> Iterator[Found]:
    for term in _patterns(module.tree):
        yield Found(
            at=term.location,
            message="a pattern in backticks needs no doubled backslashes",
            hint="lint --fix writes it so",
        )


def mended(source: str, *, file: str) -> str:
    """Return ``source`` with such patterns in backticks. Raises RegoCompileError."""
    tree = parse_module(source, file=file)
    places = sorted(
        {(term.location.start, term.location.end, term.value) for term in _patterns(tree)},
        reverse=True,
    )
    for start, end, value in places:
        source = f"{source[:start]}`{value}`{source[end:]}"
    return source


RULE = LintRule(
    id="raw-regex",
    category="style",
    explanation="A doubled backslash that is forgotten makes another pattern.",
    bad='package a\n\np if regex.match("^\\\\d+$", input.x)\n',
    good="package a\n\np if regex.match(`^\\d+$`, input.x)\n",
    check=_check,
)
