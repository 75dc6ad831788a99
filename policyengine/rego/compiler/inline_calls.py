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
_VERB: Final = re.compile("%(.)", re.DOTALL)


def inline_call(
    writer: BodyWriter, name: str, operands: tuple[core.Operand, ...], args: list[str], slow: str
) -> str:
    """The expression for a call; ``slow`` calls the builtin."""
    on_strings = _ON_STRINGS.get(name)
    if on_strings is not None:
        a, b = (writer.named(arg) for arg in args)
        return f"{on_strings.format(a, b)} if type({a}) is type({b}) is str else {slow}"
    if name == "count":
        whole = writer.named(args[0])
        return f"len({whole}) if type({whole}) is list else {slow}"
    if name == "sprintf" and isinstance(operands[1], core.ArrayOf):
        return _formatted(writer, operands[0], operands[1], slow)
    return slow


def _formatted(writer: BodyWriter, template: core.Operand, values: core.ArrayOf, slow: str) -> str:
    """A template with no verb but ``%s`` and ``%v``, each for a string of ordinary length."""
    if not isinstance(template, core.Const) or type(template.value) is not str:
        return slow
    verbs = _VERB.findall(template.value)
    wanted = [verb for verb in verbs if verb != "%"]
    if len(wanted) != len(values.items) or not wanted or not set(wanted) <= {"s", "v"}:
        return slow
    if "%" in _VERB.sub("", template.value):
        return slow
    python = _VERB.sub(lambda found: "%%" if found[1] == "%" else "%s", template.value)
    names = [writer.named(writer.operand(item)) for item in values.items]
    texts = [name for name in names if not _is_text(writer, name)]
    known = writer.parts.constants.constant(python)
    made = f"{known} % ({', '.join(names)},)"
    if not texts:
        return made
    conditions = " and ".join(f"type({name}) is str and len({name}) < LONG" for name in texts)
    return f"{made} if {conditions} else {slow}"


def _is_text(writer: BodyWriter, name: str) -> bool:
    """Whether the name is that of a string that the policy wrote."""
    return type(writer.parts.constants.names.get(name)) is str
