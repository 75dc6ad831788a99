"""The types of documents, as a tree that is filled rule by rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from policyengine.rego.compiler.types.lattice import (
    LARGEST_CONSTANT,
    STRING,
    Known,
    bounded,
    type_of_value,
    union,
    union_of,
    unwrapped,
)
from policyengine.rego.runtime.types import (
    ANY,
    ObjectType,
    RegoType,
    SetType,
    Signature,
    UnionType,
)
from policyengine.rego.runtime.values import Key, Value, key_of

Steps: TypeAlias = tuple[Value, ...]
"""The steps of a reference behind its head; those of rules are constants."""

_NO_PROPERTIES: Final = ObjectType()


class TypeNode:
    """One place in a document: its type, and those of places below it.

    ``whole`` keeps what ``extent`` found.
    """

    __slots__ = ("children", "key", "type", "whole")

    def __init__(self, key: Value) -> None:
        self.key = key
        self.type: Known | None = None
        self.children: dict[Key, TypeNode] = {}
        self.whole: Known | None = None

    def child(self, step: Value) -> TypeNode | None:
        return self.children.get(step if type(step) is str else key_of(step))

    def put(self, path: Steps, known: Known) -> None:
        """Set the type at ``path``, whatever was there."""
        node = self
        for step in path:
            node.whole = None
            node = node.ensure(step)
        node.whole = None
        node.type = known

    def insert(self, path: Steps, known: Known) -> None:
        """Add a type to what is at ``path``, and to the objects above that hold it."""
        node = self
        for index, step in enumerate(path):
            node.whole = None
            node = node.ensure(step)
            rest = path[index + 1 :]
            above = unwrapped(node.type)
            if rest and isinstance(above, ObjectType):
                node.type = _with_property(above, rest, known)
        node.whole = None
        node.type = merged(node.type, known)
        if isinstance(unwrapped(known), ObjectType):
            for below, found in node.leaves():
                thing = unwrapped(node.type)
                if isinstance(thing, ObjectType):
                    node.type = _with_property(thing, below, found)

    def make(self, path: Steps) -> None:
        """Let there be a place at ``path``, of which nothing is known."""
        node = self
        for step in path:
            node.whole = None
            node = node.ensure(step)

    def ensure(self, step: Value) -> TypeNode:
        key = step if type(step) is str else key_of(step)
        child = self.children.get(key)
        if child is None:
            child = self.children[key] = TypeNode(step)
        return child

    def leaves(self) -> Iterator[tuple[Steps, Known]]:
        for child in self.children.values():
            if child.type is not None:
                yield (child.key,), child.type
            else:
                for path, found in child.leaves():
                    yield (child.key, *path), found

    def extent(self) -> Known:
        """The type of the whole document here."""
        if self.type is not None:
            return self.type
        if self.whole is None:
            self.whole = bounded(self._object())
        return self.whole

    def _object(self) -> ObjectType:
        # Data may hold anything beside the rules.
        others = (STRING, ANY)
        if len(self.children) > LARGEST_CONSTANT:
            return ObjectType((), others)
        found: list[tuple[Key, RegoType | None]] = []
        for key, child in self.children.items():
            extent = child.extent()
            # A function is no part of the document, though its name is.
            found.append((key, ANY if isinstance(extent, Signature) else extent))
        return ObjectType(tuple(found), others)


def _with_property(thing: ObjectType, path: Steps, known: Known) -> ObjectType:
    """An object type that may hold ``known`` at ``path`` too."""
    key: RegoType | None = type_of_value(path[0])
    value: RegoType | None = ANY if isinstance(known, Signature) else known
    if len(path) > 1:
        value = _with_property(_NO_PROPERTIES, path[1:], known)
    if thing.dynamic is not None:
        key, value = union_of((thing.dynamic[0], key)), union_of((thing.dynamic[1], value))
    return ObjectType(thing.static, (key, value))


def merged(a: Known | None, b: Known | None) -> Known | None:
    """The type of what two definitions make together; None for a function and something else."""
    a, b = unwrapped(a), unwrapped(b)
    if isinstance(a, UnionType) and not isinstance(b, UnionType):
        a, b = b, a
    match a, b:
        case None, _:
            return b
        case _, None:
            return a
        case SetType(), SetType():
            return SetType(union_of((a.of, b.of)))
        case ObjectType(static=()), ObjectType(static=()):
            if a.dynamic is None or b.dynamic is None:
                return b if a.dynamic is None else a
            key = union_of((a.dynamic[0], b.dynamic[0]))
            value = merged(a.dynamic[1], b.dynamic[1])
            return ObjectType((), (key, value if not isinstance(value, Signature) else ANY))
        case ObjectType(static=(), dynamic=dynamic), UnionType() if dynamic is not None:
            widened = _widened(b, dynamic)
            if widened is not None:
                return widened
    return union(a, b)


def _widened(
    options: UnionType, dynamic: tuple[RegoType | None, RegoType | None]
) -> UnionType | None:
    """``options`` with the first object of unknown keys taking further pairs."""
    for index, option in enumerate(options.of):
        if isinstance(option, ObjectType) and not option.static and option.dynamic is not None:
            pair = (
                union_of((option.dynamic[0], dynamic[0])),
                union_of((option.dynamic[1], dynamic[1])),
            )
            of = (*options.of[:index], ObjectType((), pair), *options.of[index + 1 :])
            return UnionType(of)
    return None
