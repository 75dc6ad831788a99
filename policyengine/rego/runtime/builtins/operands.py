"""Checks of operands, with OPA's messages."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.registry import OperandError
from policyengine.rego.runtime.numbers import AnyNumber, to_int64, to_integer
from policyengine.rego.runtime.values import (
    RegoObject,
    RegoSet,
    Value,
    is_number,
    is_object,
    type_name,
)


def wrong_type(position: int, value: Value, *expected: str) -> OperandError:
    """The error for an operand, counted from 1, that is of none of the ``expected`` types."""
    wanted = expected[0] if len(expected) == 1 else "one of {" + ", ".join(expected) + "}"
    return OperandError(f"operand {position} must be {wanted} but got {type_name(value)}")


def wrong_element(position: int, value: Value, element: Value, *expected: str) -> OperandError:
    """The error for a collection with an element of none of the ``expected`` types."""
    kind = type_name(value)
    wanted = (
        f"{kind} of {expected[0]}s"
        if len(expected) == 1
        else f"{kind} of (any of) {{{', '.join(expected)}}}"
    )
    return OperandError(
        f"operand {position} must be {wanted} but got {kind} containing {type_name(element)}"
    )


def number(value: Value, position: int) -> AnyNumber:
    if not is_number(value):
        raise wrong_type(position, value, "number")
    return value  # type: ignore[no-any-return] # checked above


def integer(value: Value, position: int) -> int:
    """A number that is written as an integer of 64 bits, or as one with zeros behind the point."""
    exact = to_int64(number(value, position))
    if exact is None:
        raise OperandError(
            f"operand {position} must be integer number but got floating-point number"
        )
    return exact


def big_integer(value: Value, position: int) -> int:
    """Any number without a fraction; ``2.0`` is 2."""
    if not is_number(value):
        raise wrong_type(position, value, "integer")
    exact = to_integer(value)
    if exact is None:
        raise OperandError(
            f"operand {position} must be integer number but got floating-point number"
        )
    return exact


def string(value: Value, position: int) -> str:
    if type(value) is not str:
        raise wrong_type(position, value, "string")
    return value


def boolean(value: Value, position: int) -> bool:
    if type(value) is not bool:
        raise wrong_type(position, value, "boolean")
    return value


def array(value: Value, position: int) -> list[Value]:
    if type(value) is not list:
        raise wrong_type(position, value, "array")
    return value


def rego_set(value: Value, position: int) -> RegoSet:
    if not isinstance(value, RegoSet):
        raise wrong_type(position, value, "set")
    return value


def rego_object(value: Value, position: int) -> dict[str, Value] | RegoObject:
    if not is_object(value):
        raise wrong_type(position, value, "object")
    return value  # type: ignore[no-any-return] # checked above


def collection(value: Value, position: int) -> list[Value]:
    """The elements of an array, or of a set in order."""
    if type(value) is list:
        return value
    if isinstance(value, RegoSet):
        return value.ordered()
    raise wrong_type(position, value, "array", "set")


def strings(value: Value, position: int) -> list[str]:
    """The elements of an array or a set, all of them strings."""
    items = collection(value, position)
    for item in items:
        if type(item) is not str:
            raise wrong_element(position, value, item, "string")
    return items
