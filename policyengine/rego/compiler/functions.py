"""Functions by name."""

from __future__ import annotations

from policyengine.rego.compiler import core


def function_key(function: core.Function) -> str:
    """What names a function in the table of those that ``with`` replaced."""
    if isinstance(function, core.BuiltinFunction):
        return function.name
    return "data." + ".".join(function.path)
