"""Checks of v1, which ``--strict`` brings to v0: imports that hide others, names of documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from policyengine.errors import RegoFinding
from policyengine.rego.compiler.findings import COMPILE_ERROR, finding_at
from policyengine.rego.compiler.names import import_name
from policyengine.rego.compiler.stages import Findings, Stage
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.render import reference_text

_ROOTS: Final = ("input", "data")


def check_names(modules: Iterable[ast.Module], findings: Findings, *, strict: bool) -> None:
    """Find imports that hide one another, and rules named as a document."""
    for module in modules:
        if is_strict(module, strict=strict):
            findings.add(Stage.SHADOWED_ROOTS, _shadowed_roots(module))
            findings.add(Stage.DUPLICATE_IMPORTS, _duplicate_imports(module))


def is_strict(module: ast.Module, *, strict: bool) -> bool:
    """Whether a module is held to the checks of v1."""
    return strict or module.features != "v0"


def _shadowed_roots(module: ast.Module) -> Iterator[RegoFinding]:
    for rule in module.rules:
        first = rule.head.ref[0]
        if isinstance(first, ast.Var) and first.name in _ROOTS:
            text = f"rules must not shadow {first.name} (use a different rule name)"
            yield finding_at(rule.location, COMPILE_ERROR, text)


def assigned_root(expr: ast.Expr) -> Iterator[RegoFinding]:
    """What is wrong with an assignment, if its left side is named as a document."""
    if isinstance(expr.terms, ast.Call):
        target = expr.terms.args[0]
        if isinstance(target, ast.Ref) and len(target.terms) == 1:
            target = target.terms[0]
        if isinstance(target, ast.Var) and target.name in _ROOTS:
            text = f"variables must not shadow {target.name} (use a different variable name)"
            yield finding_at(expr.location, COMPILE_ERROR, text)


def _duplicate_imports(module: ast.Module) -> Iterator[RegoFinding]:
    first: dict[str, ast.Import] = {}
    for item in module.imports:
        other = first.setdefault(import_name(item), item)
        if other is not item:
            text = f"import must not shadow {import_text(other)}"
            yield finding_at(item.location, COMPILE_ERROR, text)


def import_text(item: ast.Import) -> str:
    """An import as OPA prints it."""
    text = f"import {reference_text(item.path.terms)}"
    return f"{text} as {item.alias}" if item.alias else text
