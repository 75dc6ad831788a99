"""The Rego language, and the engines that evaluate it. Usable alone as a library."""

from __future__ import annotations

from policyengine.rego.policy import Policy, QueryResult, RuleValue
from policyengine.rego.runtime.values import UNDEFINED

__all__ = ["UNDEFINED", "Policy", "QueryResult", "RuleValue"]
