"""Objects: looking up, taking out, putting together."""

from __future__ import annotations

from policyengine.rego.runtime.access import get
from policyengine.rego.runtime.builtins.operands import (
    array,
    rego_object,
    wrong_element,
    wrong_type,
)
from policyengine.rego.runtime.builtins.registry import OperandError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.values import (
    UNDEFINED,
    Key,
    RegoSet,
    Value,
    equal,
    is_object,
    key_of,
    make_object,
    object_get,
    object_items,
)


@builtin("object.get", "object[any: any], any, any -> any")
def get_or(value: Value, key: Value, default: Value) -> Value:
    """The value at a key, or along an array of keys."""
    found: Value = rego_object(value, 1)
    if type(key) is not list:
        found = object_get(found, key)
        return default if found is UNDEFINED else found
    for step in key:
        found = get(found, step)
        if found is UNDEFINED:
            return default
    return found


@builtin("object.keys", "object[any: any] -> set[any]")
def keys(value: Value) -> Value:
    return RegoSet.of(key for key, _ in object_items(rego_object(value, 1)))


def _keys(value: Value) -> set[Key]:
    if type(value) is list:
        return {key_of(item) for item in value}
    if isinstance(value, RegoSet):
        return set(value.members)
    if is_object(value):
        return {key_of(key) for key, _ in object_items(value)}
    raise wrong_type(2, value, "object", "set", "array")


@builtin(
    "object.remove",
    "object[any: any], array[any] | object[any: any] | set[any] -> object[any: any]",
)
def remove(value: Value, without: Value) -> Value:
    pairs = object_items(rego_object(value, 1))
    removed = _keys(without)
    return make_object([pair for pair in pairs if key_of(pair[0]) not in removed])


@builtin(
    "object.filter",
    "object[any: any], array[any] | object[any: any] | set[any] -> object[any: any]",
)
def keep(value: Value, wanted: Value) -> Value:
    pairs = object_items(rego_object(value, 1))
    kept = _keys(wanted)
    return make_object([pair for pair in pairs if key_of(pair[0]) in kept])


def _united(a: Value, b: Value) -> Value:
    if type(a) is dict and type(b) is dict:
        united = dict(a)
        for key, item in b.items():
            below = united.get(key)
            united[key] = _united(below, item) if is_object(below) and is_object(item) else item
        return united
    pairs = {key_of(key): (key, item) for key, item in object_items(a)}
    for key, item in object_items(b):
        place = key_of(key)
        # A key stays as the first has it: 1 and not 1.0.
        known, below = pairs.get(place, (key, UNDEFINED))
        pairs[place] = (
            known,
            _united(below, item) if is_object(below) and is_object(item) else item,
        )
    return make_object(pairs.values())


@builtin("object.union", "object[any: any], object[any: any] -> object[any: any]")
def unite(a: Value, b: Value) -> Value:
    return _united(rego_object(a, 1), rego_object(b, 2))


@builtin("object.union_n", "array[object[any: any]] -> object[any: any]", context=True)
def unite_all(session: Session, objects: Value) -> Value:
    united: Value = {}
    for item in array(objects, 1):
        if not is_object(item):
            raise wrong_element(1, objects, item, "object")
        session.budget.size(len(united) + len(item))
        united = _united(united, item)
    return united


@builtin(
    "object.subset",
    "array[any] | object[any: any] | set[any], array[any] | object[any: any] | set[any] -> boolean",
)
def is_subset(whole: Value, part: Value) -> Value:
    found = _is_subset(whole, part)
    if found is None and type(whole) is list and isinstance(part, RegoSet):
        return part.members.keys() <= {key_of(item) for item in whole} and bool(whole)
    if found is None:
        raise OperandError("both arguments object.subset must be of the same type or array and set")
    return found


def _is_subset(whole: Value, part: Value) -> bool | None:
    """None for values that are not both objects, sets or arrays."""
    if is_object(whole) and is_object(part):
        for key, item in object_items(part):
            other = object_get(whole, key)
            if other is UNDEFINED or not (equal(other, item) or _is_subset(other, item)):
                return False
        return True
    if isinstance(whole, RegoSet) and isinstance(part, RegoSet):
        return part.members.keys() <= whole.members.keys()
    if type(whole) is list and type(part) is list:
        size = len(part)
        wanted = [key_of(item) for item in part]
        there = [key_of(item) for item in whole]
        return any(there[i : i + size] == wanted for i in range(len(there) - size + 1))
    return None
