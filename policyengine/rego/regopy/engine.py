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
    ) -> RegopyPolicy:
        """Parse the modules, refuse what regopy is known to get wrong, and keep them ready."""
        trees = {name: parse_module(source, file=name) for name, source in modules.items()}
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
        unknown = worker.ask({"builtins": called})
        if unknown:
            worker.close()
            raise EngineFailed(
                "functions that regopy does not have are undefined there",
                found=", ".join(unknown),
            )
        return RegopyPolicy(separated, worker)


class RegopyPolicy:
    """Modules and data, with the worker that evaluates them."""

    def __init__(self, separated: SeparatedModules, worker: Worker) -> None:
        self._separated = separated
        self._worker = worker

    def close(self) -> None:
        """End the worker."""
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
        given = json.loads(document)
        references = [self._separated.reference(query) for query in queries]
        parts = ", ".join(f"[v | v := {reference}]" for reference in references)
        answer = self._worker.ask({"input": _json(given), "query": f"answers := [{parts}]"})
        if "error" in answer:
            raise EngineFailed("regopy refused the evaluation", found=_first_line(answer["error"]))
        if _binding(answer["echo"], "echo") != given:
            raise EngineFailed(
                "regopy did not receive the input document as it was sent",
                hint="a value in it cannot be carried to that engine",
            )
        values = _binding(answer["answer"], "answers")
        if not isinstance(values, list) or len(values) != len(queries):
            raise EngineFailed("regopy gave an answer of another shape than was asked for")
        return tuple(
            RuleResult(query=query, defined=bool(found), value=found[0] if found else None)
            for query, found in zip(queries, values, strict=True)
        )


def _json(value: Any) -> str:
    # Escapes of characters beyond ASCII would be counted as several characters.
    return json.dumps(value, ensure_ascii=False)


def _binding(text: str, name: str) -> Any:
    """Return the value bound to ``name`` in what the library printed."""
    try:
        answer = json.loads(text)
        return answer["bindings"][name]
    except (ValueError, KeyError, TypeError):
        found = "undefined" if text.strip() == "undefined" else _first_line(text)
        raise EngineFailed("regopy gave no result", found=found) from None


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]
