"""Calls of the builtins that policies use most, as expressions of Python where the types allow it.

What is no string, or no list, goes to the builtin itself, which knows OPA's answer and its errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policyengine.rego.compiler import core

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter

_ON_STRINGS: Final = {
    "startswith": "{0}.startswith({1})",
    "endswith": "{0}.endswith({1})",
    "contains": "{1} in {0}",
    "trim_prefix": "{0}.removeprefix({1})",
    "trim_suffix": "{0}.removesuffix({1})",
}
_TEXT: Final = "type({0}) is str and len({0}) < LONG"
_INTEGER: Final = "type({0}) is int and -WIDE < {0} < WIDE"
_VERB: Final = re.compile("%(.)", re.DOTALL)


def inline_call(
    writer: BodyWriter, name: str, operands: tuple[core.Operand, ...], args: list[str], slow: str
) -> str:
    """The expression for a call; ``slow`` calls the builtin."""
    on_strings = _ON_STRINGS.get(name)
    if on_strings is not None:
        a, b = (writer.named(arg) for arg in args)
        return f"{on_strings.format(a, b)} if type({a}) is type({b}) is str else {slow}"
    if name == "split":
        a, b = (writer.named(arg) for arg in args)
        texts = f"type({a}) is type({b}) is str and {b} and len({a}) < LONG"
        return f"{a}.split({b}) if {texts} else {slow}"
    if name == "count":
        whole = writer.named(args[0])
        return f"len({whole}) if type({whole}) is list else {slow}"
    if name == "sprintf" and isinstance(operands[1], core.ArrayOf):
        return _formatted(writer, operands[0], operands[1], slow)
    return slow


def _formatted(writer: BodyWriter, template: core.Operand, values: core.ArrayOf, slow: str) -> str:
    """A template with no verb but ``%s`` and ``%v`` for short strings and ``%d`` for integers."""
    if not isinstance(template, core.Const) or type(template.value) is not str:
        return slow
    verbs = _VERB.findall(template.value)
    wanted = [verb for verb in verbs if verb != "%"]
    if len(wanted) != len(values.items) or not wanted or not set(wanted) <= {"s", "v", "d"}:
        return slow
    if "%" in _VERB.sub("", template.value):
        return slow
    python = _VERB.sub(lambda found: {"%": "%%", "d": "%d"}.get(found[1], "%s"), template.value)
    names = [writer.named(writer.operand(item)) for item in values.items]
    known = writer.parts.constants.constant(python)
    made = f"{known} % ({', '.join(names)},)"
    conditions = [
        _INTEGER.format(name) if verb == "d" else _TEXT.format(name)
        for verb, name in zip(wanted, names, strict=True)
        if verb == "d" or not _is_text(writer, name)
    ]
    return f"{made} if {' and '.join(conditions)} else {slow}" if conditions else made


def _is_text(writer: BodyWriter, name: str) -> bool:
    """Whether the name is that of a string that the policy wrote."""
    return type(writer.parts.constants.names.get(name)) is str
