"""Loops over the elements of a collection as Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policyengine.rego.compiler import core

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter


def write_loop(writer: BodyWriter, value: str, key: core.Operand) -> str:
    """Open a loop over what ``value`` has; ``key`` has a variable that is not bound.

    Returns the name of the element: ``None`` where nothing asks for it.
    """
    emitter = writer.emitter
    whole, name = writer.names.fresh("v"), writer.names.fresh("v")
    narrowing = writer.narrowing(key)
    if isinstance(key, core.Local) and (key.variable.is_wildcard or not key.variable.name):
        if narrowing is not None:
            emitter.emit(f"{whole} = narrowed({writer.context}, {value}, {narrowing})")
        else:
            emitter.emit(f"{whole} = {value} if type({value}) is list else elements({value})")
        emitter.charge(writer.context, whole)
        emitter.loop(f"for {name} in {whole}:")
        writer.bound[key.variable] = "None"
        return name
    if narrowing is None and writer.is_key_enough(key):
        emitter.emit(f"{whole} = keys({value})")
        emitter.charge(writer.context, whole)
        emitter.loop(f"for {name} in {whole}:")
        writer.match(key, name)
        return "None"
    if narrowing is not None:
        emitter.emit(f"{whole} = narrowed_items({writer.context}, {value}, {narrowing})")
    else:
        emitter.emit(f"{whole} = items({value})")
    below = writer.names.fresh("v")
    emitter.charge(writer.context, whole)
    emitter.loop(f"for {name}, {below} in {whole}:")
    writer.match(key, name)
    return below
