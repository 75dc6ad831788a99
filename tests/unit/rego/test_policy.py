from __future__ import annotations

import json
from collections import OrderedDict, UserList
from typing import Any

import pytest

from policyengine.errors import (
    EvaluationLimitExceeded,
    RegoCompileError,
    RegoEvaluationError,
    UsageError,
)
from policyengine.rego import UNDEFINED, Policy
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.printing import marshal

DENIALS = """package image

deny contains msg if {
    some vulnerability in input.vulnerabilities
    vulnerability.severity == "critical"
    msg := {"id": vulnerability.id}
}

deny contains "runs as root" if input.user == "root"

warn[name] := count if some name, count in input.counts

allow if not input.blocked

shown := "no" if input.blocked else := "yes"
"""


def _value(body: str, **arguments: Any) -> Any:
    return Policy.compile({"a.rego": f"package a\n{body}"}).evaluate("data.a.p", **arguments)


def test_each_definition_of_a_rule_says_what_it_alone_gives() -> None:
    policy = Policy.compile({"image.rego": DENIALS})
    document = {
        "vulnerabilities": [{"id": "A", "severity": "critical"}, {"id": "B", "severity": "low"}],
        "user": "root",
        "counts": {"a": 1},
    }
    found = policy.evaluate_rules("data.image", {"deny", "warn", "allow", "shown"}, input=document)
    assert [(value.file, value.row, value.name, value.value) for value in found] == [
        ("image.rego", 3, "deny", [{"id": "A"}]),
        ("image.rego", 9, "deny", ["runs as root"]),
        ("image.rego", 11, "warn", {"a": 1}),
        ("image.rego", 13, "allow", True),
        ("image.rego", 15, "shown", "yes"),
    ]


def test_a_definition_without_a_value_is_told_from_one_that_gives_nothing() -> None:
    found = Policy.compile({"image.rego": DENIALS}).evaluate_rules(
        "data.image", {"deny", "allow"}, input={"blocked": True}
    )
    assert [value.value for value in found] == [[], [], UNDEFINED]


# The value of ``data.a.p``, recorded from ``opa eval`` 1.22.2 without an input.
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("q := [true, 1]\np := q[0] == q[1]", False),
        ("p := 1 == 1.0", True),
        ("p if not input.x == 1", True),
        ("p if { f(input.x) }\nf(_) := true", UNDEFINED),
        ("p if not f(input.x)\nf(_) := true", UNDEFINED),
        ("p := [x | some x in {3, 1, 2}]", [1, 2, 3]),
        ("p := {x | some x in [1, 1.0, true]}", [True, 1]),
        ("p := x if { [x, {\"k\": [2, _]}] = [1, {\"k\": [2, 3]}] }", 1),
        ("p if every x in [] { x > 1 }", True),
        ("q contains x if some x in [1, 2]\np := data.a.q[2]", 2),
        ("q.r[x] := x if some x in [\"m\", \"n\"]\nq.s := 1\np := q", {
            "r": {"m": "m", "n": "n"}, "s": 1,
        }),
        ("p := x if x := f(2) with data.a.f as 7\nf(x) := x", 7),
        ("p := x if x := q with input.x as 5\nq := input.x", 5),
        ("p := x if { x := 1; true } else := 2", 1),
        ("p := [i | [1, 2, 1][i] == 1]", [0, 2]),
    ],
)  # fmt: skip
def test_values_are_those_of_opa(body: str, wanted: Any) -> None:
    value = _value(body)
    assert value is wanted if wanted is UNDEFINED else value == wanted


# Codes and rows recorded from ``opa check`` 1.22.2.
@pytest.mark.parametrize(
    ("body", "findings"),
    [
        ("p if x == 1", [("rego_unsafe_var_error", 2)]),
        ("p := [x | y := 1]", [("rego_unsafe_var_error", 2)]),
        ("p if not q[x]\nq := [1]", [("rego_unsafe_var_error", 2)]),
        ("p if q\nq if p", [("rego_recursion_error", 2), ("rego_recursion_error", 3)]),
        ("p if { x := 1; x := 2 }", [("rego_compile_error", 2)]),
        ("p if { y := x; x := 1 }", [("rego_compile_error", 2)]),
        ("p := 1\np contains 2", [("rego_type_error", 2)]),
        ("default p := 1\ndefault p := 2", [("rego_type_error", 1)]),
        ("p if nothing(1)", [("rego_type_error", 2)]),
        ("p if f(1, 2, 3)\nf(x) := x", [("rego_type_error", 2)]),
    ],
)
def test_wrong_modules_are_refused_with_opas_code(
    body: str, findings: list[tuple[str, int]]
) -> None:
    with pytest.raises(RegoCompileError) as caught:
        _value(body)
    assert [(error.code, error.row) for error in caught.value.errors] == findings


@pytest.mark.parametrize(
    "body",
    [
        "p := 1 if true\np := 2 if true",
        "p := {k: v | some v in [1, 2]; k := 1}",
        "p[x] := y if { x := 1; some y in [1, 2] }",
        "f(_) := x if some x in [1, 2]\np := f(1)",
    ],
)
def test_two_values_for_one_key_are_a_conflict(body: str) -> None:
    with pytest.raises(RegoEvaluationError) as caught:
        _value(body)
    assert caught.value.code == "eval_conflict_error"
    assert caught.value.row > 1


def test_builtin_errors_are_undefined_unless_they_are_strict() -> None:
    assert _value("p := 1 / 0") is UNDEFINED
    with pytest.raises(RegoEvaluationError) as caught:
        _value("p := 1 / 0", strict_builtin_errors=True)
    assert (caught.value.code, caught.value.row) == ("eval_builtin_error", 2)


@pytest.mark.parametrize(
    "body",
    [
        "p := numbers.range(1, 1000000000000)",
        "a := numbers.range(1, 3000)\np if { some x in a; some y in a; some z in a; x + y < -z }",
    ],
)
def test_an_evaluation_over_a_limit_is_an_error(body: str) -> None:
    with pytest.raises(EvaluationLimitExceeded):
        _value(body, limits=Limits(seconds=0.2))


def test_a_body_with_more_loops_than_python_nests_is_evaluated() -> None:
    loops = "\n".join(f"some v{i} in [0, 1]; v{i} == 1" for i in range(60))
    total = " + ".join(f"v{i}" for i in range(60))
    assert _value(f"p := x if {{\n{loops}\nx := {total}\n}}") == 60


def test_names_and_constants_of_a_policy_never_become_source_text() -> None:
    hostile = '"); raise SystemExit; ("'
    written = json.dumps(hostile)
    policy = Policy.compile({"a.rego": f"package a[{written}]\np[{written}] := {written}"})
    assert "SystemExit" not in policy.source
    assert policy.evaluate("data.a") == {hostile: {"p": {hostile: hostile}}}


def test_every_solution_of_a_query_has_its_bindings() -> None:
    results = Policy.compile({}).query("some x in [1, 2]; y := x + 1")
    assert [result.bindings for result in results] == [{"x": 1, "y": 2}, {"x": 2, "y": 3}]


class _Record:
    """What has the names of a document, and is none."""

    vulnerabilities = ({"id": "A"},)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"vulnerabilities": ({"id": "A"},)}, id="a tuple"),
        pytest.param({"vulnerabilities": {"A", "B"}}, id="a set"),
        pytest.param({"vulnerabilities": frozenset({"A"})}, id="a frozen set"),
        pytest.param({"vulnerabilities": iter([{"id": "A"}])}, id="an iterator"),
        pytest.param({"vulnerabilities": UserList([{"id": "A"}])}, id="a list of another type"),
        pytest.param({"vulnerabilities": OrderedDict(a={"id": "A"})}, id="a subclass of a dict"),
        pytest.param({"vulnerabilities": [_Record()]}, id="an object"),
        pytest.param(_Record(), id="an object for a document"),
        pytest.param(({"id": "A"},), id="a tuple for a document"),
    ],
)
def test_an_input_of_python_that_is_no_json_gives_no_answer(document: Any) -> None:
    policy = Policy.compile(
        {"a.rego": "package a\n\ndeny contains v.id if some v in input.vulnerabilities\n"}
    )
    with pytest.raises(RegoEvaluationError, match="is none of JSON"):
        policy.evaluate("data.a.deny", input=document)
    with pytest.raises(RegoEvaluationError, match="is none of JSON"):
        policy.query("data.a.deny[x]", input=document)


@pytest.mark.parametrize("scalar", [None, True, 1, 1.5, "x", 10**40])
def test_a_scalar_has_no_fields(scalar: Any) -> None:
    policy = Policy.compile({"a.rego": "package a\n\nn := count([1 | some v in input.x.y])\n"})
    assert policy.evaluate("data.a.n", input={"x": scalar}) == 0


@pytest.mark.parametrize("text", ["data.a.p; data.b", "data.a.p\ninput.x", "data.a.p; true"])
def test_several_expressions_are_no_reference(text: str) -> None:
    policy = Policy.compile({"a.rego": "package a\n\np := 1\n"})
    with pytest.raises(UsageError, match="is no single reference"):
        policy.evaluate(text)
    assert policy.evaluate("data.a.p # as a comment") == 1


@pytest.mark.parametrize("version", ["v9", 0, 1, None, "V0"])
@pytest.mark.parametrize("of_file", [True, False])
def test_no_version_of_rego_is_read_as_another(version: Any, of_file: bool) -> None:
    given: dict[str, Any] = (
        {"file_rego_versions": {"a.rego": version}} if of_file else {"rego_version": version}
    )
    with pytest.raises(UsageError, match="is no version of Rego"):
        Policy.compile({"a.rego": "package a\n"}, **given)


def test_what_was_answered_can_be_changed_and_no_other_answer_with_it() -> None:
    document = {"list": [{"z": 1}], "x": 1}
    policy = Policy.compile(
        {"a.rego": "package a\n\ns contains v if some v in input.list\n"}, data={"d": [1]}
    )
    for _ in range(2):
        members = policy.evaluate("data.a.s", input=document)
        assert members == [{"z": 1}]
        members[0]["z"] = 2
        members.append(3)
        data = policy.evaluate("data.d")
        assert data == [1]
        data.append(2)
        (found,) = policy.query("x := input.list[0]; y := data.d", input=document)
        assert found.bindings == {"x": {"z": 1}, "y": [1]}
        found.bindings["x"]["z"] = 5
        found.bindings["y"].clear()
    assert document == {"list": [{"z": 1}], "x": 1}


# OPA takes these numbers, and fails where it is to print them.
@pytest.mark.parametrize(
    ("term", "wanted"),
    [
        pytest.param(".5", "0.5", id="fraction"),
        pytest.param("-.0", "-0.0", id="negative zero"),
        pytest.param(". 50", "0.50", id="a space behind the point"),
        pytest.param(".5e400", "0.5e400", id="beyond floats"),
        pytest.param("{.5: {.0}}", '{"0.5":[0.0]}', id="keys and members"),
        pytest.param("json.unmarshal(json.marshal([.5]))", "[0.5]", id="json.marshal"),
        pytest.param("yaml.unmarshal(yaml.marshal(.5))", "0.5", id="yaml.marshal"),
        pytest.param("[.5][.0 * 1]", "0.5", id="an index"),
    ],
)
def test_a_number_without_a_digit_before_its_point_is_printed_as_json(
    term: str, wanted: str
) -> None:
    policy = Policy.compile({"t.rego": f"package t\n\np := {term}\n"})
    (found,) = policy.solutions("x := data.t.p")
    assert marshal(found["x"]) == wanted
