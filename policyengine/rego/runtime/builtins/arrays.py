"""Arrays: put together, cut, turned around."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.operands import array, integer
from policyengine.rego.runtime.builtins.registry import builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.values import Value


@builtin("array.concat", "array[any], array[any] -> array[any]", context=True)
def concatenate(session: Session, a: Value, b: Value) -> Value:
    first, second = array(a, 1), array(b, 2)
    session.budget.size(len(first) + len(second))
    return first + second


@builtin("array.flatten", "array[any] -> array[any]", context=True)
def flatten(session: Session, value: Value) -> Value:
    items = array(value, 1)
    session.budget.size(sum(len(item) if type(item) is list else 1 for item in items))
    flat: list[Value] = []
    for item in items:
        if type(item) is list:
            flat += item
        else:
            flat.append(item)
    return flat


@builtin("array.reverse", "array[any] -> array[any]")
def reverse(value: Value) -> Value:
    return array(value, 1)[::-1]


@builtin("array.slice", "array[any], number, number -> array[any]")
def cut(value: Value, start: Value, stop: Value) -> Value:
    items = array(value, 1)
    first = max(integer(start, 2), 0)
    last = min(integer(stop, 3), len(items))
    return items[first:last] if first < last else []
