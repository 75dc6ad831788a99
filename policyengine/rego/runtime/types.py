"""Types of values, as OPA declares them for builtin functions, and the notation for them.

The notation, by example::

    null  boolean  number  string  any
    array[string]               an array of any length
    array<number, string>       an array of exactly these elements
    array<number>[string]       these, then any number more
    set[any]
    object[string: any]         any keys
    object<op: string>[any: any]    keys that must be there, then others
    number | set[any]           either

A signature is ``"number, string -> boolean"``; ``"-> number"`` takes nothing; ``"any... ->"``
takes any number of arguments and has no result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from policyengine.rego.runtime.values import Key


@dataclass(frozen=True, slots=True)
class ScalarType:
    """``null``, ``boolean``, ``number`` or ``string``."""

    name: str


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a type is when it is written out: how many parts, and how deep they are nested.

    What several parts share is counted for each: comparing and hashing go through it as often.
    """

    weight: int = 1
    depth: int = 1


_SMALLEST: Final = Extent()


def extent_of(one: RegoType | None) -> Extent:
    """The extent of a type; the smallest for one that is not known."""
    return _SMALLEST if one is None or isinstance(one, ScalarType | RecursiveType) else one.extent


def _around(parts: Iterable[RegoType | None]) -> Extent:
    weight, depth = 1, 0
    for part in parts:
        extent = extent_of(part)
        weight += extent.weight
        depth = max(depth, extent.depth)
    return Extent(weight, depth + 1)


@dataclass(frozen=True, slots=True)
class ArrayType:
    """``static`` elements at the front, then any number of ``dynamic`` ones, if not None.

    Among ``static`` None is the type of an element that is not known.
    """

    static: tuple[RegoType | None, ...] = ()
    dynamic: RegoType | None = None
    extent: Extent = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "extent", _around((*self.static, self.dynamic)))


@dataclass(frozen=True, slots=True)
class SetType:
    """``of`` is None for the empty set, and for members that are not known."""

    of: RegoType | None
    extent: Extent = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "extent", _around((self.of,)))


@dataclass(frozen=True, slots=True, eq=False)
class ObjectType:
    """``static`` keys with their types, and the type of further keys and values, if not None.

    Keys are those of ``values.key_of``, in any order. A type of None is not known.
    """

    static: tuple[tuple[Key, RegoType | None], ...] = ()
    dynamic: tuple[RegoType | None, RegoType | None] | None = None
    by_key: dict[Key, RegoType | None] = field(init=False, repr=False)
    extent: Extent = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_key = dict(self.static)
        object.__setattr__(self, "by_key", by_key)
        object.__setattr__(self, "extent", _around((*by_key.values(), *(self.dynamic or ()))))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ObjectType):
            return False
        return self.dynamic == other.dynamic and self.by_key == other.by_key

    def __hash__(self) -> int:
        return hash((frozenset(self.static), self.dynamic))


@dataclass(frozen=True, slots=True, eq=False)
class UnionType:
    """One of ``of``, in any order; with none it is ``any``."""

    of: tuple[RegoType, ...] = ()
    extent: Extent = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "extent", _around(self.of))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UnionType):
            return False
        return self.of == other.of or frozenset(self.of) == frozenset(other.of)

    def __hash__(self) -> int:
        return hash(frozenset(self.of))


@dataclass(slots=True, eq=False)
class RecursiveType:
    """What a JSON Schema refers to within itself; ``of`` is set once all of it is read."""

    name: str
    of: RegoType | None = None


RegoType: TypeAlias = ScalarType | ArrayType | SetType | ObjectType | UnionType | RecursiveType

ANY: Final = UnionType()


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's type. ``variadic`` is the type of any number of further arguments.

    A type of None is not known; a function without ``result`` gives nothing.
    """

    args: tuple[RegoType | None, ...]
    result: RegoType | None
    variadic: RegoType | None = None


_TOKEN: Final = re.compile(r"\s*(\.\.\.|->|[A-Za-z_]+|[\[\]<>:,|])")


def parse_signature(text: str) -> Signature:
    """Read the notation. Raises ValueError for anything else: it is our own source."""
    reader = _Reader(text)
    args: list[RegoType] = []
    variadic: RegoType | None = None
    while reader.peek() != "->":
        read = reader.union()
        if reader.accept("..."):
            variadic = read
        else:
            args.append(read)
        if not reader.accept(","):
            break
    reader.expect("->")
    result = reader.union() if reader.peek() else None
    if reader.peek():
        raise ValueError(f"trailing {reader.peek()!r} in {text!r}")
    return Signature(tuple(args), result, variadic)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str] = _TOKEN.findall(text)
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def accept(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self._at += 1
        return True

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise ValueError(f"expected {token!r}, found {self.peek()!r} in {self._text!r}")

    def union(self) -> RegoType:
        options = [self._one()]
        while self.accept("|"):
            options.append(self._one())
        return options[0] if len(options) == 1 else UnionType(tuple(options))

    def _one(self) -> RegoType:
        name = self.peek()
        self._at += 1
        if name == "any":
            return ANY
        if name in {"null", "boolean", "number", "string"}:
            return ScalarType(name)
        if name == "set":
            self.expect("[")
            of = self.union()
            self.expect("]")
            return SetType(of)
        if name == "array":
            static = self._list() if self.accept("<") else ()
            return ArrayType(static, self._dynamic() if self.accept("[") else None)
        if name == "object":
            pairs = self._pairs() if self.accept("<") else ()
            return ObjectType(pairs, self._dynamic_pair() if self.accept("[") else None)
        raise ValueError(f"no type {name!r} in {self._text!r}")

    def _list(self) -> tuple[RegoType, ...]:
        items = [self.union()]
        while self.accept(","):
            items.append(self.union())
        self.expect(">")
        return tuple(items)

    def _dynamic(self) -> RegoType:
        of = self.union()
        self.expect("]")
        return of

    def _pairs(self) -> tuple[tuple[str, RegoType], ...]:
        pairs: list[tuple[str, RegoType]] = []
        while True:
            key = self.peek()
            self._at += 1
            self.expect(":")
            pairs.append((key, self.union()))
            if not self.accept(","):
                break
        self.expect(">")
        return tuple(pairs)

    def _dynamic_pair(self) -> tuple[RegoType, RegoType]:
        key = self.union()
        self.expect(":")
        value = self.union()
        self.expect("]")
        return key, value
