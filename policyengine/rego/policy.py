"""Policies: Rego modules and data, compiled once and evaluated many times."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from policyengine.errors import EvaluationLimitExceeded, RegoEvaluationError
from policyengine.rego.compiler.check import MOST_DEPTH, check
from policyengine.rego.compiler.parts import Definition
from policyengine.rego.compiler.program import Program, link
from policyengine.rego.compiler.query import Query, compile_query
from policyengine.rego.runtime.access import PartialObject, finish
from policyengine.rego.runtime.builtins.registry import Halt
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.evaluation import Context, Node, extent
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.limits import DEFAULT_LIMITS, Budget, Limits
from policyengine.rego.runtime.values import UNDEFINED, Key, RegoSet, Value
from policyengine.rego.syntax.ast import Module, RegoVersion
from policyengine.rego.syntax.parser import parse_module, parse_query
from policyengine.rego.syntax.stack import deep_stack


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
class QueryResult:
    """One solution of a query: JSON values by variable, and of each expression."""

    bindings: dict[str, Any]
    expressions: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """One solution of a query, in Rego's own values."""

    bindings: dict[str, Value]
    expressions: list[Value]


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
        strict: bool = False,
        schemas: Mapping[str, Any] | None = None,
        separate_data: bool = False,
    ) -> Policy:
        """Compile Rego sources by file name. Raises RegoCompileError with every finding.

        ``strict`` adds the checks of OPA's ``--strict``. ``schemas`` has JSON Schemas that
        references are held to: ``schema`` that of the input, and ``schema.a.b`` one that METADATA
        may name. ``separate_data`` refuses data where rules are, as ``opa eval`` does.
        """
        parsed = {
            file: parse_module(source, file=file, rego_version=rego_version)
            for file, source in modules.items()
        }
        return cls.of_modules(
            parsed, data=data, strict=strict, schemas=schemas, separate_data=separate_data
        )

    @classmethod
    def of_modules(
        cls,
        modules: Mapping[str, Module],
        *,
        data: Mapping[str, Any] | None = None,
        strict: bool = False,
        schemas: Mapping[str, Any] | None = None,
        separate_data: bool = False,
    ) -> Policy:
        """Compile modules that were parsed already, as ``compile``. Raises RegoCompileError."""
        deepest = max((module.depth for module in modules.values()), default=0)
        with deep_stack(min(deepest, MOST_DEPTH)):
            checked = check(
                modules, strict=strict, schemas=schemas, data=data if separate_data else None
            )
            return cls(link(checked), {} if data is None else dict(data))

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

    def evaluate_rules(
        self,
        package: str,
        rules: Collection[str],
        *,
        input: Value = UNDEFINED,  # noqa: A002 # the name of Rego's own document
        now_ns: int | None = None,
        strict_builtin_errors: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> list[RuleValue]:
        """What each definition of ``rules`` in ``package`` (``data.a.b``) gives, in source order.

        Each definition is evaluated by itself: two that give the same reason both give it. A rule
        that has but a default gives that. Raises as ``evaluate``, also where definitions of one
        rule conflict.
        """
        path = tuple(package.split(".")[1:])
        context = self._context(
            self._program,
            document=input,
            now_ns=now_ns,
            strict=strict_builtin_errors,
            limits=limits,
        )
        found: list[RuleValue] = []
        with _faults():
            for definition in self._program.definitions:
                if definition.package == path and definition.name in rules:
                    if definition.kind != "set":
                        self._document((*path, definition.name), context)
                    value = self._defined(definition, context)
                    found.append(
                        RuleValue(
                            file=definition.file,
                            row=definition.row,
                            name=definition.name,
                            value=to_json(value),
                        )
                    )
        return sorted(found, key=lambda value: (value.file, value.row))

    def _document(self, path: tuple[str, ...], context: Context) -> Value:
        node: Node | None = self._program.nodes
        for name in path:
            node = None if node is None else node.children.get(name)
        return UNDEFINED if node is None else extent(context, node)

    def _defined(self, definition: Definition, context: Context) -> Value:
        function = self._program.namespace[definition.function]
        if definition.kind == "value":
            return function(context)
        if definition.kind == "set":
            members: dict[Key, Value] = {}
            function(context, members)
            return RegoSet(members)
        made = PartialObject()
        function(context, made)
        return finish(made)

    def _context(
        self,
        program: Program,
        *,
        document: Value,
        now_ns: int | None,
        strict: bool,
        limits: Limits,
        print_to: Callable[[str], None] | None = None,
    ) -> Context:
        session = Session(
            budget=Budget(limits),
            now_ns=time.time_ns() if now_ns is None else now_ns,
            document=document,
            strict=strict,
            print_to=print_to,
            trace_to=print_to,
        )
        return Context(session, document, self._data, program.documents)

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
            QueryResult(
                bindings={name: to_json(value) for name, value in found.bindings.items()},
                expressions=[to_json(value) for value in found.expressions],
            )
            for found in self.solve(
                query,
                input=input,
                now_ns=now_ns,
                strict_builtin_errors=strict_builtin_errors,
                limits=limits,
            )
        ]

    def solutions(self, query: str, **options: Any) -> list[dict[str, Value]]:
        """Every solution of a query as Rego values by variable. ``options`` as of ``solve``."""
        return [found.bindings for found in self.solve(query, **options)]

    def solve(
        self,
        query: str,
        *,
        input: Value = UNDEFINED,  # noqa: A002 # the name of Rego's own document
        now_ns: int | None = None,
        strict_builtin_errors: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        print_to: Callable[[str], None] | None = None,
    ) -> list[Solution]:
        """Every solution of a query in Rego's values. ``print_to`` takes what ``print`` prints."""
        compiled = self.prepared(query)
        context = self._context(
            compiled.program,
            document=input,
            now_ns=now_ns,
            strict=strict_builtin_errors,
            limits=limits,
            print_to=print_to,
        )
        out: list[tuple[Value, ...]] = []
        with _faults():
            compiled.run(context, out)
        return [
            Solution(
                bindings=dict(zip(compiled.bindings, values, strict=False)),
                expressions=[
                    True if index is None else values[index] for index in compiled.expressions
                ],
            )
            for values in out
        ]

    def prepared(self, query: str) -> Query:
        """The query compiled over this policy, kept for the next time."""
        compiled = self._queries.get(query)
        if compiled is None:
            compiled = compile_query(self._program, parse_query(query))
            self._queries[query] = compiled
        return compiled


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except Halt as halt:
        raise RegoEvaluationError(halt.code, str(halt)) from None
    except RecursionError:
        raise EvaluationLimitExceeded(
            "the evaluation reached its limit of call depth or nesting",
            hint="make values less deep, or chains of rules shorter",
        ) from None
