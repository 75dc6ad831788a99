"""Why a test failed: the expression, what its parts were, and which rules were tried in vain."""

from __future__ import annotations

import pytest

from policyengine.rego.testing import Status, Suite, run_suite
from policyengine.rego.testing.program import Run
from policyengine.rego.testing.why import Failed, Why, why_failed

RULES = """
deny contains msg if {
	some v in input.vulnerabilities
	v.severity == "high"
	not v.fixed
	msg := v.id
}

p if {
	input.a.b == 2
	f(input.a.c) > 3
}

f(x) := x + 1
"""


def why(body: str) -> Why:
    suite = Suite(modules={"a.rego": f"package a\n{RULES}\n{body}"})
    results = run_suite(suite).results
    (found,) = why_failed(suite, results, Run(now_ns=0)).values()
    return found


def told(failed: Failed) -> tuple[str, dict[str, object], str | None]:
    values = dict(failed.attempt.values)
    return failed.extent.text, values, failed.attempt.undefined


@pytest.mark.parametrize(
    ("body", "own", "others"),
    [
        pytest.param(
            "test_x if { x := 1; x + 1 == 3 }", [("x + 1 == 3", {"x + 1": 2}, None)], [], id="call"
        ),
        pytest.param(
            "test_x if { input.a; true }", [("input.a", {}, "input.a")], [], id="undefined-input"
        ),
        pytest.param(
            'test_x if count(deny) == 1 with input.vulnerabilities as [{"severity": "low"}]',
            [
                (
                    'count(deny) == 1 with input.vulnerabilities as [{"severity": "low"}]',
                    {"count(deny)": 0},
                    None,
                )
            ],
            [('v.severity == "high"', {"v.severity": "low"}, None)],
            id="rule-that-gave-nothing",
        ),
        pytest.param(
            'test_x if p with input as {"a": {"b": 2}}',
            [('p with input as {"a": {"b": 2}}', {}, "p")],
            [("f(input.a.c) > 3", {}, "input.a.c")],
            id="undefined-within-a-rule",
        ),
        pytest.param(
            'test_x if p with input as {"a": {"b": 2, "c": 2}}',
            [('p with input as {"a": {"b": 2, "c": 2}}', {}, "p")],
            [("f(input.a.c) > 3", {"input.a.c": 2, "f(input.a.c)": 3}, None)],
            id="call-within-a-rule",
        ),
        pytest.param(
            "test_x if not f(1) == 2", [("not f(1) == 2", {"f(1)": 2}, None)], [], id="negation"
        ),
        pytest.param(
            "test_x if every v in [1, 2] { v < 2 }",
            [("every v in [1, 2] { v < 2 }", {}, None)],
            [],
            id="every",
        ),
    ],
)
def test_the_expression_that_failed_is_told_with_its_parts(
    body: str, own: list[object], others: list[object]
) -> None:
    found = why(body)
    plain = [
        (text, {k: v for k, v in values.items() if k != "deny"}, undefined)
        for text, values, undefined in map(told, found.own)
    ]
    assert plain == own
    assert [told(failed) for failed in found.others] == others


def test_each_case_of_a_table_is_told_with_its_variables() -> None:
    found = why(
        'test_x[note] if {\n\tsome note, n in {"one": 1, "two": 2, "three": 3}\n\tn == 2\n}'
    )
    notes = {failed.attempt.variables["note"]: told(failed)[0] for failed in found.own}
    assert notes == {"one": "n == 2", "three": "n == 2"}


def test_a_test_with_a_value_tells_it() -> None:
    assert why("test_x := f(1)").values == (2,)


@pytest.mark.parametrize(
    "body",
    [
        "test_x if { p with input as {\"a\": {\"b\": 2, \"c\": 9}} }",
        "test_x if { count([1 | some x in [1, 2, 3]; x > 1; not x == 3]) == 1 }",
        "test_x if { every k, v in {\"a\": 1} { k == \"a\"; v == 1 } }",
        "test_x if { [a, {\"k\": b}] := [1, {\"k\": 2}]; a + b == 3 }",
        "test_x if { x := {y: z | some y, z in {\"a\": 1}}; x.a == 1 }",
        "test_x if { data.a.f(1) == 2 with data.a.f as 2 }",
        "test_x if { count(deny) == 0 } else := true if { count(deny) == 9 }",
        "test_x if { walk([[1]], [path, 1]); path == [0, 0] }",
    ],
)  # fmt: skip
def test_followed_code_comes_to_the_same(body: str) -> None:
    from policyengine.rego.compiler.make import Make
    from policyengine.rego.runtime.follow import Following
    from policyengine.rego.testing.program import SuiteProgram
    from policyengine.rego.testing.suite import find_tests

    modules = Suite(modules={"a.rego": f"package a\n{RULES}\n{body}"}).parsed()
    (test,) = find_tests(modules)
    statuses = []
    for make, record in ((Make.PLAIN, None), (Make.FOLLOWED, Following())):
        program = SuiteProgram(modules, {}, make=make)
        statuses.append(program.run(test, Run(now_ns=0, record=record)).status)
    assert statuses == [Status.PASSED, Status.PASSED]
