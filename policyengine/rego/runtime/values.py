"""Values of Rego, their equality, order and keys.

Null, booleans and strings are Python's; numbers are those of ``numbers.py``; arrays are lists and
objects whose keys are all strings are dicts, so that parsed JSON is used as it is. Sets are
``RegoSet``; objects with any other key are ``RegoObject`` (and never otherwise: each value has one
representation). No value is ever changed once it is visible to a second reader.

Python holds ``True == 1`` and does not hash lists; therefore ``equal``, ``compare`` and ``key_of``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final, TypeAlias, final

from policyengine.rego.runtime.numbers import Number, compare_numbers, number_key, to_decimal
from policyengine.rego.runtime.utf8 import NATIVELY_ORDERED, encode_utf8

Value: TypeAlias = Any
"""None, bool, int, float, Number, str, list, dict, RegoSet or RegoObject."""

Key: TypeAlias = Any
"""What stands for a value in Python's own dicts: hashable, and equal for equal values."""


@final
class Undefined:
    """The type of ``UNDEFINED``, which stands where an expression has no value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()

# A tuple is the key of no string, number or null, and arrays' keys start with another tag.
_TRUE_KEY: Final = ("true",)
_FALSE_KEY: Final = ("false",)


@final
class RegoSet:
    """A set: ``members`` by key. Iterates in OPA's order."""

    __slots__ = ("_ordered", "members")

    def __init__(self, members: dict[Key, Value]) -> None:
        self.members = members
        self._ordered: list[Value] | None = None

    @classmethod
    def of(cls, values: Iterable[Value]) -> RegoSet:
        members: dict[Key, Value] = {}
        for value in values:
            members.setdefault(value if type(value) is str else key_of(value), value)
        return cls(members)

    def get(self, key: Value, default: Value = UNDEFINED) -> Value:
        """The member that equals ``key``: a set is looked up as an object of its members."""
        return self.members.get(key_of(key), default)

    def ordered(self) -> list[Value]:
        """The members in OPA's order. The list is kept: do not change it."""
        ordered = self._ordered
        if ordered is None:
            ordered = self._ordered = sort_values(self.members.values())
        return ordered

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.ordered())

    def __contains__(self, value: Value) -> bool:
        return key_of(value) in self.members

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RegoSet) and self.members.keys() == other.members.keys()

    __hash__ = None  # type: ignore[assignment] # like Python's own set

    def __repr__(self) -> str:
        return f"RegoSet({self.ordered()!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (RegoSet, (self.members,))


@final
class RegoObject:
    """An object with at least one key that is no string: ``pairs`` by key."""

    __slots__ = ("_ordered", "pairs")

    def __init__(self, pairs: dict[Key, tuple[Value, Value]]) -> None:
        self.pairs = pairs
        self._ordered: list[tuple[Value, Value]] | None = None

    def get(self, key: Value, default: Value = UNDEFINED) -> Value:
        pair = self.pairs.get(key_of(key))
        return default if pair is None else pair[1]

    def ordered(self) -> list[tuple[Value, Value]]:
        """The pairs in OPA's order of keys. The list is kept: do not change it."""
        ordered = self._ordered
        if ordered is None:
            pairs = self.pairs.values()
            ordered = self._ordered = sorted(pairs, key=lambda pair: order_key(pair[0]))
        return ordered

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RegoObject) and equal(self, other)

    __hash__ = None  # type: ignore[assignment] # like Python's own dict

    def __repr__(self) -> str:
        return f"RegoObject({self.ordered()!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (RegoObject, (self.pairs,))


EMPTY_SET: Final = RegoSet({})


def make_object(pairs: Iterable[tuple[Value, Value]]) -> dict[str, Value] | RegoObject:
    """An object in its one representation. Of equal keys the first holds, and the last value."""
    by_key: dict[Key, tuple[Value, Value]] = {}
    for key, value in pairs:
        place = key if type(key) is str else key_of(key)
        known = by_key.get(place)
        by_key[place] = (key if known is None else known[0], value)
    if all(type(key) is str for key in by_key):
        return dict(by_key.values())
    return RegoObject(by_key)


def object_items(value: dict[str, Value] | RegoObject) -> Iterable[tuple[Value, Value]]:
    """Key and value pairs in OPA's order of keys."""
    if type(value) is dict:
        return [(key, value[key]) for key in in_key_order(value)]
    return value.ordered()  # type: ignore[union-attr] # not a dict


def in_key_order(value: dict[str, Value]) -> list[str]:
    """The keys of an object in OPA's order."""
    return sorted(value) if str in NATIVELY_ORDERED else sorted(value, key=encode_utf8)


def object_get(value: dict[str, Value] | RegoObject, key: Value) -> Value:
    """The value at ``key``, or UNDEFINED."""
    if type(value) is dict:
        return value.get(key, UNDEFINED) if type(key) is str else UNDEFINED
    return value.get(key)


def is_object(value: Value) -> bool:
    return type(value) is dict or type(value) is RegoObject


def is_number(value: Value) -> bool:
    kind = type(value)
    return kind is int or kind is float or kind is Number


def type_name(value: Value) -> str:
    """OPA's name of the value's type."""
    return _TYPE_NAMES[type(value)]


_TYPE_NAMES: Final[dict[type, str]] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    Number: "number",
    str: "string",
    list: "array",
    dict: "object",
    RegoObject: "object",
    RegoSet: "set",
}

_RANKS: Final[dict[type, int]] = {
    type(None): 0,
    bool: 1,
    int: 2,
    float: 2,
    Number: 2,
    str: 3,
    list: 4,
    dict: 5,
    RegoObject: 5,
    RegoSet: 6,
}


def key_of(value: Value) -> Key:
    """The key of any value; a string is its own."""
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is bool:
        return _TRUE_KEY if value else _FALSE_KEY
    if kind is list:
        return ("array", *[v if type(v) is str else key_of(v) for v in value])
    if kind is dict:
        return ("object", frozenset([(k, key_of(v)) for k, v in value.items()]))
    if kind is RegoSet:
        return frozenset(value.members)
    if kind is RegoObject:
        return ("object", frozenset([(k, key_of(v)) for k, (_, v) in value.pairs.items()]))
    return number_key(value)


def equal(a: Value, b: Value) -> bool:
    """Whether two values are the same: ``1 == 1.0``, and ``true != 1``."""
    if a is b:
        return True
    kind, other = type(a), type(b)
    if kind is other:
        if kind is str or kind is int or kind is float:
            return bool(a == b)
        if kind is list:
            return len(a) == len(b) and all(map(equal, a, b))
        if kind is dict:
            return len(a) == len(b) and all(
                key in b and equal(value, b[key]) for key, value in a.items()
            )
        if kind is RegoSet:
            return bool(a.members.keys() == b.members.keys())
        if kind is RegoObject:
            return a.pairs.keys() == b.pairs.keys() and all(
                equal(pair[1], b.pairs[key][1]) for key, pair in a.pairs.items()
            )
        if kind is bool:
            return False
    return _RANKS[kind] == 2 and _RANKS[other] == 2 and compare_numbers(a, b) == 0


def compare(a: Value, b: Value) -> int:
    """-1, 0 or 1 by OPA's total order: null, booleans, numbers, strings, arrays, objects, sets."""
    kind, other = type(a), type(b)
    if kind is other and kind in NATIVELY_ORDERED:
        return int(a > b) - int(a < b)
    rank, other_rank = _RANKS[kind], _RANKS[other]
    if rank != other_rank:
        return -1 if rank < other_rank else 1
    if rank == 0:
        return 0
    if rank == 2:
        return compare_numbers(a, b)
    if rank == 3:
        left, right = encode_utf8(a), encode_utf8(b)
        return (left > right) - (left < right)
    if rank == 4:
        return _compare_sequences(a, b)
    if rank == 6:
        return _compare_sequences(a.ordered(), b.ordered())
    for (key, value), (other_key, other_value) in zip(
        object_items(a), object_items(b), strict=False
    ):
        order = compare(key, other_key) or compare(value, other_value)
        if order:
            return order
    return (len(a) > len(b)) - (len(a) < len(b))


def _compare_sequences(a: list[Value], b: list[Value]) -> int:
    for x, y in zip(a, b, strict=False):
        if x is not y:
            order = compare(x, y)
            if order:
                return order
    return (len(a) > len(b)) - (len(a) < len(b))


def order_key(value: Value) -> tuple[Any, ...]:
    """A tuple that Python orders as ``compare`` orders the value."""
    kind = type(value)
    if kind is str:
        return (3, value if str in NATIVELY_ORDERED else encode_utf8(value))
    if kind is int or kind is bool:
        return (1 if kind is bool else 2, value)
    if value is None:
        return (0,)
    if kind is list:
        return (4, [order_key(item) for item in value])
    if kind is dict:
        return (5, [(order_key(key), order_key(value[key])) for key in in_key_order(value)])
    if kind is RegoObject:
        return (5, [(order_key(key), order_key(item)) for key, item in value.ordered()])
    if kind is RegoSet:
        return (6, [order_key(item) for item in value.ordered()])
    return (2, to_decimal(value))


def sort_values(values: Iterable[Value]) -> list[Value]:
    """A new list in OPA's order; equal values keep theirs."""
    items = list(values)
    if len(items) < 2:
        return items
    if _is_natively_ordered(set(map(type, items))) or _are_arrays_of_one_kind(items):
        items.sort()
    else:
        items.sort(key=order_key)
    return items


def _is_natively_ordered(kinds: set[type]) -> bool:
    return len(kinds) < 2 and kinds <= NATIVELY_ORDERED


def _are_arrays_of_one_kind(items: list[Value]) -> bool:
    """Whether all are arrays of strings, or of ``int``: Python orders these as OPA does."""
    if set(map(type, items)) != {list}:
        return False
    return _is_natively_ordered(set(map(type, chain.from_iterable(items))))
