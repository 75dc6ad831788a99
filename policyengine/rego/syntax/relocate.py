"""Trees again, at another place."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final, TypeVar, get_args

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.source import Location

_T = TypeVar("_T", bound=ast.Node)

_NODES: Final = get_args(ast.Node)


def relocated(node: _T, location: Location) -> _T:
    """``node`` with everything in it placed at ``location``; a head keeps its reference.

    OPA places so what it makes from one text for several rules, and the single expression of an
    ``else``.
    """
    changes: dict[str, Any] = {}
    for field in fields(node):
        if field.name != "ref" or not isinstance(node, ast.Head):
            changes[field.name] = _moved(getattr(node, field.name), location)
    changes["location"] = location
    return replace(node, **changes)


def _moved(value: object, location: Location) -> object:
    if isinstance(value, tuple):
        # A loop, not a generator: recursion through one would use the C stack, which is short.
        items = []
        for item in value:
            items.append(_moved(item, location))  # noqa: PERF401
        return tuple(items)
    if isinstance(value, _NODES):
        return relocated(value, location)
    return value
