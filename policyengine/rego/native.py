"""This package's own evaluator behind the engines' interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from policyengine import __version__
from policyengine.errors import EngineFailed, EvaluationError
from policyengine.rego.answers import RuleValue
from policyengine.rego.cache import PolicyCache
from policyengine.rego.engine import (
    DEFAULT_EVALUATION_LIMITS,
    EvaluationLimits,
    InputPath,
    RuleQuery,
    RuleResult,
)
from policyengine.rego.policy import Policy
from policyengine.rego.runtime.values import UNDEFINED

if TYPE_CHECKING:
    from policyengine.rego.syntax.ast import RegoVersion

_Paths: TypeAlias = Mapping[tuple[str, int, str], tuple[tuple[InputPath, ...], ...]]


class NativeEngine:
    """Rego compiled to Python and evaluated in this process.

    ``cache``: what is compiled is kept in the user's folder for it, and read from there.
    """

    def __init__(self, *, cache: bool = False) -> None:
        self._cache = PolicyCache() if cache else None

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
        strict_builtin_errors: bool = True,
    ) -> NativePolicy:
        """Compile the modules. Raises RegoCompileError."""
        return NativePolicy(
            Policy.compile(modules, data=data, file_rego_versions=rego_versions, cache=self._cache),
            limits,
            strict_builtin_errors=strict_builtin_errors,
        )


class NativePolicy:
    """A compiled policy."""

    def __init__(
        self, policy: Policy, limits: EvaluationLimits, *, strict_builtin_errors: bool = True
    ) -> None:
        self._policy = policy
        self._strict = strict_builtin_errors
        self._limits = limits.of_evaluation()

    def close(self) -> None:
        """There is nothing to release."""

    def evaluate(
        self, document: bytes, queries: Sequence[RuleQuery], *, now_ns: int
    ) -> tuple[RuleResult, ...]:
        """Evaluate each definition by itself."""
        names: dict[tuple[str, ...], set[str]] = {}
        for query in queries:
            names.setdefault(query.package, set()).add(query.name)
        given = _input(document)
        values = self._policy.evaluate_packages(
            names,
            input=given,
            now_ns=now_ns,
            strict_builtin_errors=self._strict,
            limits=self._limits,
        )
        found = {_place(value): value for value in values}
        paths = self._paths(
            [found[place] for query in queries if (place := _place(query)) in found], given, now_ns
        )
        return tuple(_result(query, found, paths) for query in queries)

    def _paths(self, values: Sequence[RuleValue], given: Any, now_ns: int) -> _Paths:
        """The paths behind what asks for them: results of rules that gave any, and name none."""
        asking = [value for value in values if _asks_for_paths(value.value)]
        if not asking:
            return {}
        try:
            explained = self._policy.explain(
                asking,
                input=given,
                now_ns=now_ns,
                strict_builtin_errors=self._strict,
                limits=self._limits,
            )
        except EvaluationError:
            # The results stand as they are; what led to them takes too much to tell.
            return {}
        return {_place(item.rule): item.paths for item in explained}


def _input(document: bytes) -> Any:
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise EngineFailed("the input is no JSON that can be read", found=str(error)) from None


def _place(rule: RuleValue | RuleQuery) -> tuple[str, int, str]:
    return rule.file, rule.row, rule.name


def _asks_for_paths(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return any(
        isinstance(item, str) or (isinstance(item, dict) and item.get("paths") is None)
        for item in items
    )


def _result(
    query: RuleQuery, found: Mapping[tuple[str, int, str], RuleValue], paths: _Paths
) -> RuleResult:
    value = found.get(_place(query))
    if value is None:
        raise EngineFailed(
            "the engine knows no such rule definition",
            where=f"{query.file}:{query.row}",
            found="nothing",
            expected=query.name,
        )
    defined = value.value is not UNDEFINED
    return RuleResult(
        query=query,
        defined=defined,
        value=value.value if defined else None,
        paths=paths.get(_place(query)),
    )
