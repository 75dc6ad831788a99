"""Where the types of queries and of several rules are told, and what is told of them."""

from __future__ import annotations

import pytest

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.policy import Policy


def _findings(source: str) -> tuple[RegoFinding, ...]:
    with pytest.raises(RegoCompileError) as raised:
        Policy.compile({"m.rego": source})
    return raised.value.errors


def test_each_undefined_reference_is_told_where_it_stands() -> None:
    # OPA tells all of them at the last place that names a rule of the same package.
    source = 'package a\n\nq := {"a": 1}\n\np if q.b\n\nr if q.c\n\ns if q.a\n'
    assert [(e.row, e.col, e.message, e.line) for e in _findings(source)] == [
        (5, 6, "undefined ref: data.a.q.b", "p if q.b"),
        (7, 6, "undefined ref: data.a.q.c", "r if q.c"),
    ]


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ('p if startswith(1, "a")', "found (number, string), expected (string, string)"),
        ("p if upper({1: 2})", "found (object<1: number>), expected (string)"),
        ('p if 1 == "a"', "number is never equal to string"),
        ('p if {"b": 1, "a": []} == [null]', "object<a: array, b: number> is never equal to"),
        ('p if {"b": 1, "a": 2}.c', "expected one of a, b"),
        ("p if [1].a", "expected number"),
        ('p if [1][0]["a"]', "number has no members"),
        ("p if {}.a", "it has no members"),
        ("p if data[1]\n\nq if data.a.p[2]", "boolean has no members"),
        ("f(x) := x\n\np if f", "call it"),
    ],
)
def test_a_hint_says_what_was_found_and_what_was_expected(rule: str, hint: str) -> None:
    hints = [error.hint for error in _findings(f"package a\n\n{rule}\n")]
    assert any(found is not None and found.startswith(hint) for found in hints)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('1 = "a"', "match error"),
        ('startswith(1, "a")', "startswith: invalid argument(s)"),
        ("x := 1; x.foo", "undefined ref: x.foo"),
        ('1 + "a"', "plus: invalid argument(s)"),
        ('1 in ["a"]', "match error"),
        ("[1][2]", "undefined ref: [1][2]"),
        ("data.a.q.b", "undefined ref: data.a.q.b"),
        ("data.a.f(1) = 1", "match error"),
        ('data.a.f("x")', "data.a.f: invalid argument(s)"),
    ],
)
def test_a_query_of_wrong_types_is_refused(query: str, message: str) -> None:
    source = 'package a\n\nq := {"a": 1}\n\nf(x) := sprintf("%d", [x + 1])\n'
    policy = Policy.compile({"m.rego": source})
    with pytest.raises(RegoCompileError) as raised:
        policy.query(query)
    assert [(error.code, error.message) for error in raised.value.errors] == [
        ("rego_type_error", message)
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('1 == "a"', [[False]]),
        ('not 1 == "a"', [[True]]),
        ('x := 1; x == "a"', []),
        ('count([x | x := 1; x == "a"])', [[0]]),
    ],
)
def test_a_query_may_compare_any_types(query: str, expected: list[list[object]]) -> None:
    found = Policy.compile({}).query(query)
    assert [result.expressions for result in found] == expected


def test_a_schema_of_the_input_holds_for_queries() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    policy = Policy.compile({}, schemas={"schema": schema})
    assert policy.evaluate("input.a", input={"a": "x"}) == "x"
    with pytest.raises(RegoCompileError):
        policy.evaluate("input.b", input={"b": "x"})


def test_types_of_very_large_and_deep_constants_are_widened_and_taken() -> None:
    large = ", ".join([f'{{"k{n}": {n}}}' for n in range(1500)])
    deep = "[" * 60 + "1" + "]" * 60
    other = "[" * 60 + '"a"' + "]" * 60
    source = f'package a\n\np := [{large}]\n\nq if p[_].k3 == "x"\n\nr if {deep} == {other}\n'
    assert Policy.compile({"m.rego": source}).evaluate("data.a.r") is not True
