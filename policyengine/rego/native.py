"""This package's own evaluator behind the engines' interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from policyengine import __version__
from policyengine.errors import EngineFailed
from policyengine.rego.engine import (
    DEFAULT_EVALUATION_LIMITS,
    EvaluationLimits,
    RuleQuery,
    RuleResult,
)
from policyengine.rego.policy import Policy, RuleValue
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.values import UNDEFINED
from policyengine.rego.syntax.ast import RegoVersion


class NativeEngine:
    """Rego compiled to Python and evaluated in this process."""

    @property
    def name(self) -> str:
        """Name and version."""
        return f"native {__version__}"

    def prepare(
        self,
        modules: Mapping[str, str],
        data: Mapping[str, Any],
        *,
        limits: EvaluationLimits = DEFAULT_EVALUATION_LIMITS,
        rego_versions: Mapping[str, RegoVersion] | None = None,
    ) -> NativePolicy:
        """Compile the modules. Raises RegoCompileError."""
        return NativePolicy(
            Policy.compile(modules, data=data, file_rego_versions=rego_versions), limits
        )


class NativePolicy:
    """A compiled policy."""

    def __init__(self, policy: Policy, limits: EvaluationLimits) -> None:
        self._policy = policy
        self._limits = Limits(
            seconds=limits.seconds,
            memory=limits.memory,
            steps=limits.steps,
            depth=limits.depth,
            size=limits.size,
        )

    def close(self) -> None:
        """There is nothing to release."""

    def evaluate(
        self, document: bytes, queries: Sequence[RuleQuery], *, now_ns: int
    ) -> tuple[RuleResult, ...]:
        """Evaluate each definition by itself. A builtin error is an error, not undefined."""
        names: dict[tuple[str, ...], set[str]] = {}
        for query in queries:
            names.setdefault(query.package, set()).add(query.name)
        values = self._policy.evaluate_packages(
            names,
            input=_input(document),
            now_ns=now_ns,
            strict_builtin_errors=True,
            limits=self._limits,
        )
        found = {(value.file, value.row, value.name): value for value in values}
        return tuple(_result(query, found) for query in queries)


def _input(document: bytes) -> Any:
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise EngineFailed("the input is no JSON that can be read", found=str(error)) from None


def _result(query: RuleQuery, found: Mapping[tuple[str, int, str], RuleValue]) -> RuleResult:
    value = found.get((query.file, query.row, query.name))
    if value is None:
        raise EngineFailed(
            "the engine knows no such rule definition",
            where=f"{query.file}:{query.row}",
            found="nothing",
            expected=query.name,
        )
    defined = value.value is not UNDEFINED
    return RuleResult(query=query, defined=defined, value=value.value if defined else None)
