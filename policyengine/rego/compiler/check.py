"""Modules to checked modules: the checks in the order of OPA's compiler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.conflicts import find_conflicts
from policyengine.rego.compiler.core import Clause
from policyengine.rego.compiler.dependencies import dependencies
from policyengine.rego.compiler.findings import COMPILE_ERROR, finding_at
from policyengine.rego.compiler.functions import function_key
from policyengine.rego.compiler.metadata import Metadata
from policyengine.rego.compiler.modules import Names, lower_modules
from policyengine.rego.compiler.order import Ordering
from policyengine.rego.compiler.recursion import find_recursion
from policyengine.rego.compiler.safety import (
    Scopes,
    evaluated_heads,
    unsafe_bodies,
    unsafe_heads,
)
from policyengine.rego.compiler.stages import Findings, Stage
from policyengine.rego.compiler.strict_checks import check_names
from policyengine.rego.compiler.tree import TreeNode, build_tree
from policyengine.rego.compiler.types.check_rules import RuleTypes
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.annotation_set import AnnotationSet

# Each level costs frames of Python in every pass, and closures in closures are looked through at
# each level. OPA has no such limit.
MOST_DEPTH: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Modules that passed all checks: their rules, with bodies in order."""

    names: Names
    tree: TreeNode
    mocked: frozenset[str]
    types: RuleTypes


def check(
    modules: Mapping[str, ast.Module],
    *,
    strict: bool = False,
    schemas: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    prepare: Callable[[Clause], Clause] | None = None,
) -> Checked:
    """Check modules. Raises RegoCompileError with all findings in order of position.

    ``schemas`` has JSON Schemas: ``schema`` that of the input, others for METADATA to name.
    ``data`` must not be where rules are.
    ``strict`` adds OPA's checks of ``--strict``: names that are never used, and in v0 those of v1.
    ``prepare`` may change each clause before its statements are put in order.
    """
    findings = Findings()
    findings.add(Stage.DEPTH, _too_deep(modules.values()))
    findings.stop()
    check_names(modules.values(), findings, strict=strict)
    names = Names(modules.values())
    clauses = lower_modules(
        modules, names, Metadata(modules.values()).value, findings, strict=strict
    )
    findings.add(Stage.ANNOTATIONS, _annotated_twice(modules.values()))
    if prepare is not None:
        clauses = [prepare(clause) for clause in clauses]
    conflicts = find_conflicts(
        build_tree(clauses, names.packages), modules.values(), {} if data is None else data
    )
    findings.add(Stage.CONFLICTS, conflicts)
    findings.stop()
    scopes = Scopes(modules.values())
    for clause in clauses:
        for branch in (clause, *clause.branches):
            findings.add(Stage.UNSAFE_HEADS, unsafe_heads(branch, scopes))
    ordered = [_ordered(clause, scopes, findings) for clause in clauses]
    findings.stop()
    mocked: set[str] = set()
    for clause in ordered:
        for branch in (clause, *clause.branches):
            mocked |= mocks(branch.body)
    tree = build_tree(ordered, names.packages)
    needed = dependencies(tree)
    findings.add(Stage.RECURSION, find_recursion(tree, needed))
    findings.stop()
    types = RuleTypes(tree, needed, modules.values(), schemas)
    findings.add(Stage.TYPES, types.findings)
    findings.refuse_unavailable(mocked)
    findings.end()
    return Checked(names=names, tree=tree, mocked=frozenset(mocked), types=types)


def _too_deep(modules: Iterable[ast.Module]) -> Iterator[RegoFinding]:
    for module in modules:
        if module.depth > MOST_DEPTH:
            text = f"brackets are nested {module.depth} deep, and at most {MOST_DEPTH} are taken"
            yield finding_at(module.package.location, COMPILE_ERROR, text)


def _annotated_twice(modules: Iterable[ast.Module]) -> Iterable[RegoFinding]:
    annotated = [module for module in modules if module.annotations]
    try:
        AnnotationSet(annotated)
    except RegoCompileError as error:
        return error.errors
    return ()


def _ordered(clause: Clause, scopes: Scopes, findings: Findings) -> Clause:
    ordering = Ordering()
    body = ordering.body(clause.body, variables.of_arguments(clause))
    unsafe = [*ordering.unsafe, *evaluated_heads(clause)]
    if unsafe:
        findings.add(Stage.UNSAFE_BODIES, unsafe_bodies(unsafe, scopes.of(clause)))
    branches = tuple([_ordered(branch, scopes, findings) for branch in clause.branches])
    if body is clause.body and not branches:
        return clause
    return replace(clause, body=body, branches=branches)


def mocks(body: core.Body) -> set[str]:
    """The functions that a ``with`` in ``body`` replaces."""
    found: set[str] = set()
    for statement in body:
        for item in statement.replacements:
            if not isinstance(item.target, str):
                found.add(function_key(item.target))
        if not statement.is_flat:
            for inner in variables.bodies(statement.action):
                found |= mocks(inner)
    return found
