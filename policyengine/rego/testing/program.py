"""Tests compiled with what they test, and one test evaluated."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from policyengine.errors import EvaluationError, EvaluationLimitExceeded, RegoEvaluationError
from policyengine.rego.compiler.check import Checked, check
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.nesting import room_for
from policyengine.rego.compiler.owners import Owner
from policyengine.rego.compiler.program import Linked, link
from policyengine.rego.compiler.running import Program
from policyengine.rego.coverage import Hit, range_of
from policyengine.rego.definitions import context_of
from policyengine.rego.guard import Asked, Ending, Guarded
from policyengine.rego.runtime.builtins.language import TEST_CASES
from policyengine.rego.runtime.evaluation import Node, extent
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import UNDEFINED, Value
from policyengine.rego.syntax import ast
from policyengine.rego.testing.cases import with_cases
from policyengine.rego.testing.results import Case, Status, TestProblem, TestResult
from policyengine.rego.testing.suite import RuleTest

TEST_LIMITS: Final = Limits(seconds=5.0)
"""As ``opa test``: five seconds a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a test is run. ``record`` is what the make of the program reports to."""

    now_ns: int
    limits: Limits = TEST_LIMITS
    record: Any = None


class TestProgram:
    """Code of tests and of what they test, over the data that they are tested over."""

    def __init__(
        self,
        program: Program,
        data: Mapping[str, Any],
        by_keys: Callable[[], Program] | None,
    ) -> None:
        """``by_keys`` compiles the same so that no key of a rule is made but those asked for.

        It is None where nothing is to be tried again.
        """
        self._program = program
        self._data: Value = dict(data)
        self._compile_by_keys = by_keys
        self._program_by_keys: Program | None = None

    def run(self, test: RuleTest, run: Run) -> TestResult:
        """Evaluate one test; after an error of a rule, by the program that asks by keys."""
        begun = time.monotonic()
        result, may_be_of_another_key = self._run(self._program, test, run)
        compile_by_keys = self._compile_by_keys if self._program.image.takes_whole else None
        if compile_by_keys is None or not may_be_of_another_key:
            return result
        if self._program_by_keys is None:
            self._program_by_keys = compile_by_keys()
        left = replace(run, limits=run.limits.after(begun), record=self._record_by_keys(run))
        again, _ = self._run(self._program_by_keys, test, left)
        return replace(again, seconds=result.seconds + again.seconds)

    def _record_by_keys(self, run: Run) -> Any:
        return run.record

    def _run(self, program: Program, test: RuleTest, run: Run) -> tuple[TestResult, bool]:
        """What the test came to, and whether an error of a rule ended it."""
        if test.is_put_off:
            return TestResult(test=test, status=Status.SKIPPED), False
        node = _node(program, test)
        if node is None or node.is_function:
            message = f"function {test.full_name} used as reference, not called"
            problem = TestProblem(code="rego_type_error", message=message, row=1, col=1)
            return TestResult(test=test, status=Status.ERROR, problem=problem), False
        output: list[str] = []
        is_of_rule = False
        begun = time.perf_counter()
        value: Any = UNDEFINED
        noted: Any = []
        problem_: TestProblem | None = None
        try:
            owner = Owner(rule=test.full_name, file=test.file, row=test.row)
            with Ending(Guarded(run.limits, program.image.owners, Asked(owner))) as guard, guard:
                context = context_of(
                    program,
                    self._data,
                    guard,
                    document=UNDEFINED,
                    now_ns=run.now_ns,
                    strict=False,
                    print_to=output.append,
                    record=run.record,
                )
                value = to_json(extent(context, node))
                noted = context.session.memo.get(TEST_CASES, [])
        except RegoEvaluationError as error:
            is_of_rule = True
            problem_ = TestProblem(
                code=error.code,
                message=error.message,
                file=error.file,
                row=error.row,
                col=error.col,
            )
        except EvaluationLimitExceeded as error:
            problem_ = TestProblem(code="eval_cancel_error", message=str(error))
        except EvaluationError as error:
            problem_ = TestProblem(code="eval_internal_error", message=str(error))
        seconds = time.perf_counter() - begun
        told = tuple(output)
        if problem_ is not None:
            result = TestResult(
                test=test, status=Status.ERROR, problem=problem_, output=told, seconds=seconds
            )
            return result, is_of_rule
        cases: dict[str, Case] = {}
        failed = value is not True
        if test.is_table:
            cases = cases_of(value, noted)
            failed = value is UNDEFINED or any(case.failed for case in cases.values())
        result = TestResult(
            test=test,
            status=Status.FAILED if failed else Status.PASSED,
            cases=cases,
            output=told,
            seconds=seconds,
        )
        return result, False


def _node(program: Program, test: RuleTest) -> Node | None:
    node: Node | None = program.nodes
    for name in test.path:
        node = None if node is None else node.children.get(name)
    return node


class SuiteProgram(TestProgram):
    """Modules that passed all checks, as code of one make, with the trees that it came from."""

    def __init__(
        self,
        modules: Mapping[str, ast.Module],
        data: Mapping[str, Any],
        *,
        make: Make = Make.PLAIN,
        schemas: Mapping[str, Any] | None = None,
        by_keys: bool = False,
    ) -> None:
        """Compile modules of ``Suite.parsed``. Raises RegoCompileError.

        What followed code tells is read by the places of one program: whoever reads it asks for
        one that makes rules ``by_keys`` where the other one fails.
        """
        with room_for(modules):
            self._checked = check(modules, schemas=schemas, data=data, prepare=with_cases)
            self._linked = link(self._checked, make=make, by_keys=by_keys)
        super().__init__(
            self._linked.program,
            data,
            None if by_keys or make is Make.FOLLOWED else lambda: self._linked_by_keys.program,
        )
        self._seen_by_keys: set[int] = set()

    @cached_property
    def _linked_by_keys(self) -> Linked:
        return link(self._checked, make=self._linked.parts.make, by_keys=True)

    def _record_by_keys(self, run: Run) -> Any:
        return self._seen_by_keys if self._linked.parts.make is Make.COVERED else run.record

    @property
    def checked(self) -> Checked:
        return self._checked

    @property
    def linked(self) -> Linked:
        return self._linked

    def hits(self, seen: set[int]) -> set[Hit]:
        """What code of the covered make has seen."""
        found = _hits(self._linked, seen)
        if self._seen_by_keys:
            found |= _hits(self._linked_by_keys, self._seen_by_keys)
        return found


def _hits(linked: Linked, seen: set[int]) -> set[Hit]:
    spans = linked.parts.constants.spans
    return {(spans[span].file, range_of(spans[span])) for span in seen}


def cases_of(value: Any, begun: list[Value]) -> dict[str, Case]:
    """The cases of a table: what its object has, and each that began and is not in it."""
    tree = _tree(value) if type(value) is dict else {}
    for keys in begun:
        level = tree
        names = [key if type(key) is str else marshal(key) for key in keys]
        for name in names[:-1]:
            below = level.setdefault(name, {})
            if type(below) is not dict:
                break
            level = below
        else:
            level.setdefault(names[-1], False)
    return {name: _case(name, item) for name, item in tree.items()}


def _tree(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _tree(item) if type(item) is dict else item for key, item in value.items()}


def _case(name: str, item: Any) -> Case:
    if type(item) is not dict:
        # OPA takes null for a case that holds.
        return Case(name=name, failed=item is not True and item is not None)
    cases = {key: _case(key, below) for key, below in sorted(item.items())}
    return Case(name=name, failed=any(case.failed for case in cases.values()), cases=cases)
