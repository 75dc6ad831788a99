"""What stands for a function under ``with``, where that is a builtin."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.values import Value


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
