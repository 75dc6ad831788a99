"""Calls of builtins in a tree, and the constants in them."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.visit import walk


def calls(node: ast.Node) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call by a constant name, ``regex.match``, in order of the source."""
    for found in walk(node):
        if isinstance(found, ast.Call):
            name = name_of(found.operator)
            if name is not None:
                yield name, found


def name_of(reference: ast.Ref) -> str | None:
    """Return the dotted name of a reference of constant parts."""
    parts: list[str] = []
    for index, term in enumerate(reference.terms):
        if index == 0 and isinstance(term, ast.Var):
            parts.append(term.name)
        elif isinstance(term, ast.String):
            parts.append(term.value)
        else:
            return None
    return ".".join(parts)


def rules(module: ast.Module) -> Iterator[ast.Rule]:
    """Yield every rule and every ``else`` behind it."""
    for rule in module.rules:
        branch: ast.Rule | None = rule
        while branch is not None:
            yield branch
            branch = branch.else_


def bodies(node: ast.Node) -> Iterator[ast.Expr]:
    """Yield every expression of every body below ``node`` that somebody wrote."""
    for found in walk(node):
        if isinstance(found, ast.Expr) and not found.generated:
            yield found
