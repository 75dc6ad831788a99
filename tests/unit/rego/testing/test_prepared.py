"""Suites from the cache give what they gave when they were compiled; what changed is compiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import RegoCompileError, UsageError
from policyengine.rego.private_files import PrivateFiles
from policyengine.rego.testing import RunOptions, Suite, SuiteResult, prepared, run_suite
from policyengine.rego.testing.prepared import prepare

RULES = "package a\n\ndeny contains v if some v in input.found\n\nover(x) if x > data.limit\n"
TESTS = """package a_test

import data.a

test_denied if a.deny == {"x"} with input.found as ["x"]

test_denied if a.deny == {"y"} with input.found as ["x"]

todo_test_later if true

test_cases[name] if {
	some name, case in {"low": {"x": 1}, "high": {"x": 9}}
	print("at", name)
	a.over(case.x)
}

test_wrong := {k: v | some k in ["a", "a"]; some v in [1, 2]}
"""
SUITE = Suite(modules={"a.rego": RULES, "a_test.rego": TESTS}, data={"limit": 5})


class Compiled(Exception):
    pass


@pytest.fixture
def cache(tmp_path: Path) -> PrivateFiles:
    return PrivateFiles(tmp_path / "compiled")


@pytest.fixture
def compiling_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def fail(*_: Any, **__: Any) -> Any:
        raise Compiled

    return lambda: monkeypatch.setattr(prepared, "SuiteProgram", fail)


def told(result: SuiteResult) -> list[Any]:
    """All but the times."""
    return [replace(item, seconds=0.0) for item in result.results]


def test_a_suite_that_was_compiled_once_is_not_compiled_again(
    cache: PrivateFiles, compiling_fails: Callable[[], None]
) -> None:
    first = told(run_suite(SUITE, cache=cache))
    assert [(item.test.full_name, item.status.value) for item in first] == [
        ("data.a_test.test_denied", "pass"),
        ("data.a_test.test_denied#01", "fail"),
        ("data.a_test.todo_test_later", "skip"),
        ("data.a_test.test_cases", "fail"),
        ("data.a_test.test_wrong", "error"),
    ]
    assert first == told(run_suite(SUITE))
    compiling_fails()
    assert told(run_suite(SUITE, cache=cache)) == first


def test_processes_read_the_suite_that_the_first_one_compiled(cache: PrivateFiles) -> None:
    one = told(run_suite(SUITE, cache=cache))
    assert told(run_suite(SUITE, RunOptions(processes=3), cache=cache)) == one


def test_a_pattern_chooses_among_all_tests_of_a_suite_from_the_cache(
    cache: PrivateFiles, compiling_fails: Callable[[], None]
) -> None:
    run_suite(SUITE, RunOptions(pattern="cases"), cache=cache)
    compiling_fails()
    (found, _) = run_suite(SUITE, RunOptions(pattern="denied"), cache=cache).results
    assert found.test.name == "test_denied"
    with pytest.raises(UsageError, match="no test matches 'nothing'"):
        run_suite(SUITE, RunOptions(pattern="nothing"), cache=cache)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(replace(SUITE, modules={**SUITE.modules, "a.rego": RULES + " "}), id="text"),
        pytest.param(
            replace(SUITE, modules={"b.rego": RULES, "a_test.rego": TESTS}), id="name of a file"
        ),
        pytest.param(
            replace(SUITE, modules={**SUITE.modules, "b.rego": "package b"}), id="one more module"
        ),
        pytest.param(replace(SUITE, data={"limit": 6}), id="data"),
        pytest.param(replace(SUITE, schemas={"schema": {"type": "object"}}), id="schema"),
        pytest.param(replace(SUITE, file_rego_versions={"a.rego": "v1"}), id="version of a file"),
    ],
)
def test_a_suite_of_which_anything_differs_is_compiled(
    changed: Suite, cache: PrivateFiles, compiling_fails: Callable[[], None]
) -> None:
    run_suite(SUITE, cache=cache)
    compiling_fails()
    with pytest.raises(Compiled):
        run_suite(changed, cache=cache)


def test_a_suite_that_is_read_as_another_version_is_compiled(
    cache: PrivateFiles, compiling_fails: Callable[[], None]
) -> None:
    suite = Suite(modules={"a_test.rego": "package a\nimport rego.v1\ntest_x if true"})
    run_suite(suite, cache=cache)
    compiling_fails()
    with pytest.raises(Compiled):
        run_suite(replace(suite, rego_version="v0"), cache=cache)


def test_data_where_rules_are_is_refused_whatever_was_compiled_before(cache: PrivateFiles) -> None:
    run_suite(SUITE, cache=cache)
    with pytest.raises(RegoCompileError):
        run_suite(replace(SUITE, data={"a": {"deny": ["x"]}}), cache=cache)


@pytest.mark.parametrize(
    ("module", "error"),
    [
        pytest.param("package a\ntest_x if y == 1", RegoCompileError, id="not compiled"),
        pytest.param("package a\nx if true", UsageError, id="no test"),
        pytest.param("package a\nx if y == 1", UsageError, id="no test, and not compiled"),
    ],
)
def test_what_cannot_be_run_is_not_kept(
    module: str, error: type[Exception], cache: PrivateFiles, tmp_path: Path
) -> None:
    for _ in range(2):
        with pytest.raises(error):
            run_suite(Suite(modules={"a.rego": module}), cache=cache)
    assert not [*tmp_path.rglob("*.suite-*")]


def test_a_damaged_suite_is_compiled_again(cache: PrivateFiles, tmp_path: Path) -> None:
    first = told(run_suite(SUITE, cache=cache))
    (entry,) = tmp_path.rglob("*.suite-*")
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 1
    entry.write_bytes(content)
    assert told(run_suite(SUITE, cache=cache)) == first
    assert entry.read_bytes() != content


def test_coverage_is_noted_by_code_that_is_compiled_for_it(cache: PrivateFiles) -> None:
    wanted = run_suite(SUITE, RunOptions(coverage=True)).coverage
    run_suite(SUITE, cache=cache)
    assert run_suite(SUITE, RunOptions(coverage=True), cache=cache).coverage == wanted
    assert wanted is not None
    assert wanted["a.rego"].covered


def test_tests_from_the_cache_are_those_that_were_found(cache: PrivateFiles) -> None:
    _, first = prepare(SUITE, None, cache)
    _, again = prepare(SUITE, None, cache)
    assert first == again
    assert [test.is_table for test in again] == [False, False, False, True, False]
