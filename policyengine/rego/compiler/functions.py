"""Functions by name, and what stands for one under ``with``."""

from __future__ import annotations

from policyengine.rego.compiler import core
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.values import Value


def function_key(function: core.Function) -> str:
    """What names a function in the table of those that ``with`` replaced."""
    if isinstance(function, core.BuiltinFunction):
        return function.name
    return "data." + ".".join(function.path)


class BuiltinMock:
    """A builtin that stands for another function."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, context: object, *args: Value) -> Value:
        builtin = BUILTINS[self.name]
        if builtin.context:
            return builtin.call(context.session, *args)  # type: ignore[attr-defined] # a Context
        return builtin.call(*args)

    def __reduce__(self) -> tuple[object, ...]:
        return (BuiltinMock, (self.name,))
