"""Rules that cannot stand side by side: of two kinds, one within another, two defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from policyengine.errors import RegoFinding
from policyengine.rego.compiler import core
from policyengine.rego.compiler.core import Clause
from policyengine.rego.compiler.findings import COMPILE_ERROR, TYPE_ERROR, finding_at
from policyengine.rego.compiler.modules import head_path, package_path
from policyengine.rego.compiler.tree import TreeNode
from policyengine.rego.runtime.numbers import Number
from policyengine.rego.runtime.values import Key, key_of
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.render import reference_text
from policyengine.rego.syntax.source import Location

_SCALARS: Final = (type(None), bool, str, int, float, Number)


def find_conflicts(
    tree: TreeNode, modules: Iterable[ast.Module], data: Mapping[str, Any]
) -> list[RegoFinding]:
    """Every conflict between rules, and of rules with packages and with ``data``."""
    modules = tuple(modules)
    findings: list[RegoFinding] = []
    for node in _nodes(tree):
        if node.clauses:
            below = [c for child in node.children.values() for c in child.all_clauses()]
            findings += _conflicts(node.clauses, 0, below)
    findings += _data_conflicts(tree, data)
    findings += _package_conflicts(modules)
    return findings


def _nodes(node: TreeNode) -> Iterator[TreeNode]:
    yield node
    for child in node.children.values():
        yield from _nodes(child)


def _conflicts(clauses: list[Clause], step: int, below: list[Clause]) -> Iterator[RegoFinding]:
    """Conflicts of rules at one place, ``step`` steps into their suffixes, and at those below.

    A step that is a scalar, as that of ``p[1]``, leads to a place of its own.
    """
    here: list[Clause] = []
    deeper: dict[Key, list[Clause]] = {}
    for clause in clauses:
        at = clause.suffix[step] if len(clause.suffix) > step else None
        if isinstance(at, core.Const) and isinstance(at.value, _SCALARS):
            deeper.setdefault(key_of(at.value), []).append(clause)
        else:
            here.append(clause)
    inside = [*below, *[clause for group in deeper.values() for clause in group]]
    finding = _conflict(here, step, inside) if here else None
    if finding is not None:
        yield finding
    for group in deeper.values():
        yield from _conflicts(group, step + 1, [])


def _conflict(clauses: list[Clause], step: int, below: list[Clause]) -> RegoFinding | None:
    first = clauses[0]
    name = rule_text(clauses[-1])
    inside: list[Clause] = []
    if any(len(clause.suffix) == step for clause in clauses):
        inside = below
    elif below:
        inside = [clause for clause in below if clause.is_function]
    if inside:
        others = "".join(f"\n  rule {text} at {_at(place)}" for text, place in _outermost(inside))
        text = f"rule {name} conflicts with:{others}"
        return finding_at(first.rule.location, TYPE_ERROR, text)
    members = [clause for clause in clauses if _is_member(clause)]
    complete = [c for c in clauses if not _is_member(c) and len(c.suffix) == step]
    if (
        (members and len(members) < len(clauses))
        or len({len(clause.args) for clause in clauses}) > 1
        or (complete and len(complete) < len(clauses))
        or len({len(clause.suffix) == step for clause in members}) > 1
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
    found: dict[tuple[Key, ...], Clause] = {}
    for steps, clause in sorted(((_steps(c), c) for c in clauses), key=lambda pair: len(pair[0])):
        if not any(steps[:end] in found for end in range(len(steps) + 1)):
            found[steps] = clause
    named = sorted(((rule_text(c), c) for c in found.values()), key=lambda pair: pair[0])
    return [(text, clause.rule.location) for text, clause in named]


def _steps(clause: Clause) -> tuple[Key, ...]:
    steps: list[Key] = [*clause.path]
    for term in clause.suffix:
        if not (isinstance(term, core.Const) and isinstance(term.value, _SCALARS)):
            break
        steps.append(key_of(term.value))
    return tuple(steps)


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
