"""Faults in rules: which are made, which tests notice them, which count."""

from __future__ import annotations

import pytest

from policyengine.errors import UsageError
from policyengine.rego.testing.mutants import Fault, mutants
from policyengine.rego.testing.mutation import Fate, MutationResult, mutate_suite
from policyengine.rego.testing.runner import RunOptions
from policyengine.rego.testing.suite import Suite


def faults(rule: str) -> set[tuple[str, str, str]]:
    modules = Suite(modules={"a.rego": f"package a\n{rule}"}).parsed()
    return {(m.fault.name, m.before, m.after) for _, m in mutants(modules)}


def mutated(rules: str, tests: str, options: RunOptions | None = None) -> MutationResult:
    sources = {
        "a.rego": f"package a\n{rules}",
        "a_test.rego": f"package a_test\nimport data.a\n{tests}",
    }
    return mutate_suite(Suite(modules=sources), options)


def fates(result: MutationResult) -> dict[tuple[Fault, str, str], Fate]:
    return {
        (j.mutant.fault, j.mutant.before, j.mutant.after): j.fate
        for j in result.judged
        if j.mutant.fault is not Fault.RULE
    }


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        pytest.param(
            "p if input.x > 3",
            {
                ("COMPARISON", ">", "<="),
                ("COMPARISON", ">", ">="),
                ("CONSTANT", "3", "4"),
                ("EXPRESSION", "input.x > 3", ""),
                ("RULE", "p if input.x > 3", ""),
            },
            id="comparison",
        ),
        pytest.param(
            "p if not input.x",
            {
                ("NEGATION", "not input.x", "input.x"),
                ("EXPRESSION", "not input.x", ""),
                ("RULE", "p if not input.x", ""),
            },
            id="negation",
        ),
        pytest.param(
            'p := {"a", "b"}',
            {
                ("ELEMENT", '"a"', ""),
                ("ELEMENT", '"b"', ""),
                ("CONSTANT", '"a"', '"a~"'),
                ("CONSTANT", '"b"', '"b~"'),
                ("RULE", 'p := {"a", "b"}', ""),
            },
            id="set",
        ),
        pytest.param(
            "p := true if input.x else := false",
            {
                ("CONSTANT", "true", "false"),
                ("CONSTANT", "false", "true"),
                ("EXPRESSION", "input.x", ""),
                ("NEGATION", "input.x", "not input.x"),
                ("ELSE", "else := false", ""),
                ("RULE", "p := true if input.x else := false", ""),
            },
            id="else",
        ),
        pytest.param(
            "p if { some x in input.xs; x + 1 == 3 }",
            {
                ("ARITHMETIC", "+", "-"),
                ("COMPARISON", "==", "!="),
                ("CONSTANT", "1", "2"),
                ("CONSTANT", "3", "4"),
                ("EXPRESSION", "x + 1 == 3", ""),
                ("RULE", "p if { some x in input.xs; x + 1 == 3 }", ""),
            },
            id="declaration-stays",
        ),
        pytest.param(
            'p contains sprintf("%s", [input.x]) if { print("a"); input["x"].y }',
            {
                ("EXPRESSION", 'input["x"].y', ""),
                ("NEGATION", 'input["x"].y', 'not input["x"].y'),
                (
                    "RULE",
                    'p contains sprintf("%s", [input.x]) if { print("a"); input["x"].y }',
                    "",
                ),
            },
            id="messages-and-names-stay",
        ),
    ],
)
def test_faults_are_small_and_named(rule: str, wanted: set[tuple[str, str, str]]) -> None:
    assert faults(rule) == wanted


def test_every_fault_but_the_unnoticed_one_is_caught() -> None:
    result = mutated(
        "p if { input.x > 3; input.y }",
        'test_p if a.p with input as {"x": 5, "y": 1}\n'
        'test_low if not a.p with input as {"x": 3, "y": 1}\n'
        'test_no_y if not a.p with input as {"x": 5}',
    )
    found = fates(result)
    assert found.pop((Fault.CONSTANT, "3", "4")) is Fate.SURVIVED
    assert {*found.values()} == {Fate.CAUGHT}
    assert 0 < result.score < 100


def test_the_test_that_noticed_is_told() -> None:
    result = mutated("p if input.x", "test_no if not a.p\ntest_p if a.p with input.x as 1")
    (dropped,) = [j for j in result.judged if j.mutant.fault is Fault.EXPRESSION]
    assert dropped.caught_by == "data.a_test.test_no"


def test_a_rule_that_no_test_reaches_is_untested() -> None:
    result = mutated("p if input.x\nq if input.y == 1", "test_p if a.p with input.x as 1")
    untested = {j.mutant.row for j in result.having(Fate.UNTESTED)}
    assert untested == {3}


def test_what_does_not_compile_does_not_count() -> None:
    result = mutated("p := y if y := input.x", "test_p if a.p == 1 with input.x as 1")
    assert fates(result)[Fault.EXPRESSION, "y := input.x", ""] is Fate.INVALID
    assert result.score == 100


def test_a_fault_in_an_argument_is_given_to_every_test() -> None:
    result = mutated(
        'f("a") := 1\nf("b") := 2',
        'test_a if a.f("a") == 1\ntest_b if a.f("b") == 2\ntest_no if not a.f("a~")',
    )
    assert {*fates(result).values()} == {Fate.CAUGHT}


def test_several_processes_judge_the_same() -> None:
    rules = "\n".join(f"p{n} if input.x > {n}" for n in range(12))
    tests = "\n".join(f"test_{n} if a.p{n} with input.x as {n + 1}" for n in range(12))
    assert mutated(rules, tests) == mutated(rules, tests, RunOptions(processes=2))


@pytest.mark.parametrize(
    ("rules", "tests", "problem"),
    [
        ("p := 1", "test_p if a.p == 2", "the tests must pass before"),
        ("", "test_p if true", "there is no rule to mutate"),
        ("p := 1", "q := 1", "there is no test to run"),
    ],
)
def test_what_cannot_be_mutated_is_an_error(rules: str, tests: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        mutated(rules, tests)
