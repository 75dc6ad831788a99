"""Why a test failed: the expression that did not hold, and what its parts were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policyengine.rego.compiler.make import Make
from policyengine.rego.runtime.follow import Event, Extent, Following, Spot
from policyengine.rego.runtime.values import Value
from policyengine.rego.steps import Attempt, RuleSteps, rule_steps
from policyengine.rego.syntax import ast
from policyengine.rego.testing.program import Run, SuiteProgram
from policyengine.rego.testing.results import Status, TestResult
from policyengine.rego.testing.suite import RuleTest, Suite

_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An expression, and one attempt at it that failed."""

    extent: Extent
    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """``own`` are expressions of the test, ``others`` of rules that were tried in vain for it.

    ``values`` are what the test gave, if it gave anything: then none of them is true.
    """

    own: tuple[Failed, ...]
    others: tuple[Failed, ...]
    values: tuple[Value, ...]


def why_failed(suite: Suite, results: Sequence[TestResult], run: Run) -> dict[str, Why]:
    """Why each of ``results`` that failed did, by full name: it is evaluated once more."""
    failed = [result.test for result in results if result.status is Status.FAILED]
    if not failed:
        return {}
    modules = suite.parsed()
    whole = _Followed(modules, suite, by_keys=False)
    by_keys: _Followed | None = None
    found: dict[str, Why] = {}
    for test in failed:
        spots, following = whole.spots, Following()
        if whole.run(test, run, following) is Status.ERROR:
            # It failed without an error where rules were made by keys.
            by_keys = by_keys or _Followed(modules, suite, by_keys=True)
            spots, following = by_keys.spots, Following()
            by_keys.run(test, run, following)
        own: list[RuleSteps] = []
        others: list[RuleSteps] = []
        events: dict[str, list[Event]] = {}
        for event in following.events:
            events.setdefault(event[1].part.file, []).append(event)
        for file, told in events.items():
            for rule in modules[file].rules:
                is_own = _is_at(rule, test.file, test.row, test.col)
                (own if is_own else others).extend(_steps(rule, spots[file], told))
        found[test.full_name] = Why(
            own=_of_table(own) if test.is_table else _first(own),
            others=_first(others),
            values=tuple(s.value for item in own for s in item.solutions if not test.is_table),
        )
    return found


class _Followed:
    """Followed code of a suite, and its places by file."""

    def __init__(self, modules: Mapping[str, ast.Module], suite: Suite, *, by_keys: bool) -> None:
        self._program = SuiteProgram(
            modules, suite.data, make=Make.FOLLOWED, schemas=suite.schemas, by_keys=by_keys
        )
        self.spots: dict[str, list[Spot]] = {}
        for spot in self._program.linked.spots():
            self.spots.setdefault(spot.part.file, []).append(spot)

    def run(self, test: RuleTest, run: Run, following: Following) -> Status:
        """Evaluate a test, which ``following`` is told of."""
        own = Run(now_ns=run.now_ns, limits=run.limits, record=following)
        return self._program.run(test, own).status


def _steps(rule: ast.Rule, spots: list[Spot], events: list[Event]) -> list[RuleSteps]:
    own = [event for event in events if _is_in(event[1], rule)]
    near = [spot for spot in spots if _is_in(spot, rule)] if own else []
    return rule_steps([rule], near, own) if own else []


def _is_in(spot: Spot, rule: ast.Rule) -> bool:
    place, whole = spot.part, rule.location
    return whole.start <= place.start and place.end <= whole.end


def _is_at(rule: ast.Rule, file: str, row: int, col: int) -> bool:
    location = rule.location
    return (location.file, location.row, location.col) == (file, row, col)


def _first(found: Sequence[RuleSteps]) -> tuple[Failed, ...]:
    """Of each rule that gave nothing, the expression at which it ended."""
    ends = [step for steps in found if (step := steps.failing) is not None]
    return tuple(Failed(extent=s.extent, attempt=s.failed[0]) for s in ends if s.failed)[:_MOST]


def _of_table(found: Sequence[RuleSteps]) -> tuple[Failed, ...]:
    """Of a table, what failed for any case."""
    return tuple(
        Failed(extent=step.extent, attempt=attempt)
        for steps in found
        for step in steps.steps
        if step.depth == 0
        for attempt in step.failed
    )[:_MOST]
