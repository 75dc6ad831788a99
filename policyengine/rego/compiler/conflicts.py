"""Rules that cannot stand side by side: of two kinds, one within another, two defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policyengine.errors import RegoFinding
from policyengine.rego.compiler.core import Clause
from policyengine.rego.compiler.findings import COMPILE_ERROR, TYPE_ERROR, finding_at
from policyengine.rego.compiler.modules import head_path, package_path
from policyengine.rego.compiler.tree import TreeNode
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.render import reference_text
from policyengine.rego.syntax.source import Location


def find_conflicts(
    tree: TreeNode, modules: Iterable[ast.Module], data: Mapping[str, Any]
) -> list[RegoFinding]:
    """Every conflict between rules, and of rules with packages and with ``data``."""
    modules = tuple(modules)
    findings: list[RegoFinding] = []
    for node in _nodes(tree):
        if node.clauses:
            finding = _conflict(node)
            if finding is not None:
                findings.append(finding)
    findings += _data_conflicts(tree, data)
    findings += _package_conflicts(modules)
    return findings


def _nodes(node: TreeNode) -> Iterator[TreeNode]:
    yield node
    for child in node.children.values():
        yield from _nodes(child)


def _conflict(node: TreeNode) -> RegoFinding | None:
    clauses = node.clauses
    first = clauses[0]
    name = rule_text(clauses[-1])
    below = [clause for child in node.children.values() for clause in child.all_clauses()]
    inside: list[Clause] = []
    if any(not clause.suffix for clause in clauses):
        inside = below
    elif below:
        inside = [clause for clause in below if clause.is_function]
    if inside:
        others = "".join(f"\n  rule {text} at {_at(place)}" for text, place in _outermost(inside))
        text = f"rule {name} conflicts with:{others}"
        return finding_at(first.rule.location, TYPE_ERROR, text)
    members = [clause for clause in clauses if _is_member(clause)]
    complete = [c for c in clauses if not _is_member(c) and not c.suffix]
    if (
        (members and len(members) < len(clauses))
        or len({len(clause.args) for clause in clauses}) > 1
        or (complete and len(complete) < len(clauses))
        or len({bool(clause.suffix) for clause in members}) > 1
    ):
        return finding_at(first.rule.location, TYPE_ERROR, f"conflicting rules {name} found")
    defaults = [clause for clause in clauses if clause.is_default]
    if len(defaults) > 1:
        places = ", ".join(_at(clause.rule.location) for clause in defaults)
        return finding_at(
            defaults[0].module.package.location,
            TYPE_ERROR,
            f"multiple default rules {name} found at {places}",
        )
    return None


def _outermost(clauses: list[Clause]) -> list[tuple[str, Location]]:
    """The references of clauses and their places, but for those below another one."""
    found: dict[tuple[str, ...], Clause] = {}
    for clause in sorted(clauses, key=lambda clause: clause.path):
        if not any(clause.path[:end] in found for end in range(len(clause.path) + 1)):
            found[clause.path] = clause
    return [(rule_text(clause), clause.rule.location) for clause in found.values()]


def _data_conflicts(tree: TreeNode, data: Mapping[str, Any]) -> Iterator[RegoFinding]:
    """Rules where there is data, or below what is no object."""
    pending: list[tuple[TreeNode, Any]] = [(tree, data)]
    while pending:
        node, value = pending.pop()
        if node.clauses:
            text = f"conflicting rule for data path {'/'.join(node.path)} found"
            yield finding_at(node.clauses[0].rule.location, COMPILE_ERROR, text)
            continue
        for name, child in node.children.items():
            if not isinstance(value, Mapping):
                pending.append((child, value))
            elif name in value:
                pending.append((child, value[name]))


def _package_conflicts(modules: tuple[ast.Module, ...]) -> Iterator[RegoFinding]:
    packages = {package_path(module): module for module in modules}
    for module in modules:
        own = package_path(module)
        for rule in module.rules:
            path, suffix = head_path(own, rule.head)
            other = packages.get(path)
            if suffix or other is None or other is module:
                continue
            name = ".".join(path)
            yield finding_at(
                module.package.location,
                TYPE_ERROR,
                f"package {name} conflicts with rule {reference_text(rule.head.ref)}"
                f" defined at {_at(rule.location)}",
            )


def rule_text(clause: Clause) -> str:
    """The whole reference of a rule."""
    return "data." + ".".join([*package_path(clause.module), reference_text(clause.rule.head.ref)])


def _is_member(clause: Clause) -> bool:
    return clause.key is not None and clause.value is None


def _at(location: Location) -> str:
    return f"{location.file}:{location.row}"
