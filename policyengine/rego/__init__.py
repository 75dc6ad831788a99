"""The Rego language. Usable alone as a library: it imports nothing of this program but errors.

    from policyengine.rego import Policy, UNDEFINED

``Policy`` is imported when it is asked for: a command that only names an engine needs no compiler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policyengine.rego.answers import QueryResult, RuleValue
    from policyengine.rego.policy import Policy
    from policyengine.rego.runtime.values import UNDEFINED

__all__ = ["UNDEFINED", "Policy", "QueryResult", "RuleValue"]


def __getattr__(name: str) -> object:
    if name == "UNDEFINED":
        from policyengine.rego.runtime import values

        return values.UNDEFINED
    if name == "Policy":
        from policyengine.rego import policy

        return policy.Policy
    if name in __all__:
        from policyengine.rego import answers

        return getattr(answers, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
