"""Calls of builtins and of the policy's own functions as Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policyengine.rego.compiler import core
from policyengine.rego.compiler.following import tell_value
from policyengine.rego.compiler.functions import function_key
from policyengine.rego.compiler.inline_calls import (
    builtin_call,
    inline_call,
    inline_test,
    kind_of_call,
)
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.makes import next_round, open_loop
from policyengine.rego.compiler.operators import comparison
from policyengine.rego.runtime.builtins.families import BUILTINS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policyengine.rego.compiler.body_writer import BodyWriter
    from policyengine.rego.syntax.source import Location


def write_call(writer: BodyWriter, call: core.Call, location: Location) -> None:
    """Write a call, which binds its output or has to be true."""
    function = call.function
    if isinstance(function, core.BuiltinFunction) and call.output is None:
        condition = None
        if function_key(function) not in writer.parts.mockable:
            condition = comparison(function.name, call.args, writer)
            if condition is None:
                condition = inline_test(writer, function, call.args, location)
        if condition is not None:
            writer.emitter.fail_if(f"not ({condition})")
            return
    if isinstance(function, core.BuiltinFunction):
        result = _builtin_value(writer, function, call.args, location)
    else:
        result = _function_value(writer, function, call.args)
    if call.output is not None:
        is_relation = (
            isinstance(function, core.BuiltinFunction) and BUILTINS[function.name].relation
        )
        if not is_relation:
            tell_value(writer, location, result)
        writer.match(call.output, result)
    else:
        writer.emitter.fail_if(f"{result} is False")


def write_refuted(writer: BodyWriter, statement: core.Statement) -> bool:
    """Write the negation of one call of what is known already; False where it takes more."""
    call = statement.action
    if (
        writer.parts.make is not Make.PLAIN
        or not isinstance(call, core.Call)
        or statement.negated
        or statement.replacements
        or call.output is not None
        or function_key(call.function) in writer.parts.mockable
    ):
        return False
    if isinstance(call.function, core.BuiltinFunction):
        condition = comparison(call.function.name, call.args, writer)
        if condition is None:
            condition = inline_test(writer, call.function, call.args, statement.location)
        if condition is None:
            return False
        writer.emitter.fail_if(condition)
        return True
    found = writer.names.fresh("v")
    writer.emitter.emit(f"{found} = {_function_call(writer, call.function, call.args)}")
    writer.emitter.fail_if(f"{found} is not U and {found} is not False")
    return True


def _function_value(
    writer: BodyWriter, function: core.RuleFunction, args: tuple[core.Operand, ...]
) -> str:
    result = writer.names.fresh("v")
    direct = _unless_mocked(
        writer, function, _function_call(writer, function, args), map(writer.operand, args)
    )
    writer.emitter.emit(f"{result} = {direct}")
    writer.emitter.fail_if(f"{result} is U")
    return result


def _function_call(
    writer: BodyWriter, function: core.RuleFunction, args: tuple[core.Operand, ...]
) -> str:
    writer.emitter.calls_rules = True
    node = writer.parts.find(function.path)
    target = "missing" if node is None else node.function
    return f"{target}({', '.join([writer.context, *map(writer.operand, args)])})"


def _builtin_value(
    writer: BodyWriter,
    function: core.BuiltinFunction,
    operands: tuple[core.Operand, ...],
    location: Location,
) -> str:
    args = [writer.operand(operand) for operand in operands]
    if BUILTINS[function.name].relation:
        return _relation(writer, function, args)
    result = writer.names.fresh("v")
    if function_key(function) in writer.parts.mockable:
        # What stands for it may be another builtin, which fails in its own way.
        _attempt(writer, function, args, location, result)
        return result
    inline = inline_call(writer, function, operands, args, location)
    writer.kinds[result] = kind_of_call(function.name)
    if inline is None:
        _attempt(writer, function, args, location, result)
    elif not inline.condition:
        writer.emitter.emit(f"{result} = {inline.expression}")
    else:
        writer.emitter.emit(f"if {inline.condition}: {result} = {inline.expression}")
        writer.emitter.emit(f"elif ({result} := {inline.slow}) is U: {writer.emitter.fail}")
    return result


def _attempt(
    writer: BodyWriter,
    function: core.BuiltinFunction,
    args: list[str],
    location: Location,
    result: str,
) -> None:
    """Call the builtin, or what stands for it, and give up where it fails."""
    emit, constants = writer.emitter.emit, writer.parts.constants
    target, given = builtin_call(writer, function, args)
    call = _unless_mocked(writer, function, f"{target}({', '.join(given)})", args)
    name, site = constants.constant(function.name), constants.site(location)
    emit(f"try: {result} = {call}")
    emit(f"except BuiltinError as e: {result} = failed({writer.context}, e, {name}, {site})")
    writer.emitter.fail_if(f"{result} is U")


def _relation(writer: BodyWriter, function: core.BuiltinFunction, args: list[str]) -> str:
    """A loop over all that a builtin gives."""
    target = writer.parts.constants.builtin(BUILTINS[function.name])
    result = writer.names.fresh("v")
    writer.emitter.emit(f"{writer.context}.charge(1)")
    mark = open_loop(writer)
    call = f"{target}({', '.join([f'{writer.context}.session', *args])})"
    writer.emitter.loop(f"for {result} in {call}:")
    next_round(writer, mark)
    writer.emitter.emit(f"{writer.context}.charge(1)")
    return result


def _unless_mocked(
    writer: BodyWriter, function: core.Function, direct: str, args: Iterable[str]
) -> str:
    """The call, unless ``with`` may have replaced the function: then what stands for it."""
    key = function_key(function)
    if key not in writer.parts.mockable:
        return direct
    mock = writer.names.fresh("t")
    name = writer.parts.constants.constant(key)
    writer.emitter.emit(f"{mock} = {writer.context}.mocks.get({name})")
    arguments = ", ".join([f"{writer.context}.unmocked()", *args])
    return f"({direct}) if {mock} is None else {mock}({arguments})"
