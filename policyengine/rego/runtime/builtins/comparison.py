"""Comparisons. Generated code uses the operators themselves where it knows the types."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.registry import builtin
from policyengine.rego.runtime.values import Value, compare, equal


@builtin("equal", "any, any -> boolean")
def equals(a: Value, b: Value) -> Value:
    return equal(a, b)


@builtin("neq", "any, any -> boolean")
def not_equal(a: Value, b: Value) -> Value:
    return not equal(a, b)


@builtin("lt", "any, any -> boolean")
def less(a: Value, b: Value) -> Value:
    return compare(a, b) < 0


@builtin("lte", "any, any -> boolean")
def less_or_equal(a: Value, b: Value) -> Value:
    return compare(a, b) <= 0


@builtin("gt", "any, any -> boolean")
def greater(a: Value, b: Value) -> Value:
    return compare(a, b) > 0


@builtin("gte", "any, any -> boolean")
def greater_or_equal(a: Value, b: Value) -> Value:
    return compare(a, b) >= 0


@builtin("eq", "any, any -> boolean")
def unify(a: Value, b: Value) -> Value:
    return equal(a, b)


@builtin("assign", "any, any -> boolean")
def assign(a: Value, b: Value) -> Value:
    return equal(a, b)
