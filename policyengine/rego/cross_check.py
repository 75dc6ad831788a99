"""Two engines on one question: an answer only where both give the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from policyengine.errors import EnginesDisagree
from policyengine.rego.engine import (
    DEFAULT_EVALUATION_LIMITS,
    Engine,
    EvaluationLimits,
    PreparedPolicy,
    RuleQuery,
    RuleResult,
)
from policyengine.rego.syntax.ast import RegoVersion

_SHOWN = 300


class CrossCheckEngine:
    """Evaluates with the first engine, and with the others to compare."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = engines

    @property
    def name(self) -> str:
        """Names and versions."""
        return " = ".join(engine.name for engine in self._engines)

    def prepare(
        self,
        modules: Mapping[str, str],
        data: Mapping[str, Any],
        *,
        limits: EvaluationLimits = DEFAULT_EVALUATION_LIMITS,
        rego_versions: Mapping[str, RegoVersion] | None = None,
        strict_builtin_errors: bool = True,
    ) -> CrossCheckPolicy:
        """Prepare the modules with every engine. Raises what the first that refuses them raises."""
        prepared: dict[str, PreparedPolicy] = {}
        try:
            for engine in self._engines:
                prepared[engine.name] = engine.prepare(
                    modules,
                    data,
                    limits=limits,
                    rego_versions=rego_versions,
                    strict_builtin_errors=strict_builtin_errors,
                )
        except BaseException:
            CrossCheckPolicy(prepared).close()
            raise
        return CrossCheckPolicy(prepared)


class CrossCheckPolicy:
    """Modules and data, ready in every engine."""

    def __init__(self, prepared: Mapping[str, PreparedPolicy]) -> None:
        self._prepared = prepared

    def close(self) -> None:
        """Release what each engine holds."""
        for policy in self._prepared.values():
            policy.close()

    def evaluate(
        self, document: bytes, queries: Sequence[RuleQuery], *, now_ns: int
    ) -> tuple[RuleResult, ...]:
        """Return the results of the first engine. Raises EnginesDisagree."""
        (name, first), *others = [
            (name, policy.evaluate(document, queries, now_ns=now_ns))
            for name, policy in self._prepared.items()
        ]
        expected = _by_rule(first)
        for other, results in others:
            for rule, found in _by_rule(results).items():
                if found != expected[rule]:
                    raise EnginesDisagree(
                        "the engines give different answers",
                        where=rule,
                        found=f"{other}: {_shown(found)}",
                        expected=f"{name}: {_shown(expected[rule])}",
                        hint="please report it, with the policy and the input document",
                    )
        return first


def _by_rule(results: Sequence[RuleResult]) -> dict[str, frozenset[str]]:
    """What each rule gives, over all of its definitions, as canonical JSON.

    Engines need not tell which definition of a complete rule gave its value, and of a set only
    what is in it counts.
    """
    found: dict[str, set[str]] = {}
    for result in results:
        name = ".".join(("data", *result.query.package, result.query.name))
        values = found.setdefault(name, set())
        if result.defined:
            parts = result.value if isinstance(result.value, list) else [result.value]
            values.update(json.dumps(part, sort_keys=True) for part in parts)
    return {name: frozenset(values) for name, values in found.items()}


def _shown(values: frozenset[str]) -> str:
    text = ", ".join(sorted(values)) or "nothing"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
