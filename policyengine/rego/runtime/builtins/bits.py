"""Bits of integers of any size."""

from __future__ import annotations

from typing import Final

from policyengine.rego.runtime.builtins.operands import big_integer
from policyengine.rego.runtime.builtins.registry import OperandError, builtin
from policyengine.rego.runtime.numbers import hold_bits
from policyengine.rego.runtime.values import Value

_WORD: Final = 2**64 - 1


@builtin("bits.and", "number, number -> number")
def bits_and(a: Value, b: Value) -> Value:
    return big_integer(a, 1) & big_integer(b, 2)


@builtin("bits.or", "number, number -> number")
def bits_or(a: Value, b: Value) -> Value:
    return big_integer(a, 1) | big_integer(b, 2)


@builtin("bits.xor", "number, number -> number")
def bits_xor(a: Value, b: Value) -> Value:
    return big_integer(a, 1) ^ big_integer(b, 2)


@builtin("bits.negate", "number -> number")
def bits_negate(a: Value) -> Value:
    return ~big_integer(a, 1)


@builtin("bits.lsh", "number, number -> number")
def shift_left(a: Value, places: Value) -> Value:
    value, by = big_integer(a, 1), _places(places)
    if value == 0:
        return 0
    hold_bits(by + value.bit_length())
    return value << by


@builtin("bits.rsh", "number, number -> number")
def shift_right(a: Value, places: Value) -> Value:
    return big_integer(a, 1) >> _places(places)


def _places(value: Value) -> int:
    places = big_integer(value, 2)
    if places < 0:
        raise OperandError(
            "operand 2 must be an unsigned integer number but got a negative integer"
        )
    # Of a count that is too big for a machine's word OPA takes the lowest 64 bits.
    return places & _WORD
