"""Run the rules over modules, and leave out what comments say to ignore.

What does not compile is found by the compiler, under ``compile``: nothing here is checked twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.lint.finding import LintFinding, LintModule, LintRule
from policyengine.rego.lint.rules import (
    always_defined_not,
    constant_condition,
    duplicate_rule_id,
    invalid_regex,
    leftover_print,
    line_length,
    missing_message,
    missing_metadata,
    nondeterministic_builtin,
    not_formatted,
    nullable_fact,
    prefer_in,
    raw_regex,
    rule_name_case,
    sprintf_arguments,
    test_outside_test_package,
)
from policyengine.rego.policy import Policy
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.formatting import format_source
from policyengine.rego.syntax.parser import parse_modules

RULES: tuple[LintRule, ...] = (
    always_defined_not.RULE,
    constant_condition.RULE,
    duplicate_rule_id.RULE,
    invalid_regex.RULE,
    leftover_print.RULE,
    missing_message.RULE,
    missing_metadata.RULE,
    nondeterministic_builtin.RULE,
    nullable_fact.RULE,
    sprintf_arguments.RULE,
    test_outside_test_package.RULE,
    line_length.RULE,
    not_formatted.RULE,
    prefer_in.RULE,
    raw_regex.RULE,
    rule_name_case.RULE,
)
COMPILE = "compile"
_IGNORE = re.compile(r"#\s*(?:lint|regal)\s*:?\s*ignore:\s*([\w, -]+)|#\s*lint:ignore\s+([\w, -]+)")


def lint(
    modules: Mapping[str, str],
    *,
    schemas: Mapping[str, Any] | None = None,
    disabled: Collection[str] = (),
) -> list[LintFinding]:
    """Return what is found in sources by file, in order of file and place.

    ``schemas`` are those of ``Policy.compile``: with that of the input, comparisons that can never
    hold are found. ``disabled`` are ids of rules that are not run.
    """
    found: list[LintFinding] = []
    try:
        trees: Mapping[str, ast.Module] = parse_modules(modules)
    except RegoCompileError as error:
        return [_of_compiler(finding) for finding in error.errors]
    if COMPILE not in disabled:
        try:
            Policy.compile(modules, strict=True, schemas=schemas)
        except RegoCompileError as error:
            found += [_of_compiler(finding) for finding in error.errors]
    for file, tree in trees.items():
        module = LintModule(
            file=file,
            source=modules[file],
            tree=tree,
            all_modules=trees,
            input_schema=(schemas or {}).get("schema"),
        )
        for rule in RULES:
            if rule.id not in disabled:
                found += _of_rule(rule, module)
    lines = {file: source.split("\n") for file, source in modules.items()}
    kept = [finding for finding in found if not _ignored(finding, lines.get(finding.file, []))]
    return sorted(kept, key=lambda f: (f.file, f.row, f.col, f.rule))


def fixed(source: str, *, file: str) -> str:
    """Return ``source`` with what can be mended safely: regular expressions raw, and layout.

    Raises RegoCompileError for a source that does not parse.
    """
    return format_source(raw_regex.mended(source, file=file), file=file)


def _of_rule(rule: LintRule, module: LintModule) -> Iterator[LintFinding]:
    for item in rule.check(module):
        yield LintFinding(
            rule=rule.id,
            category=rule.category,
            message=item.message,
            file=module.file,
            row=item.at.row,
            col=item.at.col,
            line=item.at.source.line(item.at.row),
            hint=item.hint,
        )


def _of_compiler(finding: RegoFinding) -> LintFinding:
    return LintFinding(
        rule=COMPILE,
        category="bug",
        message=f"{finding.code}: {finding.message}",
        file=finding.file,
        row=finding.row,
        col=finding.col,
        line=finding.line,
        hint=finding.hint,
    )


def _ignored(finding: LintFinding, lines: list[str]) -> bool:
    """Say whether a comment in the line, or in the one above, names the rule."""
    for row in (finding.row, finding.row - 1):
        line = lines[row - 1] if 1 <= row <= len(lines) else ""
        if row != finding.row and not line.lstrip().startswith("#"):
            continue
        for match in _IGNORE.finditer(line):
            named = {name.strip() for name in (match[1] or match[2]).split(",")}
            if finding.rule in named:
                return True
    return False
