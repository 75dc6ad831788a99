"""Calls of the builtins that policies use most, as expressions of Python where the types allow it.

What is no string, or no list, goes to the builtin itself, which knows OPA's answer and its errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from policyengine.rego.compiler import core
from policyengine.rego.compiler.operators import inline_arithmetic
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.plain_patterns import plain_search
from policyengine.rego.runtime.types import ScalarType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policyengine.rego.compiler.body_writer import BodyWriter
    from policyengine.rego.syntax.source import Location

Kind: TypeAlias = Literal["", "text", "texts", "integer"]
"""What is known of a value beforehand: a string, an array of strings, an ``int``, or nothing."""

_TESTS: Final = {
    "startswith": "{0}.startswith({1})",
    "endswith": "{0}.endswith({1})",
    "contains": "{1} in {0}",
}
_MATCH: Final = "regex.match"
_ON_STRINGS: Final = {
    **_TESTS,
    "trim_prefix": "{0}.removeprefix({1})",
    "trim_suffix": "{0}.removesuffix({1})",
}
_STRING: Final = ScalarType("string")
_INTEGER: Final = "type({0}) is int and -WIDE < {0} < WIDE"
# With neither sign nor leading zero, and too few digits to be anything but what is read.
_DIGITS: Final = "{0}.isdigit() and {0}.isascii() and len({0}) < 16 and {0} >= '1'"
# No string is there that is not UTF-8.
_WHOLE: Final = "str in NATIVE"
_VERB: Final = re.compile("%(.)", re.DOTALL)


def kind_of_call(name: str) -> Kind:
    """What is known of each value that a builtin gives."""
    if name == "count":
        return "integer"
    if name == "split":
        return "texts"
    return "text" if BUILTINS[name].signature.result == _STRING else ""


def inline_test(
    writer: BodyWriter,
    function: core.BuiltinFunction,
    operands: tuple[core.Operand, ...],
    location: Location,
) -> str | None:
    """A condition for a call that is true or false; None for any other function."""
    is_match = function.name == _MATCH and isinstance(operands[0], core.Const)
    if function.name not in _TESTS and not is_match:
        return None
    args = [writer.named(writer.operand(operand)) for operand in operands]
    call = inline_call(writer, function, operands, args, location)
    return None if call is None else call.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """A call as ``expression``, which is right under ``condition``; otherwise it is ``slow``.

    ``slow`` is U where the builtin fails. Without a condition ``expression`` is always right.
    """

    expression: str
    condition: str = ""
    slow: str = ""

    @property
    def text(self) -> str:
        if not self.condition:
            return self.expression
        return f"{self.expression} if {self.condition} else {self.slow}"


def builtin_call(
    writer: BodyWriter, function: core.BuiltinFunction, args: list[str]
) -> tuple[str, list[str]]:
    """The name of the builtin, and what it is called with."""
    builtin = BUILTINS[function.name]
    leading = [f"{writer.context}.session"] if builtin.context else []
    return writer.parts.constants.builtin(builtin), [*leading, *args]


def inline_call(
    writer: BodyWriter,
    function: core.BuiltinFunction,
    operands: tuple[core.Operand, ...],
    args: list[str],
    location: Location,
) -> Inline | None:
    """The expression for a call; None where the builtin has to be called."""
    written = _inlined(writer, function.name, operands, args)
    if written is None:
        return None
    expression, condition = written
    if not condition:
        return Inline(expression=expression)
    constants = writer.parts.constants
    target, given = builtin_call(writer, function, args)
    name, site = constants.constant(function.name), constants.site(location)
    slow = ", ".join([writer.context, str(site), name, target, *given])
    return Inline(expression=expression, condition=condition, slow=f"attempt({slow})")


def _inlined(
    writer: BodyWriter, name: str, operands: tuple[core.Operand, ...], args: list[str]
) -> tuple[str, str] | None:
    """An expression and the condition under which it is right."""
    on_strings = _ON_STRINGS.get(name)
    if on_strings is not None:
        args[:] = [writer.variable(arg) for arg in args]
        conditions = [_are_texts(writer, args), _is_whole(writer, args[1])]
        return on_strings.format(*args), _all(conditions)
    if name == "split":
        args[:] = [writer.variable(arg) for arg in args]
        text, delimiter = args
        conditions = [_are_texts(writer, args), f"len({text}) < LONG"]
        if not _constant_text(writer, delimiter):
            conditions.insert(1, f"{delimiter} and {_WHOLE}")
        return f"{text}.split({delimiter})", _all(conditions)
    if name == "count":
        args[:] = [writer.variable(arg) for arg in args]
        is_list = "" if writer.kind(args[0]) == "texts" else f"type({args[0]}) is list"
        return f"len({args[0]})", is_list
    if name == _MATCH and _constant_text(writer, args[0]):
        args[1] = writer.variable(args[1])
        return _matched(writer, *args)
    if name == "to_number":
        args[:] = [writer.variable(arg) for arg in args]
        conditions = [_are_texts(writer, args), _DIGITS.format(args[0])]
        return f"int({args[0]})", _all(conditions)
    if name == "sprintf" and isinstance(operands[1], core.ArrayOf):
        return _formatted(writer, operands[0], operands[1])
    return inline_arithmetic(name, args)


def _matched(writer: BodyWriter, pattern: str, text: str) -> tuple[str, str]:
    """The pattern is a string of the policy: it is read before the first text."""
    known = plain_search(_constant_text(writer, pattern))
    made = "matcher" if known is None else "searcher"
    find = writer.hoisted((made, pattern), "None")
    writer.emitter.emit(f"if {find} is None: {find} = {made}({pattern})")
    conditions = [find, _are_texts(writer, [text])]
    if known is None:
        return f"{find}({text})", _all(conditions)
    conditions += [f"len({text}) < SHORT", f"{text}.isascii()"]
    lower = ".lower()" if known[1] else ""
    return f"{find}({text}{lower}) is not None", _all(conditions)


def _all(conditions: Sequence[str]) -> str:
    """A condition: all of them hold. Empty where none has to be asked."""
    return " and ".join(filter(None, conditions))


def _are_texts(writer: BodyWriter, names: Sequence[str]) -> str:
    """A condition: all are strings. Empty where that is known."""
    unknown = [f"type({name})" for name in names if writer.kind(name) != "text"]
    return " is ".join([*unknown, "str"]) if unknown else ""


def _is_whole(writer: BodyWriter, name: str) -> str:
    """A condition: nothing cuts a character where a text is found in another."""
    return "" if _constant_text(writer, name) else _WHOLE


def _constant_text(writer: BodyWriter, name: str) -> str:
    """The string of the policy that the name stands for; empty where it is none."""
    value = writer.parts.constants.names.get(name)
    return value if type(value) is str else ""


def _formatted(
    writer: BodyWriter, template: core.Operand, values: core.ArrayOf
) -> tuple[str, str] | None:
    """A template with no verb but ``%s`` and ``%v`` for short strings and ``%d`` for integers."""
    if not isinstance(template, core.Const) or type(template.value) is not str:
        return None
    between = _VERB.split(template.value.replace("%%", "\0\0"))
    texts, verbs = between[::2], between[1::2]
    if len(verbs) != len(values.items) or not verbs or not set(verbs) <= {"s", "v", "d"}:
        return None
    if "\0" in template.value or any("%" in text for text in texts):
        return None
    constants = writer.parts.constants
    names = [writer.named(writer.operand(item)) for item in values.items]
    parts = [text and constants.constant(text.replace("\0\0", "%")) for text in texts]
    between = [part for pair in zip(parts, [*names, ""], strict=True) for part in pair if part]
    conditions = [
        _INTEGER.format(name) if verb == "d" else _is_short_text(writer, name)
        for verb, name in zip(verbs, names, strict=True)
    ]
    strings = [
        verb != "d" and not _constant_text(writer, name)
        for verb, name in zip(verbs, names, strict=True)
    ]
    if any(
        a and b and not text for a, b, text in zip(strings, strings[1:], texts[1:], strict=False)
    ):
        conditions.append(_WHOLE)
    return (
        'f"' + "".join([f"{{{part}}}" for part in between]) + '"',
        _all(conditions),
    )


def _is_short_text(writer: BodyWriter, name: str) -> str:
    if _constant_text(writer, name):
        return ""
    known = "" if writer.kind(name) == "text" else f"type({name}) is str and "
    return f"{known}len({name}) < LONG"
