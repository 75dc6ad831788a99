"""How builtin functions are declared and found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from policyengine.rego.runtime.builtins.failures import BuiltinError, Halt, OperandError
from policyengine.rego.runtime.types import Signature, parse_signature

__all__ = ["REGISTRY", "Builtin", "BuiltinError", "Halt", "OperandError", "builtin", "unavailable"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Builtin:
    """One builtin: ``call`` takes the values, after the session where ``context`` says so."""

    name: str
    signature: Signature
    call: Callable[..., Any]
    context: bool
    relation: bool
    deprecated: bool
    nondeterministic: bool
    unavailable: str | None


REGISTRY: Final[dict[str, Builtin]] = {}


def builtin(
    name: str,
    signature: str,
    *,
    context: bool = False,
    relation: bool = False,
    deprecated: bool = False,
    nondeterministic: bool = False,
    unavailable: str | None = None,
) -> Callable[[_Function], _Function]:
    """Register the decorated function as the builtin ``name``."""

    def register(function: _Function) -> _Function:
        if name in REGISTRY:
            raise ValueError(f"builtin {name} is declared twice")
        REGISTRY[name] = Builtin(
            name=name,
            signature=parse_signature(signature),
            call=function,
            context=context,
            relation=relation,
            deprecated=deprecated,
            nondeterministic=nondeterministic,
            unavailable=unavailable,
        )
        return function

    return register


def unavailable(name: str, signature: str, reason: str) -> None:
    """Declare a builtin that reaches outside of an evaluation; using it is a compile error."""

    def refuse(*_: object) -> Any:
        raise Halt(f"{name}: {reason}")

    builtin(name, signature, unavailable=reason, nondeterministic=True)(refuse)
