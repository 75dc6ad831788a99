"""Mutation testing: how many small faults in rules make one of their tests fail.

1. All tests run once by followed code, each for itself, and must pass.
2. A mutant is given to the tests that reached its rule, with the modules that these need.
3. One that does not compile, or compiles to the very same code, is not counted.
4. It is caught if a test does not pass any more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import Final

from policyengine.errors import RegoCompileError, UsageError
from policyengine.rego.compiler.make import Make
from policyengine.rego.runtime.follow import Following
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.visit import walk
from policyengine.rego.testing.mutants import Mutant, mutants
from policyengine.rego.testing.program import Run, SuiteProgram
from policyengine.rego.testing.results import Status
from policyengine.rego.testing.runner import RunOptions
from policyengine.rego.testing.suite import RuleTest, Suite, choose_tests, find_tests

_LIMITS: Final = Limits(seconds=5.0, steps=5_000_000)
_CHUNKS: Final = 16


class Fate(Enum):
    """What became of a mutant."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    UNTESTED = "untested"
    INVALID = "does not compile"
    SAME = "same code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """``caught_by`` is the full name of the test that failed first."""

    mutant: Mutant
    fate: Fate
    caught_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationResult:
    """All mutants by file and place. ``score``: caught of those that count, in percent."""

    judged: tuple[Judged, ...]

    def having(self, *fates: Fate) -> tuple[Judged, ...]:
        return tuple(item for item in self.judged if item.fate in fates)

    @property
    def score(self) -> float:
        caught = len(self.having(Fate.CAUGHT))
        counted = caught + len(self.having(Fate.SURVIVED, Fate.UNTESTED))
        return 100 * caught / counted if counted else 100.0


_Spans = dict[str, list[tuple[int, int]]]


class _Mutating:
    """What one process works with: the suite, what each test reaches, and compiled originals."""

    def __init__(self, suite: Suite, options: RunOptions) -> None:
        self._suite = suite
        self._now_ns = options.now_ns or 0
        self.modules = suite.parsed()
        self.mutants: list[tuple[ast.Module, Mutant]] = list(mutants(self.modules))
        tests = choose_tests(find_tests(self.modules), options.pattern)
        self._tests = [test for test in tests if not test.is_put_off]
        self._needs = _needs(self.modules)
        self._originals: dict[frozenset[str], str] = {}
        self._reached = self._run_followed()

    def _run_followed(self) -> dict[RuleTest, _Spans]:
        program = self._followed(by_keys=False)
        by_keys: SuiteProgram | None = None
        found: dict[RuleTest, _Spans] = {}
        for test in self._tests:
            following = Following()
            result = program.run(test, Run(now_ns=self._now_ns, record=following))
            if result.status is Status.ERROR:
                # It may be of a key that nobody asks for.
                by_keys = by_keys or self._followed(by_keys=True)
                following = Following()
                result = by_keys.run(test, Run(now_ns=self._now_ns, record=following))
            if result.status is not Status.PASSED:
                raise UsageError(
                    "the tests must pass before rules are mutated",
                    where=f"{test.file}:{test.row}",
                    found=f"{test.full_name}: {result.status.value}",
                )
            reached = found[test] = {}
            # Of each place once: a test may go through thousands of elements.
            for spot in dict.fromkeys(spot for _, spot, _ in following.events):
                place = spot.part
                reached.setdefault(place.file, []).append((place.start, place.end))
        return found

    def _followed(self, *, by_keys: bool) -> SuiteProgram:
        data, schemas = self._suite.data, self._suite.schemas
        return SuiteProgram(
            self.modules, data, make=Make.FOLLOWED, schemas=schemas, by_keys=by_keys
        )

    def judge(self, index: int) -> Judged:
        module, mutant = self.mutants[index]
        tests = [test for test, spans in self._reached.items() if _reaches(spans, mutant)]
        if not tests:
            return Judged(mutant=mutant, fate=Fate.UNTESTED)
        names = (
            frozenset(name for test in tests for name in self._needs[test.file])
            | self._needs[mutant.file]
        )
        chosen = {name: self.modules[name] for name in sorted(names)}
        try:
            program = SuiteProgram(
                {**chosen, mutant.file: module}, self._suite.data, schemas=self._suite.schemas
            )
        except RegoCompileError:
            return Judged(mutant=mutant, fate=Fate.INVALID)
        if _code(program) == self._original(names, chosen):
            return Judged(mutant=mutant, fate=Fate.SAME)
        for test in tests:
            result = program.run(test, Run(now_ns=self._now_ns, limits=_LIMITS))
            if result.status is not Status.PASSED:
                return Judged(mutant=mutant, fate=Fate.CAUGHT, caught_by=test.full_name)
        return Judged(mutant=mutant, fate=Fate.SURVIVED)

    def _original(self, names: frozenset[str], modules: Mapping[str, ast.Module]) -> str:
        if names not in self._originals:
            program = SuiteProgram(modules, self._suite.data, schemas=self._suite.schemas)
            self._originals[names] = _code(program)
        return self._originals[names]


def mutate_suite(suite: Suite, options: RunOptions | None = None) -> MutationResult:
    """Mutate every rule of the modules of ``suite`` that have no tests, and judge the tests.

    Raises RegoCompileError, and UsageError where a test does not pass, or nothing is to mutate.
    """
    chosen = options or RunOptions()
    if chosen.now_ns is None:
        chosen = RunOptions(
            pattern=chosen.pattern, processes=chosen.processes, now_ns=time.time_ns()
        )
    here = _Mutating(suite, chosen)
    if not here.mutants:
        raise UsageError("there is no rule to mutate", expected="a module without tests of its own")
    numbers = range(len(here.mutants))
    if chosen.processes == 1:
        return MutationResult(judged=tuple(here.judge(number) for number in numbers))
    size = max(1, -(-len(numbers) // (chosen.processes * _CHUNKS)))
    parts = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    with ProcessPoolExecutor(
        chosen.processes, initializer=_begin, initargs=(suite, chosen)
    ) as pool:
        judged = tuple(item for part in pool.map(_judge_here, parts) for item in part)
    return MutationResult(judged=judged)


# What a process of a pool works with; it is set once, when the process begins.
_here: list[_Mutating] = []


def _begin(suite: Suite, options: RunOptions) -> None:
    _here[:] = [_Mutating(suite, options)]


def _judge_here(numbers: Sequence[int]) -> list[Judged]:
    return [_here[0].judge(number) for number in numbers]


def _reaches(spans: _Spans, mutant: Mutant) -> bool:
    """Whether a test evaluated anything of the mutant's rule.

    Which arguments a function takes is decided before anything in it is evaluated: then every
    test is asked.
    """
    if mutant.in_arguments:
        return True
    start, end = mutant.rule_start, mutant.rule_end
    return any(start <= first and last <= end for first, last in spans.get(mutant.file, ()))


def _code(program: SuiteProgram) -> str:
    image = program.linked.program.image
    constants = [(name, repr(value)) for name, value in image.names.items() if name[0] == "k"]
    return f"{image.source}\n{constants}"


def _needs(modules: Mapping[str, ast.Module]) -> dict[str, frozenset[str]]:
    """The files that each file needs: those whose packages it refers to, and what these need."""
    packages = {file: _strings(module.package.path) for file, module in modules.items()}
    direct: dict[str, set[str]] = {}
    for file, module in modules.items():
        paths = [packages[file], *_data_paths(module)]
        direct[file] = {
            other
            for other, package in packages.items()
            for path in paths
            if path[: len(package)] == package or package[: len(path)] == path
        }
    found: dict[str, frozenset[str]] = {}
    for file in modules:
        needed: set[str] = set()
        pending = [file]
        while pending:
            name = pending.pop()
            if name not in needed:
                needed.add(name)
                pending += direct[name]
        found[file] = frozenset(needed)
    return found


def _data_paths(module: ast.Module) -> Iterator[tuple[str, ...]]:
    for node in walk(module):
        if isinstance(node, ast.Ref):
            head = node.terms[0]
            if (
                isinstance(head, ast.Var)
                and head.name == "data"
                and node is not module.package.path
            ):
                yield _strings(node)


def _strings(ref: ast.Ref) -> tuple[str, ...]:
    """The names behind ``data``, up to the first step that is none."""
    found: list[str] = []
    for term in ref.terms[1:]:
        if not isinstance(term, ast.String):
            break
        found.append(term.value)
    return tuple(found)
