"""Types as sets of values: what is in them, and what is common to them.

A type of None is one that is not known. Types stay small: a union of many, or the type of a large
constant, is widened, which accepts more and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from policyengine.rego.runtime.numbers import to_int64, written_as_integer
from policyengine.rego.runtime.types import (
    ANY,
    ArrayType,
    ObjectType,
    RecursiveType,
    RegoType,
    ScalarType,
    SetType,
    Signature,
    UnionType,
    extent_of,
)
from policyengine.rego.runtime.values import (
    UNDEFINED,
    Key,
    RegoSet,
    Value,
    is_number,
    is_object,
    key_of,
    object_items,
)

Known: TypeAlias = RegoType | Signature
"""The type of a document or of a function."""

NULL: Final = ScalarType("null")
BOOLEAN: Final = ScalarType("boolean")
NUMBER: Final = ScalarType("number")
STRING: Final = ScalarType("string")
ANY_OBJECT: Final = ObjectType((), (ANY, ANY))

WIDEST_UNION: Final = 200
LARGEST_CONSTANT: Final = 1000
DEEPEST: Final = 40


# Rules that each use the one before twice make types that double in size with each rule.
HEAVIEST: Final = 5000


def bounded(one: RegoType) -> RegoType:
    """The type, or a wider one if it is larger than types may become."""
    extent = extent_of(one)
    if extent.weight <= HEAVIEST and extent.depth <= DEEPEST:
        return one
    match one:
        case ArrayType():
            return ArrayType((), ANY)
        case SetType():
            return SetType(ANY)
        case ObjectType():
            return ANY_OBJECT
        case _:
            return ANY


def unwrapped(known: Known | None) -> Known | None:
    """What a recursive type stands for; any other type itself."""
    return known.of if isinstance(known, RecursiveType) else known


def is_any(known: Known | None) -> bool:
    return isinstance(known, UnionType) and not known.of


def union_of(types: Iterable[RegoType | None]) -> RegoType | None:
    """The union of all types that are known; None for none."""
    found: dict[RegoType, None] = {}
    for one in types:
        if isinstance(one, UnionType):
            if not one.of:
                return ANY
            found.update(dict.fromkeys(one.of))
        elif one is not None:
            found[one] = None
    if len(found) > WIDEST_UNION:
        return ANY
    if len(found) > 1:
        return bounded(UnionType(tuple(found)))
    return next(iter(found), None)


def union(a: Known | None, b: Known | None) -> Known | None:
    """The union of two types; None for a function and something else."""
    if a is None or b is None:
        return b if a is None else a
    if not isinstance(a, Signature) and not isinstance(b, Signature):
        return a if a == b else union_of((a, b))
    if isinstance(a, Signature) and isinstance(b, Signature) and len(a.args) == len(b.args):
        return Signature(
            tuple(union_of(pair) for pair in zip(a.args, b.args, strict=True)),
            union_of((a.result, b.result)),
        )
    return None


def type_of_key(key: Key) -> RegoType:
    """The type of the value that a ``key_of`` stands for."""
    if type(key) is str:
        return STRING
    if key is None:
        return NULL
    if isinstance(key, frozenset):
        return SetType(union_of(map(type_of_key, key)))
    if not isinstance(key, tuple):
        return NUMBER
    match key:
        case ("array", *items):
            return ArrayType(tuple(map(type_of_key, items)))
        case ("object", pairs):
            return ObjectType(tuple([(name, type_of_key(value)) for name, value in pairs]))
        case _:
            return BOOLEAN


def type_of_value(value: Value, depth: int = 0) -> RegoType:
    """The type of a constant."""
    if type(value) is str:
        return STRING
    if is_number(value):
        return NUMBER
    if type(value) is bool:
        return BOOLEAN
    if value is None:
        return NULL
    if depth > DEEPEST:
        return ANY
    if type(value) is list:
        types = [type_of_value(item, depth + 1) for item in value]
        if len(value) > LARGEST_CONSTANT:
            return ArrayType((), union_of(types))
        return ArrayType(tuple(types))
    if isinstance(value, RegoSet):
        return SetType(union_of(type_of_value(item, depth + 1) for item in value.members.values()))
    return type_of_pairs(
        [(key, type_of_value(key, depth + 1)) for key, _ in object_items(value)],
        [type_of_value(item, depth + 1) for _, item in object_items(value)],
    )


def type_of_pairs(
    keys: list[tuple[Value, RegoType | None]], values: list[RegoType | None] | list[RegoType]
) -> ObjectType:
    """The type of an object: constant keys are static, all others dynamic.

    ``keys`` are the constants and their types; the constant is UNDEFINED for a key that is none.
    """
    static: list[tuple[Key, RegoType | None]] = []
    other_keys: list[RegoType | None] = []
    other_values: list[RegoType | None] = []
    for (key, key_type), value in zip(keys, values, strict=True):
        if key is not UNDEFINED and len(keys) <= LARGEST_CONSTANT:
            static.append((key if type(key) is str else key_of(key), value))
        else:
            other_keys.append(key_type)
            other_values.append(value)
    dynamic = (_all_of(other_keys), _all_of(other_values)) if other_keys else None
    return ObjectType(tuple(static), dynamic)


def _all_of(types: list[RegoType | None]) -> RegoType | None:
    return None if None in types else union_of(types)


def is_scalar(value: Value) -> bool:
    return value is None or type(value) in {str, bool} or is_number(value)


def contains(types: RegoType | None, one: RegoType) -> bool:
    """Whether ``one`` is among ``types``."""
    if isinstance(types, UnionType):
        return not types.of or one in types.of
    return types == one


def select(known: Known | None, key: Value) -> RegoType | None:
    """The type of what is at a constant key; None where there is nothing."""
    match unwrapped(known):
        case ArrayType() as array:
            # ``-0`` is written as an integer, and ``0.0`` is not.
            index = to_int64(key) if is_number(key) and written_as_integer(key) else None
            return None if index is None else item_type(array, index)
        case ObjectType() as thing:
            return property_at(thing, key_of(key))
        case SetType() as members:
            one = type_of_value(key)
            return one if members.of is not None and contains(members.of, one) else None
        case UnionType() as options:
            return union_of([select(one, key) for one in options.of]) if options.of else ANY
    return None


def item_type(array: ArrayType, index: int) -> RegoType | None:
    if index < 0:
        return None
    return array.static[index] if index < len(array.static) else array.dynamic


def property_at(thing: ObjectType, key: Key) -> RegoType | None:
    """The type of what is at a constant key of an object; None where there is nothing."""
    if key in thing.by_key:
        return thing.by_key[key]
    if thing.dynamic is not None and contains(thing.dynamic[0], type_of_key(key)):
        return thing.dynamic[1]
    return None


def keys_of(known: Known | None) -> RegoType | None:
    """The type of the keys that a loop over the value gives; None where there is no loop."""
    match unwrapped(known):
        case ArrayType():
            return NUMBER
        case ObjectType() as thing:
            keys: list[RegoType | None] = [type_of_key(key) for key in thing.by_key]
            return union_of(keys if thing.dynamic is None else [*keys, thing.dynamic[0]])
        case SetType() as members:
            return members.of
        case UnionType() as options:
            return union_of(map(keys_of, options.of)) if options.of else ANY
    return None


def values_of(known: Known | None) -> RegoType | None:
    """The type of the values that a loop over the value gives; None where there is no loop."""
    match unwrapped(known):
        case ArrayType() as array:
            return union_of((*array.static, array.dynamic))
        case ObjectType() as thing:
            values = thing.by_key.values()
            return union_of(values if thing.dynamic is None else [*values, thing.dynamic[1]])
        case SetType() as members:
            return members.of
        case UnionType() as options:
            return union_of(map(values_of, options.of)) if options.of else ANY
    return None


def is_unknown(known: Known | None) -> bool:
    """Whether the type, or a part of it, is not known. The empty set is one of these."""
    if known is None:
        return True
    if isinstance(known, ScalarType | UnionType):
        return False
    match known:
        case Signature():
            return any(map(is_unknown, known.args)) or is_unknown(known.result)
        case ArrayType():
            if known.dynamic is not None and is_unknown(known.dynamic):
                return True
            return any(map(is_unknown, known.static))
        case ObjectType():
            if known.dynamic is not None and any(map(is_unknown, known.dynamic)):
                return True
            return any(map(is_unknown, known.by_key.values()))
        case SetType():
            return is_unknown(known.of)
    return False


def is_empty_collection(known: Known | None) -> bool:
    """Whether values of this type have no members at all."""
    match unwrapped(known):
        case ObjectType(static=(), dynamic=None) | ArrayType(static=(), dynamic=None):
            return True
        case SetType(of=None):
            return True
    return False


def is_composite(value: Value) -> bool:
    return type(value) is list or isinstance(value, RegoSet) or is_object(value)
