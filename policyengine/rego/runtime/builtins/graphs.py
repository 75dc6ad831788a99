"""Ways through graphs, and all of a document's parts."""

from __future__ import annotations

from collections.abc import Iterator

from policyengine.rego.runtime.access import items
from policyengine.rego.runtime.builtins.operands import collection, rego_object
from policyengine.rego.runtime.builtins.registry import builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.values import UNDEFINED, RegoSet, Value, key_of, object_get

_GRAPH = "object[any: array[any] | set[any]], array[any] | set[any]"


def _neighbours(graph: Value, node: Value) -> list[Value] | None:
    """The nodes next to one; None for what is no node of the graph."""
    found = object_get(graph, node)
    if found is UNDEFINED:
        return None
    if isinstance(found, RegoSet):
        return found.ordered()
    return found if type(found) is list else []


@builtin("graph.reachable", f"{_GRAPH} -> set[any]", context=True)
def reachable(session: Session, graph: Value, start: Value) -> Value:
    nodes = rego_object(graph, 1)
    pending = list(collection(start, 2))
    reached: dict[object, Value] = {}
    while pending:
        node = pending.pop()
        key = key_of(node)
        if key in reached:
            continue
        neighbours = _neighbours(nodes, node)
        if neighbours is not None:
            session.budget.charge(len(neighbours) + 1)
            reached[key] = node
            pending += neighbours
    return RegoSet(reached)


@builtin("graph.reachable_paths", f"{_GRAPH} -> set[array[any]]", context=True)
def reachable_paths(session: Session, graph: Value, start: Value) -> Value:
    nodes = rego_object(graph, 1)
    found: list[Value] = []
    for first in collection(start, 2):
        neighbours = _neighbours(nodes, first)
        if neighbours is not None:
            found += _paths(session, nodes, first)
    return RegoSet.of(found)


def _paths(session: Session, graph: Value, first: Value) -> Iterator[Value]:
    """Every path from ``first`` that cannot go on: at a leaf, or back where it was before.

    The first step is taken wherever it leads, as in OPA: also back to ``first``.
    """
    here = frozenset([key_of(first)])
    pending: list[tuple[list[Value], frozenset[object]]] = []
    for node in _neighbours(graph, first) or ():
        if _neighbours(graph, node) is None:
            yield [first]
        else:
            pending.append(([first, node], here | {key_of(node)}))
    if not _neighbours(graph, first):
        yield [first]
    while pending:
        path, seen = pending.pop()
        session.budget.charge(len(path))
        neighbours = _neighbours(graph, path[-1])
        if not neighbours:
            yield path
            continue
        for node in neighbours:
            key = key_of(node)
            if key in seen or _neighbours(graph, node) is None:
                yield path
            else:
                pending.append(([*path, node], seen | {key}))


@builtin("walk", "any -> array<array[any], any>", context=True, relation=True)
def walk(session: Session, value: Value) -> Iterator[Value]:
    """``[path, value]`` of the whole and of every part of it, each before its own parts."""
    pending: list[tuple[list[Value], Value]] = [([], value)]
    while pending:
        path, part = pending.pop()
        yield [path, part]
        below = [([*path, key], item) for key, item in items(part)]
        # Each path is a list of its own: those of a deep value are many times as large as it is.
        session.budget.charge((len(path) + 1) * len(below) // 16 + 1)
        pending += reversed(below)
