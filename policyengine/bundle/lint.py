"""What only a bundle can tell of its rules: views, parameters, evidence, and who is told what.

References that lead nowhere are refused where a bundle is opened; here they are findings, so that
all of them are seen at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from policyengine.bundle.open import open_bundle
from policyengine.bundle.view_schemas import view_schema
from policyengine.errors import RegoCompileError
from policyengine.model.json_value import JsonValue
from policyengine.model.policy import PolicyBundle, PolicyRule, RuleKind
from policyengine.model.views import DocumentView
from policyengine.rego.lint import LintFinding, lint


def lint_view(
    modules: Mapping[str, str], view: DocumentView | None, *, disabled: frozenset[str]
) -> list[LintFinding]:
    """Return what is found in modules that read the input document in ``view``."""
    schemas: dict[str, JsonValue] | None = None
    if view is not None:
        schemas = {"schema": _one_type_each(view_schema(view))}
    return lint(modules, schemas=schemas, disabled=disabled)


def lint_bundle(root: Path, *, disabled: frozenset[str]) -> list[LintFinding]:
    """Return what is found in a bundle's directory.

    Raises BundleFormatError for one whose manifest, layout or METADATA does not fit.
    """
    try:
        bundle = open_bundle(str(root), parameters={})
    except RegoCompileError as error:
        return [
            LintFinding(
                rule="unknown-reference",
                category="bug",
                message=finding.message,
                file=finding.file,
                row=finding.row,
                col=finding.col,
                line=finding.line,
                hint=finding.hint,
            )
            for finding in error.errors
        ]
    modules = {module.path: module.source for module in bundle.modules}
    found = lint_view(modules, bundle.view, disabled=disabled)
    found += [finding for finding in _of_rules(bundle) if finding.rule not in disabled]
    return sorted(found, key=lambda item: (item.file, item.row, item.col, item.rule))


def _of_rules(bundle: PolicyBundle) -> Iterator[LintFinding]:
    lines = {module.path: module.source.split("\n") for module in bundle.modules}
    told: set[str] = set()
    for rule in bundle.rules:
        if rule.id in told:
            continue
        told.add(rule.id)
        for name, message in _problems(rule):
            row = rule.location.row
            yield LintFinding(
                rule=name,
                category="bug",
                message=message,
                file=rule.location.file,
                row=row,
                col=1,
                line=lines[rule.location.file][row - 1],
            )


def _problems(rule: PolicyRule) -> Iterator[tuple[str, str]]:
    if rule.id == ".".join((*rule.package, rule.name)):
        yield "missing-id", f"{rule.name} has no custom.id of its own: its path is its id"
    if rule.severity is None and rule.kind is not RuleKind.ALLOW:
        yield "missing-severity", f"{rule.id} has no custom.severity"
    if not rule.remediation:
        yield "missing-remediation", f"{rule.id} does not say how to fix what it finds"
    if not rule.input_paths:
        yield "reads-no-input", f"{rule.id} reads nothing of input: it says the same of every image"


def _one_type_each(schema: JsonValue) -> JsonValue:
    """Return ``schema`` with each list of types as one schema a type.

    The type checker reads a list of types as OPA does, which keeps one of them: a fact that may be
    null would then never be. It takes null for anything, so that such a fact is no type error: the
    rule nullable-fact is about those.
    """
    if isinstance(schema, list):
        return [_one_type_each(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    read = {name: _one_type_each(value) for name, value in schema.items()}
    types = read.get("type")
    if not isinstance(types, list):
        return read
    rest = {name: value for name, value in read.items() if name != "type"}
    return {
        "anyOf": [{"type": "null"} if kind == "null" else {**rest, "type": kind} for kind in types]
    }
