"""What is found of facts that may be null, and what is not sure enough to be."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.rego.lint import lint
from policyengine.rego.lint.facts import Fact, Facts
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.parser import parse_module

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "age": {"$ref": "#/$defs/age"},
        "size": {"type": "integer"},
        "name": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        "top": {"type": ["object", "null"], "properties": {"n": {"type": ["number", "null"]}}},
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"n": {"type": ["number", "null"]}, "m": {"type": "number"}},
            },
        },
        "names": {"type": "array", "items": {"type": ["string", "null"]}},
        "none": {"type": "null"},
        "any": {},
    },
    "$defs": {"age": {"type": ["integer", "null"]}},
}


def found(body: str, *, head: str = "deny contains 1 if", more: str = "") -> list[str]:
    source = f"package a\n\nimport input.top as above\n\n{more}\n{head} {{\n{body}\n}}\n"
    disabled = {"compile", "missing-message", "missing-metadata", "not-formatted", "prefer-in"}
    findings = lint({"m.rego": source}, schemas={"schema": SCHEMA}, disabled=disabled)
    assert {item.rule for item in findings} <= {"nullable-fact"}
    return [item.message.partition(" may be null")[0] for item in findings]


FOUND = [
    pytest.param("input.age < 5", ["input.age"], id="less than"),
    pytest.param("input.age <= 5", ["input.age"], id="at most"),
    pytest.param("5 > input.age", ["input.age"], id="from the other side"),
    pytest.param("input.size >= input.age", ["input.age"], id="than another fact"),
    pytest.param("not input.age > 5", ["input.age"], id="not more"),
    pytest.param("not 5 < input.age", ["input.age"], id="not more, from the other side"),
    pytest.param("input.age - 1 > 5", ["input.age"], id="arithmetic"),
    pytest.param("x := (2 * (input.age + 1))\nx > 1", ["input.age"], id="arithmetic within"),
    pytest.param('startswith(input.name, "x")', ["input.name"], id="a builtin"),
    pytest.param('not startswith(input.name, "x")', ["input.name"], id="not a builtin"),
    pytest.param("input.top.n < 1", ["input.top.n"], id="below what may be null"),
    pytest.param("above.n < 1", ["above.n"], id="by an import"),
    pytest.param("x := input.age\nx < 5", ["x"], id="by a variable"),
    pytest.param("t := input.top\nx := t.n\nx < 5", ["x"], id="by several variables"),
    pytest.param("input.rows[_].n < 1", ["input.rows[_].n"], id="any element"),
    pytest.param("input.rows[0].n < 1", ["input.rows[0].n"], id="the first element"),
    pytest.param("some i\ninput.rows[i].n < 1", ["input.rows[i].n"], id="an element by name"),
    pytest.param("some r in input.rows\nr.n < 1", ["r.n"], id="a member"),
    pytest.param("some _, r in input.rows\nr.n < 1", ["r.n"], id="a member with its key"),
    pytest.param("some x in input.names\nlower(x)", ["x"], id="a member that is it"),
    pytest.param("count([1 | input.age < 5]) > 0", ["input.age"], id="in a comprehension"),
    pytest.param("x := {lower(n) | some n in input.names}", ["n"], id="in its head"),
    pytest.param("every r in input.rows { r.n < 1 }", ["r.n"], id="in every"),
    pytest.param(
        "some r in input.rows\nsome s in input.rows\nr.n != null\ns.n < 1",
        ["s.n"],
        id="another element than the guarded",
    ),
    pytest.param("[1 | input.age != null]\ninput.age < 5", ["input.age"], id="guarded elsewhere"),
    pytest.param("input.age\ninput.age < 5", ["input.age"], id="null is no false"),
    pytest.param('input.age != "x"\ninput.age < 5', ["input.age"], id="unlike something else"),
    pytest.param("input.age == null\ninput.age < 5", ["input.age"], id="it is null"),
    pytest.param("not input.age != null\ninput.age < 5", ["input.age"], id="not unlike null"),
    pytest.param(
        "input.age != null with input as {}\ninput.age < 5", ["input.age"], id="guarded by with"
    ),
]

NOT_FOUND = [
    pytest.param("input.age > 5", id="null is not more"),
    pytest.param("not input.age < 5", id="nor not less"),
    pytest.param("input.size < 5", id="never null"),
    pytest.param("input.rows[_].m < 5", id="an element that never is"),
    pytest.param("input.none < 5", id="always null: a type error"),
    pytest.param("input.any < 5", id="nothing is known"),
    pytest.param("input.missing < 5", id="no such fact"),
    pytest.param("input.age == 5", id="equality"),
    pytest.param('sprintf("%v", [input.age])', id="a builtin that takes it in an array"),
    pytest.param("is_null(input.age)", id="a builtin that takes null"),
    pytest.param("json.marshal(input.age)", id="a builtin that takes anything"),
    pytest.param("input.age != null\ninput.age < 5", id="unlike null"),
    pytest.param("input.age < 5\nnull != input.age", id="unlike null, later"),
    pytest.param("not is_null(input.age)\ninput.age < 5", id="not null"),
    pytest.param("not input.age == null\ninput.age < 5", id="not equal to null"),
    pytest.param("is_number(input.age)\ninput.age < 5", id="a number"),
    pytest.param('type_name(input.name) == "string"\nlower(input.name)', id="by the type's name"),
    pytest.param("input.age > 0\ninput.age < 5", id="more than something"),
    pytest.param("input.age >= 0\ninput.age < 5", id="at least something"),
    pytest.param('input.name in {"a", "b"}\nlower(input.name)', id="one of several"),
    pytest.param('input.name == "a"\nlower(input.name)', id="equal to something"),
    pytest.param("x := input.age\nx != null\ninput.age < 5", id="by another name"),
    pytest.param("some r in input.rows\nr.n != null\nr.n < 1", id="of the same element"),
    pytest.param("input.age != null\ncount([1 | input.age < 5]) > 0", id="guarded outside"),
    pytest.param("known(input.age)\ninput.age < 5", id="by a function that may look"),
    pytest.param("input.age < 5 with input as {}", id="put in its place"),
    pytest.param("object.get(input, [`age`], 0) < 5", id="another way"),
    pytest.param("some age in [1]\nage < 5", id="a variable of that name"),
]


@pytest.mark.parametrize(("body", "names"), FOUND)
def test_what_null_decides_is_found(body: str, names: list[str]) -> None:
    assert found(body, more="known(x) if x\n") == names


@pytest.mark.parametrize("body", NOT_FOUND)
def test_what_is_not_sure_is_left_alone(body: str) -> None:
    assert found(body, more="known(x) if x\n") == []


@pytest.mark.parametrize(
    ("head", "count"),
    [
        ("deny_old contains 1 if", 1),
        ("violation contains 1 if", 1),
        ("warn contains 1 if", 1),
        ("p if", 0),
    ],
)
def test_only_rules_that_give_reasons_are_looked_at(head: str, count: int) -> None:
    assert len(found("input.age < 5", head=head)) == count


def test_a_schema_that_refers_to_itself_is_no_hang() -> None:
    schema = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}
    body = parse_module("package a\n\np if input.age < 5\n", file="m.rego").rules[0].body
    assert Facts(schema).within(body).of(ast.Var(name="input", location=body[0].location)) == Fact(
        name="input", may_be=()
    )
