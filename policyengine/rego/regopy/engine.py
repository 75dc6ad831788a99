"""The adapter: what goes to the worker, and what is believed of its answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from policyengine.errors import EngineFailed, RegoCompileError
from policyengine.rego.engine import (
    DEFAULT_EVALUATION_LIMITS,
    EvaluationLimits,
    RuleQuery,
    RuleResult,
)
from policyengine.rego.regopy.process import Worker
from policyengine.rego.regopy.refusals import builtins_called, has_inline_flags, refusals
from policyengine.rego.regopy.separate import SeparatedModules, separate
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.parser import parse_module


class RegopyEngine:
    """Rego evaluated by regopy."""

    @property
    def name(self) -> str:
        """Name and version."""
        return f"regopy {version('regopy')}"

    def prepare(
        self,
        modules: Mapping[str, str],
        data: Mapping[str, Any],
        *,
        limits: EvaluationLimits = DEFAULT_EVALUATION_LIMITS,
        rego_versions: Mapping[str, RegoVersion] | None = None,
        strict_builtin_errors: bool = True,
    ) -> RegopyPolicy:
        """Parse the modules, refuse what regopy is known to get wrong, and keep them ready."""
        # rego-cpp ends with its own errors, whatever is asked here.
        del strict_builtin_errors
        versions = rego_versions or {}
        trees = {
            name: parse_module(source, file=name, rego_version=versions.get(name, "v1"))
            for name, source in modules.items()
        }
        findings = refusals(trees)
        if findings:
            raise RegoCompileError(findings)
        called = builtins_called(trees)
        if has_inline_flags(data) and any(name.startswith("regex.") for name in called):
            raise EngineFailed(
                "a regular expression with (?...) in a parameter matches nothing in regopy",
                hint="write it without flags, as in [Tt]oken",
            )
        separated = separate(modules, trees)
        worker = Worker({"modules": separated.sources, "data": _json(data)}, limits)
        try:
            # The library does not give the whole of data at once, only what is in it.
            parts = ", ".join(f"data[{json.dumps(name, ensure_ascii=False)}]" for name in data)
            query = f"echo := [{parts}]"
            _check_setup(worker.ask({"builtins": called, "query": query}), data)
        except EngineFailed:
            worker.close()
            raise
        return RegopyPolicy(separated, worker)


class RegopyPolicy:
    """Modules and data, with the worker that evaluates them."""

    def __init__(self, separated: SeparatedModules, worker: Worker) -> None:
        self._separated = separated
        self._worker = worker
        self._closed = False

    def close(self) -> None:
        """End the worker."""
        self._closed = True
        self._worker.close()

    def evaluate(
        self, document: bytes, queries: Sequence[RuleQuery], *, now_ns: int
    ) -> tuple[RuleResult, ...]:
        """Evaluate all ``queries`` in one request.

        Each is asked for inside of a comprehension, which is defined whatever is in it; so an
        undefined answer to the whole is a failure, not an empty result. ``now_ns`` is not used:
        modules that ask for the time were refused.
        """
        del now_ns
        if self._closed:
            raise EngineFailed("the policy was closed before it was evaluated")
        for query in queries:
            # Undefined there, which would be taken for a rule that does not apply.
            if query not in self._separated:
                raise EngineFailed(
                    "no rule of the modules is the one that was asked for",
                    where=f"{query.file}:{query.row}",
                    found=".".join((*query.package, query.name)),
                )
        given = json.loads(document)
        references = [self._separated.reference(query) for query in queries]
        parts = ", ".join(f"[v | v := {reference}]" for reference in references)
        answer = self._worker.ask({"input": _json(given), "query": f"answers := [{parts}]"})
        if not _is_same(_binding(answer, "echo", of="echo"), given):
            raise EngineFailed(
                "regopy did not receive the input document as it was sent",
                hint="a value in it cannot be carried to that engine",
            )
        values = _binding(answer, "answer", of="answers")
        if not isinstance(values, list) or len(values) != len(queries):
            raise EngineFailed("regopy gave an answer of another shape than was asked for")
        return tuple(_result(query, found) for query, found in zip(queries, values, strict=True))


def _check_setup(answer: Any, data: Mapping[str, Any]) -> None:
    """Refuse functions that are not there and data that does not arrive. Raises EngineFailed."""
    arrived = _binding(answer, "data", of="echo")
    if answer["unknown"]:
        raise EngineFailed(
            "functions that regopy does not have are undefined there",
            found=", ".join(answer["unknown"]),
        )
    if not _is_same(arrived, list(data.values())):
        raise EngineFailed(
            "regopy did not receive the data and parameters of the bundle as they were sent",
            hint="a value in it cannot be carried to that engine",
        )


def _result(query: RuleQuery, found: Any) -> RuleResult:
    if not isinstance(found, list) or len(found) > 1:
        raise EngineFailed(
            "regopy gave an answer of another shape than was asked for",
            where=f"{query.file}:{query.row}",
        )
    return RuleResult(query=query, defined=bool(found), value=found[0] if found else None)


def _is_same(one: Any, other: Any) -> bool:
    """Compare as Rego does: ``true`` is not 1, and 1.0 is 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _json(value: Any) -> str:
    # Escapes of characters beyond ASCII would be counted as several characters.
    return json.dumps(value, ensure_ascii=False)


def _binding(answer: Any, key: str, *, of: str) -> Any:
    """Return the value bound to ``of`` in what the library printed, the ``key`` of ``answer``."""
    if isinstance(answer, dict) and "error" in answer:
        raise EngineFailed("regopy refused the evaluation", found=_first_line(str(answer["error"])))
    text = answer.get(key) if isinstance(answer, dict) else None
    try:
        return json.loads(text)["bindings"][of]  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError):
        found = _first_line(text) if isinstance(text, str) else "nothing"
        raise EngineFailed("regopy gave no result", found=found) from None


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]
