"""What would reach outside of an evaluation, and what an evaluation tells of itself."""

from __future__ import annotations

from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import builtin, unavailable
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.values import Value

unavailable(
    "http.send",
    "object[string: any] -> object[any: any]",
    "it asks the network, and the same question would not get the same answer",
)


@builtin(
    "opa.runtime",
    "-> object[string: any]",
    nondeterministic=True,
    unavailable="environment, configuration and host differ from machine to machine, and the same"
    " question would not get the same answer",
)
def runtime() -> Value:
    """Nothing, as where OPA is a library; for a ``with`` that puts it in another's place."""
    return {}


@builtin("trace", "string -> boolean", context=True)
def trace(session: Session, note: Value) -> Value:
    text = string(note, 1)
    if session.trace_to is not None:
        session.trace_to(text)
    return True
