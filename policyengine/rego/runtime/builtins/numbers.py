"""Arithmetic, rounding and ranges."""

from __future__ import annotations

from collections.abc import Callable

from policyengine.rego.runtime import numbers
from policyengine.rego.runtime.builtins.operands import big_integer, number, wrong_type
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.numbers import AnyNumber, ArithmeticFault
from policyengine.rego.runtime.values import RegoSet, Value, is_number


def _two_numbers(
    operation: Callable[[AnyNumber, AnyNumber], AnyNumber], a: Value, b: Value
) -> Value:
    try:
        return operation(number(a, 1), number(b, 2))
    except ArithmeticFault as fault:
        raise BuiltinError(str(fault)) from None


@builtin("plus", "number, number -> number")
def plus(a: Value, b: Value) -> Value:
    return _two_numbers(numbers.plus, a, b)


@builtin("minus", "number | set[any], number | set[any] -> number | set[any]")
def minus(a: Value, b: Value) -> Value:
    if is_number(a) and is_number(b):
        return numbers.minus(a, b)
    if isinstance(a, RegoSet) and isinstance(b, RegoSet):
        return RegoSet({k: v for k, v in a.members.items() if k not in b.members})
    if not is_number(a) and not isinstance(a, RegoSet):
        raise wrong_type(1, a, "number", "set")
    raise wrong_type(2, b, "set" if is_number(b) else "number")


@builtin("mul", "number, number -> number")
def multiply(a: Value, b: Value) -> Value:
    return _two_numbers(numbers.multiply, a, b)


@builtin("div", "number, number -> number")
def divide(a: Value, b: Value) -> Value:
    return _two_numbers(numbers.divide, a, b)


@builtin("rem", "number, number -> number")
def remainder(a: Value, b: Value) -> Value:
    return _two_numbers(numbers.remainder, a, b)


@builtin("abs", "number -> number")
def absolute(a: Value) -> Value:
    return numbers.absolute(number(a, 1))


@builtin("round", "number -> number")
def round_half_away(a: Value) -> Value:
    return numbers.round_half_away(number(a, 1))


@builtin("ceil", "number -> number")
def ceiling(a: Value) -> Value:
    return numbers.ceiling(number(a, 1))


@builtin("floor", "number -> number")
def floor(a: Value) -> Value:
    return numbers.floor(number(a, 1))


@builtin("numbers.range", "number, number -> array[number]", context=True)
def number_range(session: Session, start: Value, end: Value) -> Value:
    return _range(session, big_integer(start, 1), big_integer(end, 2), 1)


@builtin("numbers.range_step", "number, number, number -> array[number]", context=True)
def number_range_step(session: Session, start: Value, end: Value, step: Value) -> Value:
    first, last, by = big_integer(start, 1), big_integer(end, 2), big_integer(step, 3)
    if by <= 0:
        raise BuiltinError("numbers.range_step: step must be a positive integer")
    return _range(session, first, last, by)


def _range(session: Session, start: int, end: int, step: int) -> list[Value]:
    session.budget.size(abs(end - start) // step + 1)
    return list(range(start, end + 1, step) if start <= end else range(start, end - 1, -step))
