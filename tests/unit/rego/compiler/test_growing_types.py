"""Types that would double with every rule, or nest deeper with every rule, stay small.

Without a bound these programs take longer than anyone waits: the check is that they compile.
"""

from __future__ import annotations

import pytest

from policyengine.errors import RegoCompileError
from policyengine.rego.compiler.types.lattice import (
    ANY_OBJECT,
    HEAVIEST,
    NUMBER,
    STRING,
    bounded,
)
from policyengine.rego.policy import Policy
from policyengine.rego.runtime.types import ANY, ArrayType, ObjectType, RegoType, SetType, UnionType

_RULES = 200


def chain(first: str, following: str) -> str:
    rules = [first, *(following.format(n=n, before=n - 1) for n in range(1, _RULES))]
    return "\n".join(["package a", "", *rules, ""])


@pytest.mark.parametrize(
    ("first", "following"),
    [
        pytest.param("a0 := [1]", "a{n} := [a{before}, a{before}]", id="arrays"),
        pytest.param("a0 := [1]", 'a{n} := {{"x": a{before}, "y": a{before}}}', id="objects"),
        pytest.param("a0 := [1]", "a{n} := {{a{before}, [a{before}]}}", id="sets"),
        pytest.param("a0(x) := [x]", "a{n}(x) := [a{before}(x), a{before}([x])]", id="functions"),
        pytest.param("a0 := [1]", "a{n} := [[x, x] | x := a{before}]", id="comprehensions"),
        pytest.param("a0 := [1]", "a{n} := [a{before}]", id="deeper and deeper"),
        pytest.param(
            "a0 := 1",
            "a{n} := [a{before}] if input.x\na{n} := {{a{before}}} if input.y",
            id="unions",
        ),
        pytest.param(
            "a0[x] := x if some x in [1]",
            "a{n}[x] := [a{before}, a{before}] if some x in [1]",
            id="keys",
        ),
    ],
)
def test_rules_that_each_use_the_one_before_twice_compile(first: str, following: str) -> None:
    policy = Policy.compile({"a.rego": chain(first, following)})
    assert len(policy.evaluate_rules("data.a", {f"a{n}" for n in range(5)})) <= 10


def test_variables_that_each_use_the_one_before_twice_compile() -> None:
    lines = [f"\tx{n} := [x{n - 1}, x{n - 1}]" for n in range(1, _RULES)]
    source = "\n".join(["package a", "", "p if {", "\tx0 := [1]", *lines, "}", ""])
    assert Policy.compile({"a.rego": source}).evaluate("data.a.p") is True


def test_small_types_are_still_held_to() -> None:
    source = 'package a\n\nx := [[1], [2]]\n\ny := [x, x]\n\np if y[0][1][0] == "text"\n'
    with pytest.raises(RegoCompileError) as refused:
        Policy.compile({"a.rego": source})
    assert [finding.code for finding in refused.value.errors] == ["rego_type_error"]


def _nested(levels: int) -> RegoType:
    one: RegoType = NUMBER
    for _ in range(levels):
        one = ArrayType((one,))
    return one


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(ArrayType((NUMBER,)), ArrayType((NUMBER,)), id="small"),
        pytest.param(ArrayType((NUMBER,) * HEAVIEST), ArrayType((), ANY), id="array"),
        pytest.param(SetType(ArrayType((NUMBER,) * HEAVIEST)), SetType(ANY), id="set"),
        pytest.param(
            ObjectType((("x", ArrayType((STRING,) * HEAVIEST)),)), ANY_OBJECT, id="object"
        ),
        pytest.param(UnionType((NUMBER, ArrayType((NUMBER,) * HEAVIEST))), ANY, id="union"),
        pytest.param(_nested(41), ArrayType((), ANY), id="deep"),
        pytest.param(_nested(39), _nested(39), id="not so deep"),
    ],
)
def test_a_type_over_the_bound_is_widened(given: RegoType, expected: RegoType) -> None:
    assert bounded(given) == expected
