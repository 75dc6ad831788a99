"""Operators that Python does itself where it knows the types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policyengine.rego.compiler import core
from policyengine.rego.runtime.numbers import Number
from policyengine.rego.runtime.values import RegoSet, Value

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter

_ORDERED: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_ARITHMETIC: Final = {"plus": "+", "minus": "-", "mul": "*"}


def equality(name: str, constant: core.Const, writer: BodyWriter) -> str:
    """A condition: the value of ``name`` is the constant."""
    value = constant.value
    text = writer.parts.constants.constant(value)
    if (value is None or type(value) is bool) and name.isidentifier():
        return f"{name} is {text}"
    if type(value) is str:
        return f"{name} == {text}"
    if type(value) is int and writer.kind(name) == "integer":
        return f"{name} == {text}"
    if type(value) is int and name.isidentifier():
        return f"({name} == {text} if type({name}) is int else equal({name}, {text}))"
    return f"equal({name}, {text})"


def comparison(operator: str, args: tuple[core.Operand, ...], writer: BodyWriter) -> str | None:
    """A condition for a call of a comparison or ``in``; None for any other function."""
    if operator == "internal.member_2":
        return _membership(args, writer)
    if operator not in _ORDERED and operator != "neq":
        return None
    a, b = (writer.named(writer.operand(arg)) for arg in args)
    if operator == "neq":
        if {writer.kind(a), writer.kind(b)} == {"text"}:
            return f"{a} != {b}"
        for name, arg in ((a, args[1]), (b, args[0])):
            if isinstance(arg, core.Const) and not _is_composite(arg.value):
                return f"not ({equality(name, arg, writer)})"
        return f"not equal({a}, {b})"
    sign = _ORDERED[operator]
    if writer.kind(a) == writer.kind(b) == "integer":
        return f"{a} {sign} {b}"
    for name, arg in ((a, args[1]), (b, args[0])):
        if isinstance(arg, core.Const) and type(arg.value) is int:
            return f"{a} {sign} {b} if type({name}) is int else compare({a}, {b}) {sign} 0"
        # Of ASCII and any bytes, Python's order is OPA's.
        if isinstance(arg, core.Const) and type(arg.value) is str and arg.value.isascii():
            if writer.kind(name) == "text":
                return f"{a} {sign} {b}"
            return f"{a} {sign} {b} if type({name}) is str else compare({a}, {b}) {sign} 0"
    for name, other in ((a, b), (b, a)):
        if writer.emitter.nesting and writer.is_hoisted(name):
            kind = writer.fixed_once(
                "kind", name, f"type({name}) if type({name}) in NATIVE else None"
            )
            return f"{a} {sign} {b} if type({other}) is {kind} else compare({a}, {b}) {sign} 0"
    return (
        f"{a} {sign} {b} if type({a}) is type({b}) and type({a}) in NATIVE"
        f" else compare({a}, {b}) {sign} 0"
    )


def _membership(args: tuple[core.Operand, ...], writer: BodyWriter) -> str:
    member, collection = args
    a = writer.named(writer.operand(member))
    if isinstance(collection, core.Const) and isinstance(collection.value, RegoSet | list):
        members = RegoSet.of(collection.value).members
        known = writer.parts.constants.thing("k", frozenset(members))
        if all(type(key) is str for key in members):
            return f"type({a}) is str and {a} in {known}"
        return f"key_of({a}) in {known}"
    inside = writer.operand(collection)
    if not (writer.emitter.nesting and writer.is_hoisted(inside)):
        inside = writer.named(inside)
        # A string equals nothing but a string.
        texts = "" if writer.kind(a) == "text" else f"type({a}) is str and "
        return f"{a} in {inside} if {texts}type({inside}) is list else is_member({a}, {inside})"
    keys = writer.hoisted(("members", inside), "None")
    writer.emitter.emit(f"if {keys} is None: {keys} = member_keys({inside})")
    key = a if writer.kind(a) in {"text", "integer"} else _key(a)
    return f"{key} in {keys}"


def inline_arithmetic(operator: str, args: list[str]) -> tuple[str, str] | None:
    """An expression, and the condition under which it is right: on two integers Python's own."""
    sign = _ARITHMETIC.get(operator)
    if sign is None:
        return None
    a, b = args
    # A product of small ones is small; others grow, and their size is checked.
    small = f" and -WIDE < {a} < WIDE and -WIDE < {b} < WIDE" if sign == "*" else ""
    return f"{a} {sign} {b}", f"type({a}) is type({b}) is int{small}"


def _key(name: str) -> str:
    return f"({name} if type({name}) is int or type({name}) is str else key_of({name}))"


def _is_composite(value: Value) -> bool:
    return not (value is None or isinstance(value, str | bool | int | float | Number))
