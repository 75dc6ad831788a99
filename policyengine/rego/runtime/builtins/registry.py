"""How builtin functions are declared and found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from policyengine.rego.runtime.types import Signature, parse_signature

_Function = TypeVar("_Function", bound=Callable[..., Any])


class BuiltinError(Exception):
    """A builtin that cannot answer: OPA's ``eval_builtin_error``. The message is without name."""

    code = "eval_builtin_error"


class OperandError(BuiltinError):
    """An operand of the wrong type: OPA's ``eval_type_error``."""

    code = "eval_type_error"


class Halt(Exception):
    """A failure that ends the evaluation, strict or not."""

    def __init__(self, message: str, *, code: str = "eval_builtin_error") -> None:
        super().__init__(message)
        self.code = code


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
