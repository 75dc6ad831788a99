"""All tests of a suite, in one process or several."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import re2

from policyengine.errors import UsageError
from policyengine.rego.compiler.makes import Make
from policyengine.rego.coverage import Hit, file_coverage
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.syntax import ast
from policyengine.rego.testing.program import TEST_LIMITS, Run, SuiteProgram
from policyengine.rego.testing.results import SuiteResult, TestResult
from policyengine.rego.testing.suite import RuleTest, Suite, find_tests

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


def run_suite(suite: Suite, options: RunOptions | None = None) -> SuiteResult:
    """Run the tests of ``suite``, each by itself.

    Raises RegoCompileError where the modules do not compile, UsageError for a pattern that is no
    expression or where there is no test to run.
    """
    chosen = options or RunOptions()
    if chosen.now_ns is None:
        chosen = replace(chosen, now_ns=time.time_ns())
    modules = suite.parsed()
    tests = choose_tests(modules, chosen.pattern)
    if chosen.processes > 1 and len(tests) > 1:
        # In this process too, so that what is wrong with the modules is told once.
        _program(suite, modules, chosen)
        done = _run_apart(suite, chosen, tests)
    else:
        done = iter([_run_all(_program(suite, modules, chosen), tests, chosen)])
    results: list[TestResult] = []
    hits: set[Hit] = set()
    for part, seen in done:
        results += part
        hits |= seen
    return SuiteResult(
        results=tuple(sorted(results, key=lambda result: _order(result.test))),
        coverage=file_coverage(modules, hits) if chosen.coverage else None,
    )


def choose_tests(modules: dict[str, ast.Module], pattern: str | None) -> list[RuleTest]:
    """The tests of ``modules`` whose names match. Raises UsageError where there are none."""
    tests = find_tests(modules)
    if pattern is not None:
        try:
            expression = re2.compile(pattern)
        except re2.error as error:
            raise UsageError(
                "is no regular expression", found=repr(pattern), hint=str(error)
            ) from None
        tests = [test for test in tests if expression.search(test.full_name)]
    if not tests:
        raise UsageError(
            "there is no test to run" if pattern is None else f"no test matches {pattern!r}",
            expected="a rule whose name begins with test_",
        )
    return tests


def _order(test: RuleTest) -> tuple[str, int, int]:
    return test.file, test.row, test.col


def _program(suite: Suite, modules: dict[str, ast.Module], options: RunOptions) -> SuiteProgram:
    make = Make.COVERED if options.coverage else Make.PLAIN
    return SuiteProgram(modules, suite.data, make=make, schemas=suite.schemas)


def _run_all(
    program: SuiteProgram, tests: Iterable[RuleTest], options: RunOptions
) -> tuple[list[TestResult], set[Hit]]:
    seen: set[int] = set()
    run = Run(now_ns=options.now_ns or 0, limits=options.limits, record=seen)
    results = [program.run(test, run) for test in tests]
    return results, program.hits(seen)


# What a process of a pool works with; it is set once, when the process begins.
_here: list[Any] = []


def _begin(suite: Suite, options: RunOptions) -> None:
    _here[:] = [_program(suite, suite.parsed(), options), options]


def _run_here(tests: Sequence[RuleTest]) -> tuple[list[TestResult], set[Hit]]:
    program, options = _here
    return _run_all(program, tests, options)


def _run_apart(
    suite: Suite, options: RunOptions, tests: Sequence[RuleTest]
) -> Iterator[tuple[list[TestResult], set[Hit]]]:
    size = max(1, -(-len(tests) // (options.processes * _CHUNKS)))
    parts = [tests[start : start + size] for start in range(0, len(tests), size)]
    with ProcessPoolExecutor(
        options.processes, initializer=_begin, initargs=(suite, options)
    ) as pool:
        yield from pool.map(_run_here, parts)
