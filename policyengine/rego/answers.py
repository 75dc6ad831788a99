"""What policies answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policyengine.rego.runtime.explain import InputPath
from policyengine.rego.runtime.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleValue:
    """What one definition of a rule gives: a JSON value, a set as its sorted list.

    ``file`` and ``row`` are the place of the definition. ``value`` is UNDEFINED where the
    definition gives nothing; a partial set or object that gives nothing is empty.
    """

    file: str
    row: int
    name: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedValue:
    """Which paths of the input led to what one definition gave.

    ``paths`` has an entry for each item of a value that is a list, else one for the value.
    """

    rule: RuleValue
    paths: tuple[tuple[InputPath, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """One solution of a query: JSON values by variable, and of each expression."""

    bindings: dict[str, Any]
    expressions: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """One solution of a query, in Rego's own values."""

    bindings: dict[str, Value]
    expressions: list[Value]
