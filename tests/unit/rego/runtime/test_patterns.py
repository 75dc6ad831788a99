"""How many patterns are kept, and that none is searched longer than an evaluation has left."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego import Policy
from policyengine.rego.runtime.builtins import patterns, regexes
from policyengine.rego.runtime.builtins.patterns import compile_pattern
from policyengine.rego.runtime.builtins.registry import BuiltinError
from policyengine.rego.runtime.limits import DEFAULT_LIMITS, Limits

NESTED = "(a?" * 16_384 + ")?" * 16_384

# A call over ``input`` and ``data.pattern``.
SEARCHES: list[Any] = [
    pytest.param("regex.match(data.pattern, input)", id="match"),
    pytest.param('regex.match("(a|b)*a(a|b){900}c", input)', id="a pattern of the policy"),
    pytest.param("regex.find_n(data.pattern, input, -1)", id="find_n"),
    pytest.param("regex.find_all_string_submatch_n(data.pattern, input, -1)", id="submatch"),
    pytest.param("regex.split(data.pattern, input)", id="split"),
    pytest.param('regex.replace(input, data.pattern, "")', id="replace"),
    pytest.param(
        'regex.template_match(sprintf("{%s}", [data.pattern]), input, "{", "}")',
        id="template_match",
    ),
    pytest.param('glob.match(sprintf("%sc", [data.glob]), [], input)', id="glob"),
    pytest.param(
        'json.match_schema({"a": input}, {"properties": {"a": {"pattern": data.pattern}}})',
        id="a JSON Schema",
    ),
]


def evaluated(expression: str, text: str, limits: Limits = DEFAULT_LIMITS) -> Any:
    # Without braces, which delimit what the template has.
    data = {"pattern": "(a|b)*a" + "(a|b)" * 900 + "c", "glob": "*?a" * 900}
    policy = Policy.compile({"a.rego": f"package a\n\np := {expression}\n"}, data=data)
    return policy.evaluate("data.a.p", input=text, limits=limits)


@pytest.mark.parametrize("expression", SEARCHES)
def test_a_search_that_may_take_longer_than_is_left_is_not_begun(expression: str) -> None:
    with pytest.raises(EvaluationLimitExceeded) as caught:
        evaluated(expression, "ab" * 1_000_000, Limits(seconds=1))
    assert (caught.value.limit, caught.value.where) == ("deadline", "a.rego:3")
    assert "data.a.p: " in str(caught.value)


@pytest.mark.parametrize("expression", SEARCHES)
def test_a_search_in_a_short_text_is_made(expression: str) -> None:
    assert evaluated(expression, "ab" * 100, Limits(seconds=10)) is not None


@pytest.mark.parametrize(
    ("text", "found"),
    [pytest.param("b", True, id="the empty match"), pytest.param("a" * 300, True, id="a long one")],
)
def test_groups_within_groups_take_no_time_where_nobody_asks_for_them(
    text: str, found: bool
) -> None:
    policy = Policy.compile(
        {"a.rego": "package a\n\np := regex.match(data.b, input)\n"}, data={"b": NESTED}
    )
    assert policy.evaluate("data.a.p", input=text) is found


def test_groups_that_take_more_memory_than_a_value_may_are_a_limit() -> None:
    policy = Policy.compile(
        {"a.rego": "package a\n\np := regex.find_n(data.b, input, -1)\n"}, data={"b": NESTED}
    )
    with pytest.raises(EvaluationLimitExceeded) as caught:
        policy.evaluate("data.a.p", input="b")
    assert (caught.value.limit, caught.value.where) == ("size", "a.rego:3")


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("a" * patterns.LONG, id="a long text"),
        pytest.param("(a|b|cd){900}", id="a short text of a large program"),
        pytest.param(r"\pL{100}", id="classes of many ranges"),
    ],
)
def test_few_large_patterns_are_kept(pattern: str) -> None:
    assert not patterns.is_small(pattern)
    before = regexes._kept_finder.cache_info().currsize
    for index in range(3 * patterns._LARGE_KEPT):
        assert regexes.matcher(f"{pattern}{index}") is not False
    assert patterns._large.cache_info().currsize <= patterns._LARGE_KEPT
    if len(pattern) < patterns.LONG:
        assert regexes._kept_finder(pattern) is None
    else:
        assert regexes._kept_finder.cache_info().currsize == before


def test_a_small_pattern_has_a_mebibyte() -> None:
    assert compile_pattern("a+b").options.max_mem == 2**20
    assert compile_pattern("(a|b|cd){900}").options.max_mem == 64 * 2**20


def test_a_pattern_that_no_memory_is_enough_for_is_refused() -> None:
    with pytest.raises(BuiltinError, match="error parsing regexp"):
        compile_pattern("((a{100}){100}){100}")


def test_what_is_replaced_often_is_counted_once() -> None:
    policy = Policy.compile({"a.rego": 'package a\n\np := count(regex.replace(input, "a", "bb"))'})
    assert policy.evaluate("data.a.p", input="a" * 200_000) == 400_000
    with pytest.raises(EvaluationLimitExceeded) as caught:
        policy.evaluate("data.a.p", input="a" * 200_000, limits=Limits(size=300_000))
    assert caught.value.limit == "size"
    with pytest.raises(EvaluationLimitExceeded) as caught:
        policy.evaluate("data.a.p", input="a" * 200_000, limits=Limits(steps=100_000))
    assert caught.value.limit == "steps"
