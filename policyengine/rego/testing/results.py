"""What tests came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from policyengine.rego.coverage import FileCoverage
from policyengine.rego.testing.suite import RuleTest


class Status(Enum):
    """What one test came to. An error is neither: it could not be evaluated."""

    PASSED = "pass"
    FAILED = "fail"
    SKIPPED = "skip"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One entry of a table of tests, or a group of them."""

    name: str
    failed: bool
    cases: Mapping[str, Case] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestProblem:
    """Why a test is in error. ``code`` is OPA's."""

    code: str
    message: str
    file: str = ""
    row: int = 0
    col: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """``output`` are the lines of ``print``; ``seconds`` of wall time."""

    test: RuleTest
    status: Status
    cases: Mapping[str, Case] = field(default_factory=dict)
    output: tuple[str, ...] = ()
    problem: TestProblem | None = None
    seconds: float = 0.0

    @property
    def leaves(self) -> tuple[int, int]:
        """How many cases passed and failed; a test without cases is one of its own."""
        if not self.cases:
            return int(self.status is Status.PASSED), int(self.status is Status.FAILED)
        counted = [_leaves(case) for case in self.cases.values()]
        return sum(passed for passed, _ in counted), sum(failed for _, failed in counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """All results by file and row; ``coverage`` by file, where it was asked for."""

    results: tuple[TestResult, ...]
    coverage: Mapping[str, FileCoverage] | None = None

    def having(self, status: Status) -> tuple[TestResult, ...]:
        return tuple(result for result in self.results if result.status is status)


def _leaves(case: Case) -> tuple[int, int]:
    if not case.cases:
        return int(not case.failed), int(case.failed)
    counted = [_leaves(below) for below in case.cases.values()]
    return sum(passed for passed, _ in counted), sum(failed for _, failed in counted)
