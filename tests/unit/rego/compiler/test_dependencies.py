"""A variable that is bound to constants refers to no more rules than these name, as in OPA."""

from __future__ import annotations

import pytest

from policyengine.errors import RegoCompileError
from policyengine.rego.policy import Policy


@pytest.mark.parametrize(
    "body",
    [
        'root := "b"; data[root].p',
        'some root in ["b", "c"]; data[root].p',
        'roots := {"x": "b"}; data[roots.x].p',
        'roots := {"x": ["b"]}; data[roots[_][0]].p',
        'some root in ["b", "c"]; every x in [1, 2] { data[root].p == x }',
        'some root in ["b", "c"]; count([1 | data[root].p]) == 0',
        'root := "b"; other := root; data[other].p',
    ],
)
def test_a_rule_may_loop_over_other_packages(body: str) -> None:
    policy = Policy.compile(
        {"a.rego": f"package a\n\np if {{ {body} }}\n", "b.rego": "package b\n\np := 1\n"}
    )
    assert policy.evaluate("data.b.p") == 1


@pytest.mark.parametrize(
    "body",
    [
        "some root in input.roots; data[root].p",
        'some root in ["b", "a"]; data[root].p',
        'every root in ["b", "c"] { data[root].p }',
        'root := "b"; data[root].p with data.a.p as 1',
        'roots := ["b", input.x]; data[roots[_]].p',
        "f(1) with data.a.f as 2",
        "data[_].p",
    ],
)
def test_a_rule_that_may_reach_itself_is_recursive(body: str) -> None:
    with pytest.raises(RegoCompileError) as raised:
        Policy.compile(
            {
                "a.rego": f"package a\n\np if {{ {body} }}\n\nf(x) := x if data.a.p\n",
                "b.rego": "package b\n\np := 1\n",
            }
        )
    assert {error.code for error in raised.value.errors} == {"rego_recursion_error"}


def test_what_the_narrowed_rule_refers_to_is_evaluated() -> None:
    policy = Policy.compile(
        {
            "a.rego": 'package a\n\np contains root if {\n\tsome root in ["b", "c"]\n'
            "\tdata[root].p\n}\n",
            "b.rego": "package b\n\np if input.x\n",
            "c.rego": "package c\n\np if not input.y\n",
        }
    )
    assert policy.evaluate("data.a.p", input={"x": 1}) == ["b", "c"]
    assert policy.evaluate("data.a.p", input={"y": 1}) == []
