"""Policies: Rego modules and data, compiled once and evaluated many times.

What parses and compiles is imported where it is used: a policy from the cache needs none of it, and
it takes longer to load than many policies take to be evaluated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from policyengine.errors import RegoEvaluationError
from policyengine.rego.answers import ExplainedValue, QueryResult, RuleValue, Solution
from policyengine.rego.cache import PolicyCache
from policyengine.rego.compile_options import CompileOptions, decisive_parts
from policyengine.rego.compiler.image import image_bytes, read_image
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.owners import QUERY_OWNER
from policyengine.rego.compiler.running import Program, start
from policyengine.rego.definitions import context_of, explained_values, rule_values
from policyengine.rego.guard import Asked, Ending, Guarded
from policyengine.rego.references import RESULT, Asking, asking
from policyengine.rego.runtime.evaluation import Context
from policyengine.rego.runtime.explain import Record
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.limits import DEFAULT_LIMITS, Limits
from policyengine.rego.runtime.trace import Trace
from policyengine.rego.runtime.values import UNDEFINED, Value
from policyengine.rego.timers import Timers

if TYPE_CHECKING:
    from policyengine.rego.compiler.core import Path
    from policyengine.rego.compiler.program import Linked
    from policyengine.rego.compiler.query import Query
    from policyengine.rego.coverage import FileCoverage, Hit
    from policyengine.rego.syntax.ast import Body, RegoVersion
    from policyengine.rego.syntax.query_parser import QueryScope

_Shown = TypeVar("_Shown")


class Policy:
    """Compiled modules and their data, for any number of threads at once.

    What is compiled later (queries, and the trees that they are compiled over) is only ever added,
    under a lock. A pickled policy takes its program along, and compiles queries anew.
    """

    def __init__(
        self,
        modules: Mapping[str, str],
        data: Value,
        options: CompileOptions,
        program: Program,
        *,
        linked: Linked | None = None,
        cache: PolicyCache | None = None,
    ) -> None:
        self._modules = dict(modules)
        self._data = data
        self._options = options
        self._program = program
        self._linked = linked
        self._cache = cache
        self._scope: QueryScope | None = None
        self._queries: dict[tuple[str, Make, bool], Query] = {}
        self._references: dict[str, Asking] = {}
        self._makes: dict[tuple[Make, bool], Linked] = {}
        self._explaining: Program | None = None
        self._lock = threading.RLock()

    @classmethod
    def compile(
        cls,
        modules: Mapping[str, str],
        *,
        data: Mapping[str, Any] | None = None,
        rego_version: RegoVersion = "v1",
        file_rego_versions: Mapping[str, RegoVersion] | None = None,
        strict: bool = False,
        schemas: Mapping[str, Any] | None = None,
        separate_data: bool = False,
        cache: PolicyCache | None = None,
        timers: Timers | None = None,
    ) -> Policy:
        """Compile Rego sources by file name. Raises RegoCompileError with every finding.

        ``file_rego_versions`` has the version of single files that are not in ``rego_version``.
        ``strict`` adds the checks of OPA's ``--strict``. ``schemas`` has JSON Schemas that
        references are held to: ``schema`` that of the input, and ``schema.a.b`` one that METADATA
        may name. ``separate_data`` refuses data where rules are, as ``opa eval`` does. ``cache``
        has what was compiled before, and takes what is compiled now. ``timers`` takes how long it
        was parsed and compiled. ``data`` is not copied: whoever gives it must leave it as it is.
        """
        document = {} if data is None else dict(data)
        options = CompileOptions(
            rego_version=rego_version,
            file_rego_versions=dict(file_rego_versions or {}),
            strict=strict,
            schemas=schemas,
            separate_data=separate_data,
        )
        if cache is not None:
            image = cache.load(cache.name(decisive_parts(modules, document, options, Make.PLAIN)))
            if image is not None:
                return cls(modules, document, options, start(image), cache=cache)
        from policyengine.rego.compilation import linked_program

        linked = linked_program(modules, document, options, timers)
        made = cls(modules, document, options, linked.program, linked=linked, cache=cache)
        made._keep(linked.program, Make.PLAIN)
        return made

    def __getstate__(self) -> dict[str, Any]:
        return {
            "modules": self._modules,
            "data": self._data,
            "options": self._options,
            "cache": self._cache,
            "image": image_bytes(self._program.image),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._modules, self._data = state["modules"], state["data"]
        self._options = state["options"]
        self._scope, self._queries, self._references = None, {}, {}
        self._makes, self._explaining = {}, None
        self._cache = state["cache"]
        self._lock = threading.RLock()
        self._linked = None
        # A program that is nested too deep to be sent is made again.
        self._program = (
            self._trees().program if state["image"] is None else start(read_image(state["image"]))
        )

    def _explainer(self) -> Program:
        """The program that keeps paths: made, or read, when the first rule gives a result."""
        with self._lock:
            if self._explaining is None and self._cache is not None:
                parts = decisive_parts(self._modules, self._data, self._options, Make.EXPLAINED)
                image = self._cache.load(self._cache.name(parts))
                self._explaining = None if image is None else start(image)
            if self._explaining is None:
                self._explaining = self._made(Make.EXPLAINED).program
                self._keep(self._explaining, Make.EXPLAINED)
            return self._explaining

    def _keep(self, program: Program, make: Make) -> None:
        if self._cache is not None:
            parts = decisive_parts(self._modules, self._data, self._options, make)
            self._cache.store(self._cache.name(parts), program.image)

    def _made(self, make: Make, *, by_keys: bool = False) -> Linked:
        with self._lock:
            if make is Make.PLAIN and not by_keys:
                return self._trees()
            linked = self._makes.get((make, by_keys))
            if linked is None:
                from policyengine.rego.compiler.program import link

                linked = link(self._trees().checked, make=make, by_keys=by_keys)
                self._makes[make, by_keys] = linked
            return linked

    def _trees(self) -> Linked:
        with self._lock:
            if self._linked is None:
                from policyengine.rego.compilation import linked_program

                self._linked = linked_program(self._modules, self._data, self._options)
            return self._linked

    @property
    def source(self) -> str:
        """The generated Python."""
        return self._program.image.source

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

        Raises RegoEvaluationError, EvaluationLimitExceeded, and UsageError for several expressions.
        """
        found = self._references.get(reference) or self._asking(reference)
        if not found.takes_whole:
            return found.value(self._data, input, now_ns, strict_builtin_errors, limits)
        given, begun = (self._data, input, now_ns, strict_builtin_errors), time.monotonic()
        try:
            return found.value(*given, limits)
        except RegoEvaluationError:
            again = self._asking(reference, by_keys=True)
        return again.value(*given, limits.after(begun))

    def _asking(self, reference: str, *, by_keys: bool = False) -> Asking:
        query = self.prepared(f"{RESULT} := {reference}", by_keys=by_keys)
        found = asking(query, reference)
        if not by_keys:
            self._references[reference] = found
        return found

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
        return self.evaluate_packages(
            {tuple(package.split(".")[1:]): rules},
            input=input,
            now_ns=now_ns,
            strict_builtin_errors=strict_builtin_errors,
            limits=limits,
        )

    def evaluate_packages(
        self,
        rules: Mapping[Path, Collection[str]],
        *,
        input: Value = UNDEFINED,  # noqa: A002 # the name of Rego's own document
        now_ns: int | None = None,
        strict_builtin_errors: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> list[RuleValue]:
        """As ``evaluate_rules``, of several packages in one evaluation with one budget."""
        return self._rule_by_rule(
            self._program,
            Make.PLAIN,
            lambda program, asked, context: rule_values(program, rules, asked, context),
            document=input,
            now_ns=now_ns,
            strict=strict_builtin_errors,
            limits=limits,
        )

    def explain(
        self,
        values: Collection[RuleValue],
        *,
        input: Value = UNDEFINED,  # noqa: A002 # the name of Rego's own document
        now_ns: int | None = None,
        strict_builtin_errors: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> list[ExplainedValue]:
        """Which paths of ``input`` led to ``values``, which ``evaluate_rules`` gave for it.

        Only the definitions of ``values`` are evaluated again, by code that keeps the paths. One
        that gives another value is left out. Raises as ``evaluate``.
        """
        wanted = {(value.file, value.row, value.name): value for value in values}
        return self._rule_by_rule(
            self._explainer(),
            Make.EXPLAINED,
            lambda program, asked, context: explained_values(program, wanted, asked, context),
            document=input,
            now_ns=now_ns,
            strict=strict_builtin_errors,
            limits=limits,
        )

    def _rule_by_rule(
        self,
        program: Program,
        make: Make,
        read: Callable[[Program, Asked, Context], list[_Shown]],
        *,
        limits: Limits,
        **evaluation: Any,
    ) -> list[_Shown]:
        """What ``read`` gives; after an error of a rule, by the program that asks by keys."""
        begun = time.monotonic()
        try:
            return self._read(program, make, read, limits=limits, **evaluation)
        except RegoEvaluationError:
            if not program.image.takes_whole:
                raise
        again = self._made(make, by_keys=True).program
        return self._read(again, make, read, limits=limits.after(begun), **evaluation)

    def _read(
        self,
        program: Program,
        make: Make,
        read: Callable[[Program, Asked, Context], list[_Shown]],
        *,
        document: Value,
        limits: Limits,
        **evaluation: Any,
    ) -> list[_Shown]:
        record = Record(document) if make is Make.EXPLAINED else None
        asked = Asked(QUERY_OWNER)
        with Ending(Guarded(limits, program.image.owners, asked)) as guard, guard:
            context = context_of(
                program, self._data, guard, document=document, record=record, **evaluation
            )
            return read(program, asked, context)

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
        return self._solve(
            query,
            lambda found: QueryResult(
                bindings={name: to_json(value) for name, value in found.bindings.items()},
                expressions=[to_json(value) for value in found.expressions],
            ),
            input=input,
            now_ns=now_ns,
            strict_builtin_errors=strict_builtin_errors,
            limits=limits,
        )

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
        hits: set[Hit] | None = None,
        trace: Trace | None = None,
    ) -> list[Solution]:
        """Every solution of a query in Rego's values. ``print_to`` takes what ``print`` prints.

        ``hits`` takes the ranges of the rules that held and the expressions that were evaluated;
        or ``trace`` the events, and what ``trace`` says.
        """
        return self._solve(
            query,
            lambda found: found,
            input=input,
            now_ns=now_ns,
            strict_builtin_errors=strict_builtin_errors,
            limits=limits,
            print_to=print_to,
            hits=hits,
            trace=trace,
        )

    def within(self, scope: QueryScope) -> Policy:
        """The same policy, whose queries are read within a package and behind imports."""
        other = Policy(self._modules, self._data, self._options, self._program)
        other._linked, other._scope = self._linked, scope
        return other

    def coverage(self, hits: Collection[Hit]) -> dict[str, FileCoverage]:
        """What of each module the ``hits`` of ``solve`` are, by file."""
        from policyengine.rego.compilation import parsed_modules
        from policyengine.rego.coverage import file_coverage

        return file_coverage(parsed_modules(self._modules, self._options), hits)

    def _solve(
        self,
        query: str,
        shown: Callable[[Solution], _Shown],
        *,
        input: Value,  # noqa: A002 # the name of Rego's own document
        now_ns: int | None,
        strict_builtin_errors: bool,
        limits: Limits,
        print_to: Callable[[str], None] | None = None,
        hits: set[Hit] | None = None,
        trace: Trace | None = None,
    ) -> list[_Shown]:
        make = Make.PLAIN if hits is None else Make.COVERED
        # A trace tells what OPA would do, which asks by keys.
        compiled = (
            self.prepared(query, make)
            if trace is None
            else self.prepared(query, Make.TRACED, by_keys=True)
        )
        begun = time.monotonic()
        # What is told of an evaluation that is made again is told once.
        waits = print_to is not None and trace is None and compiled.takes_whole
        lines: list[str] = []
        told = lines.append if waits else print_to
        now = time.time_ns() if now_ns is None else now_ns
        evaluation = {"document": input, "now_ns": now, "strict": strict_builtin_errors}
        try:
            return self._solved(
                compiled, shown, hits, limits=limits, print_to=told, record=trace, **evaluation
            )
        except RegoEvaluationError:
            if trace is not None or not compiled.takes_whole:
                raise
            lines.clear()
            again = self.prepared(query, make, by_keys=True)
            left = limits.after(begun)
            return self._solved(
                again, shown, hits, limits=left, print_to=told, record=None, **evaluation
            )
        finally:
            if print_to is not None:
                for line in lines:
                    print_to(line)

    def _solved(
        self,
        compiled: Query,
        shown: Callable[[Solution], _Shown],
        hits: set[Hit] | None,
        *,
        limits: Limits,
        record: Any,
        **evaluation: Any,
    ) -> list[_Shown]:
        seen: set[int] = set()
        # What is made of a solution is held to the limits too: a value may contain itself often.
        with Ending(Guarded(limits, compiled.owners, Asked(QUERY_OWNER))) as guard, guard:
            context = context_of(
                compiled.program,
                self._data,
                guard,
                record=seen if record is None else record,
                **evaluation,
            )
            out: list[tuple[Value, ...]] = []
            compiled.run(context, out)
            if hits is not None:
                from policyengine.rego.coverage import range_of

                spans = compiled.spans
                hits.update((spans[span].file, range_of(spans[span])) for span in seen)
            return [
                shown(
                    Solution(
                        bindings=dict(zip(compiled.bindings, values, strict=False)),
                        expressions=[
                            True if index is None else values[index]
                            for index in compiled.expressions
                        ],
                    )
                )
                for values in out
            ]

    def prepared(
        self,
        query: str,
        make: Make = Make.PLAIN,
        *,
        by_keys: bool = False,
        timers: Timers | None = None,
    ) -> Query:
        """The query compiled over this policy, kept for the next time. Raises RegoCompileError."""
        compiled = self._queries.get((query, make, by_keys))
        if compiled is None:
            from policyengine.rego.syntax.parser import parse_query

            times = Timers() if timers is None else timers
            with self._lock:
                with times.measure("rego_query_parse"):
                    body = parse_query(query, rego_version=self._options.rego_version)
                with times.measure("rego_query_compile"):
                    compiled = self._compiled(body, make, by_keys)
                self._queries[query, make, by_keys] = compiled
        return compiled

    def _compiled(self, body: Body, make: Make, by_keys: bool) -> Query:
        from policyengine.rego.compiler.query import compile_query
        from policyengine.rego.document_query import document_query

        # A policy that was read from the cache has no trees yet, and most queries need none.
        is_plain = make is Make.PLAIN and not by_keys
        found = document_query(self._program, body) if is_plain else None
        return found or compile_query(self._made(make, by_keys=by_keys), body, scope=self._scope)
