"""All tests of a suite, in one process or several."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from policyengine.rego.compiler.make import Make
from policyengine.rego.coverage import Hit, file_coverage
from policyengine.rego.private_files import PrivateFiles
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.syntax import ast
from policyengine.rego.testing.prepared import prepare
from policyengine.rego.testing.program import TEST_LIMITS, Run, SuiteProgram, TestProgram
from policyengine.rego.testing.results import SuiteResult, TestResult
from policyengine.rego.testing.suite import RuleTest, Suite, choose_tests, find_tests

_CHUNKS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """``pattern``: an expression of RE2 that the full name of a test must match somewhere.

    ``now_ns`` is the clock of all tests; None is the present.
    """

    pattern: str | None = None
    coverage: bool = False
    processes: int = 1
    limits: Limits = TEST_LIMITS
    now_ns: int | None = None


def run_suite(
    suite: Suite, options: RunOptions | None = None, *, cache: PrivateFiles | None = None
) -> SuiteResult:
    """Run the tests of ``suite``, each by itself.

    ``cache`` has what was compiled before; code that notes its coverage is compiled each time.
    Raises RegoCompileError where the modules do not compile, UsageError for a pattern that is no
    expression or where there is no test to run.
    """
    chosen = options or RunOptions()
    if chosen.now_ns is None:
        chosen = replace(chosen, now_ns=time.time_ns())
    modules = suite.parsed() if chosen.coverage else {}
    # In this process also where others run them, so that what is wrong is told once.
    program, tests = _ready(suite, modules, chosen, cache)
    if chosen.processes > 1 and len(tests) > 1:
        done = _run_apart(suite, chosen, cache, tests)
    else:
        done = iter([_run_all(program, tests, chosen)])
    results: list[TestResult] = []
    hits: set[Hit] = set()
    for part, seen in done:
        results += part
        hits |= seen
    return SuiteResult(
        results=tuple(sorted(results, key=lambda result: _order(result.test))),
        coverage=file_coverage(modules, hits) if chosen.coverage else None,
    )


def _order(test: RuleTest) -> tuple[str, int, int]:
    return test.file, test.row, test.col


def _ready(
    suite: Suite,
    modules: Mapping[str, ast.Module],
    options: RunOptions,
    cache: PrivateFiles | None,
) -> tuple[TestProgram, list[RuleTest]]:
    """What is run; ``modules`` are those of ``suite``, where coverage is noted."""
    if not options.coverage:
        return prepare(suite, options.pattern, cache)
    tests = choose_tests(find_tests(modules), options.pattern)
    program = SuiteProgram(modules, suite.data, make=Make.COVERED, schemas=suite.schemas)
    return program, tests


def _run_all(
    program: TestProgram, tests: Iterable[RuleTest], options: RunOptions
) -> tuple[list[TestResult], set[Hit]]:
    seen: set[int] = set()
    run = Run(now_ns=options.now_ns or 0, limits=options.limits, record=seen)
    results = [program.run(test, run) for test in tests]
    return results, program.hits(seen) if isinstance(program, SuiteProgram) else set()


# What a process of a pool works with; it is set once, when the process begins.
_here: list[Any] = []


def _begin(suite: Suite, options: RunOptions, cache: PrivateFiles | None) -> None:
    modules = suite.parsed() if options.coverage else {}
    program, _ = _ready(suite, modules, options, cache)
    _here[:] = [program, options]


def _run_here(tests: Sequence[RuleTest]) -> tuple[list[TestResult], set[Hit]]:
    program, options = _here
    return _run_all(program, tests, options)


def _run_apart(
    suite: Suite, options: RunOptions, cache: PrivateFiles | None, tests: Sequence[RuleTest]
) -> Iterator[tuple[list[TestResult], set[Hit]]]:
    size = max(1, -(-len(tests) // (options.processes * _CHUNKS)))
    parts = [tests[start : start + size] for start in range(0, len(tests), size)]
    with ProcessPoolExecutor(
        options.processes, initializer=_begin, initargs=(suite, options, cache)
    ) as pool:
        yield from pool.map(_run_here, parts)
