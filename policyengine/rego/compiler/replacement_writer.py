"""``with`` as Python: another context, in which what it replaces is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policyengine.rego.compiler import core
from policyengine.rego.compiler.builtin_mock import BuiltinMock
from policyengine.rego.compiler.functions import function_key

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter


def write_replacements(writer: BodyWriter, replacements: tuple[core.Replacement, ...]) -> str:
    """Write what makes the context, and return its name."""
    constants = writer.parts.constants
    entries: list[str] = []
    for item in replacements:
        if isinstance(item.target, str):
            path = constants.thing("p", item.path)
            entries.append(f"({item.target!r}, {path}, {_value(writer, item)})")
        else:
            key = constants.constant(function_key(item.target))
            entries.append(f"('function', {key}, {_mock(writer, item)})")
    made = writer.names.fresh("c")
    writer.emitter.emit(f"{made} = {writer.context}.replacing(({', '.join(entries)},))")
    return made


def _value(writer: BodyWriter, item: core.Replacement) -> str:
    if isinstance(item.value, core.BuiltinFunction | core.RuleFunction):
        return "None"
    return writer.operand(item.value)


def _mock(writer: BodyWriter, item: core.Replacement) -> str:
    match item.value:
        case core.BuiltinFunction(name=name):
            return writer.parts.constants.thing("b", BuiltinMock(name))
        case core.RuleFunction(path=path):
            node = writer.parts.find(path)
            return "None" if node is None else node.function
        case _:
            return f"value_mock({writer.operand(item.value)})"
