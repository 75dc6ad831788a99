"""Tests are found and judged as by ``opa test`` 1.22.2, of which the wanted results are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from policyengine.errors import RegoCompileError, UsageError
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.testing import Case, RunOptions, Status, Suite, run_suite

_CASES = '{"a": {"x": 1, "holds": true}, "b": {"x": 2, "holds": true}}'


def run(body: str, options: RunOptions | None = None, **data: Any) -> Mapping[str, Any]:
    """The status of each test of a module, or the leaves of its table."""
    result = run_suite(Suite(modules={"a_test.rego": f"package a\n{body}"}, data=data), options)
    return {
        item.test.name: leaves(item.cases) if item.cases else item.status.value
        for item in result.results
    }


def leaves(cases: Mapping[str, Case]) -> dict[str, Any]:
    return {
        name: leaves(case.cases) if case.cases else ("fail" if case.failed else "pass")
        for name, case in cases.items()
    }


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        pytest.param("test_x if true", {"test_x": "pass"}, id="true"),
        pytest.param("test_x := 1 == 2", {"test_x": "fail"}, id="false"),
        pytest.param("test_x if input.x", {"test_x": "fail"}, id="undefined"),
        pytest.param("test_x := 7", {"test_x": "fail"}, id="number"),
        pytest.param('test_x := "true"', {"test_x": "fail"}, id="string"),
        pytest.param("test_x contains 1", {"test_x": "fail"}, id="set"),
        pytest.param("test_x := {true}", {"test_x": "fail"}, id="set-of-true"),
        pytest.param("test_x := json.unmarshal(\"{\")", {"test_x": "fail"}, id="builtin-error"),
        pytest.param("test_x if false else := true", {"test_x": "pass"}, id="else"),
        pytest.param("todo_test_x if true", {"todo_test_x": "skip"}, id="put-off"),
        pytest.param("b.test_x if true", {"b.test_x": "pass"}, id="reference"),
        pytest.param("test_x.y if true", {"test_x": "fail"}, id="reference-behind-the-name"),
        pytest.param(
            "test_x if false\ntest_x if true", {"test_x": "fail", "test_x#01": "pass"}, id="twice"
        ),
        pytest.param(
            "test_x := 1 == 1\ntest_x := 1 == 2",
            {"test_x": "pass", "test_x#01": "fail"},
            id="no-conflict-with-itself",
        ),
        pytest.param(
            "default test_x := true\ntest_x if false",
            {"test_x": "pass", "test_x#01": "fail"},
            id="default-is-one-of-its-own",
        ),
        pytest.param("test_x(y) if y == 1", {"test_x": "error"}, id="function"),
        pytest.param(
            "test_x if p\np := 1 if true\np := 2 if true", {"test_x": "error"}, id="conflict"
        ),
        pytest.param("test_x if not input", {"test_x": "pass"}, id="no-input"),
        pytest.param("test_x if data.v == 1", {"test_x": "pass"}, id="data"),
        pytest.param(
            "test_x if http.send({}).a with http.send as {\"a\": true}",
            {"test_x": "pass"},
            id="replaced-builtin",
        ),
        pytest.param(
            f"test_x[n] if {{ some n, c in {_CASES}; c.x == 1; c.holds }}",
            {"test_x": {"a": "pass", "b": "fail"}},
            id="table",
        ),
        pytest.param(
            'test_x[c.note] if { some c in [{"note": "n", "v": 1}, {"note": "m", "v": 2}]'
            "; w := c.v + 1; w == 2 }",
            {"test_x": {"n": "pass", "m": "fail"}},
            id="table-named-in-the-head",
        ),
        pytest.param(
            'test_x[sprintf("%s-%v", [c.n, c.v])] if { some c in [{"n": "p", "v": 1}, {"n": "q", '
            '"v": 2}, {"v": 3}]; w := c.v + 1; w == 2 }',
            {"test_x": {"p-1": "pass", "q-2": "fail"}},
            id="table-named-by-a-call",
        ),
        pytest.param(
            'test_x[i] if { some i in [1, 2, {"a": 3}]; i == 1 }',
            {"test_x": {"1": "pass", "2": "fail", '{"a":3}': "fail"}},
            id="table-named-by-any-value",
        ),
        pytest.param(
            'test_x[g][s] if { some g, c in {"k": {"m": 1, "n": 2}}; some s, v in c; v == 1 }',
            {"test_x": {"k": {"m": "pass", "n": "fail"}}},
            id="table-in-groups",
        ),
        pytest.param(
            'test_x["k"][s] if { some s in ["m", "n"]; s == "m" }',
            {"test_x": {"k": {"m": "pass", "n": "fail"}}},
            id="group-by-constant",
        ),
        pytest.param(
            "test_x[n] if { some n, v; v == 1; {\"a\": 1, \"b\": 2}[n] = v }",
            {"test_x": {"a": "pass", "b": "fail"}},
            id="table-in-another-order",
        ),
        pytest.param(
            'test_x[n] := v if some n, v in {"a": true, "b": false, "c": 3, "d": null}',
            {"test_x": {"a": "pass", "b": "fail", "c": "fail", "d": "pass"}},
            id="table-of-values",
        ),
        pytest.param(
            'test_x[n] := o if some n, o in {"a": {"b": true}, "c": {"d": false}, "e": {}}',
            {"test_x": {"a": {"b": "pass"}, "c": {"d": "fail"}, "e": "pass"}},
            id="table-of-objects",
        ),
        pytest.param("test_x[n] if some n in []", {"test_x": "pass"}, id="empty-table"),
        pytest.param(
            'test_x[n] contains v if { some n in ["a"]; some v in [1] }',
            {"test_x": "fail"},
            id="table-of-sets",
        ),
        pytest.param(
            'test_x[n] if { n := "a" }\ntest_x[n] if { n := "b"; false }',
            {"test_x": {"a": "pass"}, "test_x#01": {"b": "fail"}},
            id="table-twice",
        ),
    ],
)  # fmt: skip
def test_a_test_comes_to_what_opa_says(body: str, wanted: Mapping[str, Any]) -> None:
    assert run(body, v=1) == wanted


def test_what_a_test_prints_is_kept_with_it() -> None:
    suite = Suite(modules={"a.rego": 'package a\ntest_x if { print("a", 1); print("b"); false }'})
    (result,) = run_suite(suite).results
    assert result.output == ("a 1", "b")


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("test_one", {"test_one"}),
        ("^data.a.test_", {"test_one", "test_two"}),
        ("two$", {"test_two"}),
    ],
)
def test_a_pattern_chooses_by_the_full_name(pattern: str, wanted: set[str]) -> None:
    found = run("test_one if true\ntest_two if true", RunOptions(pattern=pattern))
    assert found.keys() == wanted


@pytest.mark.parametrize(
    ("body", "pattern", "problem"),
    [
        pytest.param("p := 1", None, "there is no test to run", id="no-test"),
        pytest.param("test_x if true", "test_y", "no test matches", id="none-chosen"),
        pytest.param("test_x if true", "(", "is no regular expression", id="no-expression"),
    ],
)
def test_nothing_to_run_is_an_error(body: str, pattern: str | None, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        run(body, RunOptions(pattern=pattern))


def test_a_suite_that_does_not_compile_is_not_run() -> None:
    with pytest.raises(RegoCompileError, match="var y is unsafe"):
        run("test_x if y")


def test_a_test_without_end_is_in_error_and_the_others_are_run() -> None:
    endless = "numbers.range(1, 100000)"
    body = f"test_x if {{ some a in {endless}; some b in {endless}; a + b == -1 }}\ntest_y if true"
    options = RunOptions(limits=Limits(seconds=0.3))
    assert run(body, options) == {"test_x": "error", "test_y": "pass"}


def test_several_processes_come_to_the_same() -> None:
    lines = [f"test_{n} if {n} % 3 == 0 with input as {n}" for n in range(40)]
    body = "\n".join([*lines, "p if input.a", "test_p if p with input.a as 1"])
    suite = Suite(modules={"a.rego": f"package a\n{body}"})
    one = run_suite(suite, RunOptions(coverage=True))
    three = run_suite(suite, RunOptions(coverage=True, processes=3))
    assert [(r.test, r.status) for r in one.results] == [(r.test, r.status) for r in three.results]
    assert one.coverage == three.coverage
    assert len(one.having(Status.PASSED)) == 15


def test_the_clock_is_the_one_that_was_given() -> None:
    assert run("test_x if time.now_ns() == 17", RunOptions(now_ns=17)) == {"test_x": "pass"}
