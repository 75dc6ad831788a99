"""Policies: Rego modules and data, compiled once and evaluated many times."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policyengine.errors import EvaluationLimitExceeded, RegoEvaluationError
from policyengine.rego.compiler.program import Program, Query, check, compile_query, link
from policyengine.rego.runtime.builtins.registry import Halt
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.evaluation import Context
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.limits import DEFAULT_LIMITS, Budget, Limits
from policyengine.rego.runtime.values import UNDEFINED, Value
from policyengine.rego.syntax.ast import Module, RegoVersion
from policyengine.rego.syntax.parser import parse_module, parse_query


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """One solution of a query: JSON values by variable, and of each expression."""

    bindings: dict[str, Any]
    expressions: list[Any]


class Policy:
    """Compiled modules and their data. Nothing in it changes between evaluations."""

    def __init__(self, program: Program, data: Value) -> None:
        self._program = program
        self._data = data
        self._queries: dict[str, Query] = {}

    @classmethod
    def compile(
        cls,
        modules: Mapping[str, str],
        *,
        data: Mapping[str, Any] | None = None,
        rego_version: RegoVersion = "v1",
    ) -> Policy:
        """Compile Rego sources by file name. Raises RegoCompileError with every finding."""
        parsed = {
            file: parse_module(source, file=file, rego_version=rego_version)
            for file, source in modules.items()
        }
        return cls.of_modules(parsed, data=data)

    @classmethod
    def of_modules(
        cls, modules: Mapping[str, Module], *, data: Mapping[str, Any] | None = None
    ) -> Policy:
        """Compile modules that were parsed already. Raises RegoCompileError."""
        return cls(link(check(modules)), {} if data is None else dict(data))

    @property
    def source(self) -> str:
        """The generated Python."""
        return self._program.source

    def evaluate(
        self,
        reference: str,
        *,
        input: Value = UNDEFINED,  # noqa: A002 # the name of Rego's own document
        now_ns: int | None = None,
        strict_builtin_errors: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Any:
        """The JSON value of one reference (``data.a.b``), or UNDEFINED.

        Raises RegoEvaluationError, and EvaluationLimitExceeded over a limit.
        """
        for values in self.solutions(
            f"result := {reference}",
            input=input,
            now_ns=now_ns,
            strict_builtin_errors=strict_builtin_errors,
            limits=limits,
        ):
            return to_json(values["result"])
        return UNDEFINED

    def query(
        self,
        query: str,
        *,
        input: Value = UNDEFINED,  # noqa: A002 # the name of Rego's own document
        now_ns: int | None = None,
        strict_builtin_errors: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> list[QueryResult]:
        """Every solution of a query. Raises as ``evaluate``."""
        return [
            QueryResult(bindings={k: to_json(v) for k, v in found.items()}, expressions=[])
            for found in self.solutions(
                query,
                input=input,
                now_ns=now_ns,
                strict_builtin_errors=strict_builtin_errors,
                limits=limits,
            )
        ]

    def solutions(
        self,
        query: str,
        *,
        input: Value = UNDEFINED,  # noqa: A002 # the name of Rego's own document
        now_ns: int | None = None,
        strict_builtin_errors: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> list[dict[str, Value]]:
        """Every solution of a query as Rego values by variable."""
        compiled = self._queries.get(query)
        if compiled is None:
            compiled = compile_query(self._program, parse_query(query))
            self._queries[query] = compiled
        session = Session(
            budget=Budget(limits),
            now_ns=time.time_ns() if now_ns is None else now_ns,
            seed=hashlib.sha256(query.encode()).digest(),
            strict=strict_builtin_errors,
        )
        context = Context(session, input, self._data, compiled.program.documents)
        out: list[tuple[Value, ...]] = []
        try:
            compiled.run(context, out)
        except Halt as halt:
            raise RegoEvaluationError(halt.code, str(halt)) from None
        except RecursionError:
            raise EvaluationLimitExceeded(
                "the evaluation reached its limit of call depth or nesting",
                hint="make values less deep, or chains of rules shorter",
            ) from None
        return [dict(zip(compiled.bindings, values, strict=True)) for values in out]
