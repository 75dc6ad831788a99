"""The documents that rules see, and the rules that make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, final

from policyengine.rego.runtime.access import get, merged, replaced_at
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.values import UNDEFINED, Value

MISSING: Final = object()
"""Stands in the cache for what was not evaluated yet."""

Mock: TypeAlias = Callable[..., Value]

Replacement: TypeAlias = tuple[str, Any, Any]
"""``("input" | "data", path, value)``, or ``("function", key, Mock)``."""


_NO_MOCKS: Final[Mapping[str, Mock]] = {}


@final
class Context:
    """``input``, ``data`` and what ``with`` made of them, with the rules' values so far.

    ``replaced`` are the paths of ``data`` that ``with`` replaced: rules below them are hidden.
    """

    __slots__ = ("cache", "charge", "data", "input", "mocks", "replaced", "session")

    def __init__(
        self,
        session: Session,
        input_document: Value,
        data: Value,
        size: int,
        *,
        mocks: Mapping[str, Mock] = _NO_MOCKS,
        replaced: tuple[tuple[Value, ...], ...] = (),
    ) -> None:
        self.session = session
        self.charge = session.budget.charge
        self.input = input_document
        self.data = data
        self.cache: list[Any] = [MISSING] * size
        self.mocks = mocks
        self.replaced = replaced

    def replacing(self, replacements: tuple[Replacement, ...]) -> Context:
        """The context of an expression with ``with``."""
        self.charge(1)
        input_document, data = self.input, self.data
        mocks, replaced = self.mocks, self.replaced
        for kind, path, value in replacements:
            if kind == "input":
                input_document = replaced_at(input_document, path, value)
            elif kind == "data":
                data = replaced_at(data, path, value)
                replaced = (*replaced, path)
            else:
                mocks = {**mocks, path: value}
        return Context(
            self.session,
            input_document,
            data,
            len(self.cache),
            mocks=mocks,
            replaced=replaced,
        )

    def unmocked(self) -> Context:
        """The context of a function that stands for another: nothing is replaced in it."""
        return Context(self.session, self.input, self.data, len(self.cache), replaced=self.replaced)

    def hides(self, path: tuple[str, ...]) -> bool:
        """Whether ``with`` replaced the document at ``path``, or one above it."""
        return any(path[: len(prefix)] == prefix for prefix in self.replaced)

    def base(self, path: tuple[str, ...]) -> Value:
        """What the base document has at ``path``."""
        value = self.data
        for name in path:
            value = get(value, name)
            if value is UNDEFINED:
                break
        return value


@final
class Node:
    """A place in the tree of rules: ``evaluate`` gives the document of the rule there."""

    __slots__ = ("children", "evaluate", "is_function", "path")

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.children: dict[str, Node] = {}
        self.evaluate: Callable[[Context], Value] | None = None
        self.is_function = False


@final
class Branch:
    """A document below which there are rules, not yet evaluated."""

    __slots__ = ("base", "node")

    def __init__(self, node: Node, base: Value) -> None:
        self.node = node
        self.base = base


def extent(context: Context, node: Node) -> Value:
    """The whole document at ``node``: its rules' values over the base document."""
    base = context.base(node.path)
    if node.is_function:
        return UNDEFINED
    if context.replaced and context.hides(node.path):
        return base
    if node.evaluate is not None:
        return node.evaluate(context)
    made: dict[str, Value] = {}
    for name, child in node.children.items():
        if child.is_function:
            continue
        value = extent(context, child)
        if value is not UNDEFINED:
            made[name] = value
    if base is UNDEFINED:
        return made
    return merged(base, made)


def branch(context: Context, node: Node) -> Value:
    """``node`` unevaluated, or its value where it has no rules below it."""
    if context.replaced and context.hides(node.path):
        return context.base(node.path)
    if node.is_function:
        return UNDEFINED
    if node.evaluate is not None:
        return node.evaluate(context)
    return Branch(node, context.base(node.path))


def branch_get(context: Context, value: Value, key: Value) -> Value:
    """One step into a document that may be unevaluated."""
    if type(value) is not Branch:
        return get(value, key)
    child = value.node.children.get(key) if type(key) is str else None
    if child is None:
        return get(value.base, key)
    return branch(context, child)


def branch_items(context: Context, value: Value) -> list[tuple[Value, Value]]:
    """Keys and values of a document that may be unevaluated."""
    from policyengine.rego.runtime.access import items

    if type(value) is not Branch:
        return list(items(value))
    names = {*value.node.children, *(value.base if type(value.base) is dict else ())}
    found: list[tuple[Value, Value]] = []
    for name in sorted(names):
        below = branch_get(context, value, name)
        if below is not UNDEFINED:
            found.append((name, below))
    return found


def whole(context: Context, value: Value) -> Value:
    """The value of a document that may be unevaluated."""
    return extent(context, value.node) if type(value) is Branch else value
