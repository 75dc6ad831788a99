"""Counting, adding up, extremes and sorting."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Final

from policyengine.rego.runtime import numbers
from policyengine.rego.runtime.builtins.operands import collection, wrong_element, wrong_type
from policyengine.rego.runtime.builtins.registry import builtin
from policyengine.rego.runtime.numbers import AnyNumber
from policyengine.rego.runtime.values import (
    UNDEFINED,
    RegoSet,
    Value,
    compare,
    is_number,
    is_object,
    sort_values,
)

# Characters of all texts together.
_LONG: Final = 10_000_000


@builtin("count", "string | array[any] | object[any: any] | set[any] -> number")
def count(value: Value) -> Value:
    if type(value) in {list, str} or isinstance(value, RegoSet) or is_object(value):
        return len(value)
    raise wrong_type(1, value, "array", "object", "set", "string")


def _numbers(value: Value) -> list[AnyNumber]:
    found = collection(value, 1)
    for item in found:
        if not is_number(item):
            raise wrong_element(1, value, item, "number")
    return found


@builtin("sum", "array[number] | set[number] -> number")
def total_of(value: Value) -> Value:
    return numbers.total(_numbers(value))


@builtin("product", "array[number] | set[number] -> number")
def product_of(value: Value) -> Value:
    return numbers.product(_numbers(value))


@builtin("max", "array[any] | set[any] -> any")
def largest(value: Value) -> Value:
    found = UNDEFINED
    for item in collection(value, 1):
        if found is UNDEFINED or compare(item, found) >= 0:
            found = item
    return found


@builtin("min", "array[any] | set[any] -> any")
def smallest(value: Value) -> Value:
    found = UNDEFINED
    for item in collection(value, 1):
        if found is UNDEFINED or compare(item, found) <= 0:
            found = item
    return found


@builtin("sort", "array[any] | set[any] -> array[any]")
def in_order(value: Value) -> Value:
    if isinstance(value, RegoSet):
        return value.ordered()
    items = collection(value, 1)
    if set(map(type, items)) == {str} and sum(map(len, items)) > _LONG:
        # To compare long texts takes time, and Python's own sorting cannot be interrupted.
        return sorted(items, key=cmp_to_key(compare))
    return sort_values(items)


@builtin("all", "array[any] | set[any] -> boolean", deprecated=True)
def all_true(value: Value) -> Value:
    return all(item is True for item in collection(value, 1))


@builtin("any", "array[any] | set[any] -> boolean", deprecated=True)
def any_true(value: Value) -> Value:
    return any(item is True for item in collection(value, 1))
