"""Union, intersection and difference."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.operands import rego_set, wrong_element
from policyengine.rego.runtime.builtins.registry import builtin
from policyengine.rego.runtime.values import EMPTY_SET, Key, RegoSet, Value


def _common(a: RegoSet, b: RegoSet) -> RegoSet:
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    return RegoSet({key: item for key, item in small.members.items() if key in large.members})


def _sets(value: Value) -> list[RegoSet]:
    found: list[RegoSet] = []
    for item in rego_set(value, 1):
        if not isinstance(item, RegoSet):
            raise wrong_element(1, value, item, "set")
        found.append(item)
    return found


@builtin("and", "set[any], set[any] -> set[any]")
def both(a: Value, b: Value) -> Value:
    return _common(rego_set(a, 1), rego_set(b, 2))


@builtin("or", "set[any], set[any] -> set[any]")
def either(a: Value, b: Value) -> Value:
    # Of equal members that of the first holds: 1 and not 1.0.
    members = dict(rego_set(a, 1).members)
    for key, item in rego_set(b, 2).members.items():
        members.setdefault(key, item)
    return RegoSet(members)


@builtin("set_diff", "set[any], set[any] -> set[any]", deprecated=True)
def difference(a: Value, b: Value) -> Value:
    without = rego_set(b, 2).members
    members = rego_set(a, 1).members
    return RegoSet({key: item for key, item in members.items() if key not in without})


@builtin("intersection", "set[set[any]] -> set[any]")
def intersection(sets: Value) -> Value:
    found: RegoSet | None = None
    for item in _sets(sets):
        found = item if found is None else _common(found, item)
    return EMPTY_SET if found is None else found


@builtin("union", "set[set[any]] -> set[any]")
def union(sets: Value) -> Value:
    members: dict[Key, Value] = {}
    for item in _sets(sets):
        for key, member in item.members.items():
            members.setdefault(key, member)
    return RegoSet(members)
