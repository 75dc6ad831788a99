"""What is believed of regopy: an answer to the whole question, over the input as it was sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from policyengine.errors import EngineFailed, EvaluationLimitExceeded, RegoCompileError
from policyengine.rego.engine import EvaluationLimits, RuleQuery, RuleResult
from policyengine.rego.regopy.engine import RegopyEngine, RegopyPolicy
from policyengine.rego.regopy.process import Worker

LIMITS = EvaluationLimits(seconds=20)
PASSES = "package a\n\ndeny contains input.v\n"


def query(
    row: int = 3, name: str = "deny", *, package: tuple[str, ...] = ("a",), file: str = "a.rego"
) -> RuleQuery:
    return RuleQuery(package=package, name=name, file=file, row=row)


def prepared(*sources: str, data: Any = None, limits: EvaluationLimits = LIMITS) -> RegopyPolicy:
    names = ["a.rego", "b.rego", "c.rego"]
    return RegopyEngine().prepare(
        dict(zip(names, sources, strict=False)), data or {}, limits=limits
    )


def answers(
    source: str,
    document: Any = None,
    *,
    asked: Sequence[RuleQuery] = (query(),),
    data: Any = None,
    limits: EvaluationLimits = LIMITS,
) -> tuple[RuleResult, ...]:
    with closing(prepared(source, data=data, limits=limits)) as policy:
        return policy.evaluate(json.dumps(document or {}).encode(), asked, now_ns=0)


EXACT: list[Any] = [
    "",
    "a\nb",
    "a\r\nb",
    'a"b',
    '"',
    '""',
    "a\\b",
    "\\",
    "\\n",
    "a\\\nb",
    "\\u0041",
    "a\tb",
    "a\x00b",
    "".join(map(chr, range(32))),
    "\x7f\x85\u2028\u2029\ufeff",
    "größe 日本 😀",
    "`raw` ${x} {{y}} %s %d",
    "# no comment",
    "x" * 100_000,
    2**53 - 1,
    2**53,
    2**53 + 1,
    -(2**53) - 1,
    2**63 - 1,
    -(2**63),
    2**63,
    2**64 - 1,
    2**64,
    10**30 + 1,
    0.1,
    -0.5,
    1e300,
    5e-300,
    True,
    False,
    None,
    [],
    {},
    [[], {}, [None]],
    {"": 1},
    {"a\nb": {'c"d': ["e\\f"]}},
    {"a.b/c~d": 1, "größe": 2},
]


def ids(value: Any) -> str:
    return ascii(value)[:40]


@pytest.mark.parametrize("value", EXACT, ids=ids)
def test_a_value_arrives_as_it_is(value: Any) -> None:
    (result,) = answers(PASSES, {"v": value})
    (found,) = result.value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "value", [value for value in EXACT if value not in (1e300, 5e-300)], ids=ids
)
def test_a_parameter_arrives_as_it_is(value: Any) -> None:
    source = "package a\n\ndeny contains data.parameters.v\n"
    (result,) = answers(source, data={"parameters": {"v": value}})
    (found,) = result.value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("input.n == 9007199254740993", True),
        ("input.n == 9007199254740992", False),
        ("input.n > 9007199254740992", True),
        ("input.n < 9007199254740993", False),
        ("input.n - 1 == 9007199254740992", True),
        ("input.m == 9223372036854775813", True),
        ("input.m > 9223372036854775812", True),
        ("input.m == 9223372036854775812", False),
        ("input.m * 10 == 92233720368547758130", True),
        ("count({input.n, input.n - 1}) == 2", True),
    ],
)
def test_integers_beyond_the_precision_of_a_float_are_compared_exactly(
    condition: str, holds: bool
) -> None:
    source = f'package a\n\ndeny contains "x" if {condition}\n'
    (result,) = answers(source, {"n": 2**53 + 1, "m": 2**63 + 5})
    assert result.value == (["x"] if holds else [])


@pytest.mark.parametrize("value", [123456789.123456789], ids=ids)
def test_a_number_that_cannot_be_carried_is_refused(value: float) -> None:
    with pytest.raises(EngineFailed, match="did not receive the input document as it was sent"):
        answers(PASSES, {"v": value})


@pytest.mark.parametrize("value", [1e300, 5e-300, [{"limit": 1e300}]], ids=ids)
def test_a_parameter_that_cannot_be_carried_is_refused(value: Any) -> None:
    with pytest.raises(EngineFailed, match="<error>"):
        prepared(PASSES, data={"parameters": {"v": value}, "a": {}})


@pytest.mark.parametrize(
    "arrived", [[], [{}], [{"v": 2}], [{"v": True}], [{"v": 1}, {}], {"parameters": {"v": 1}}, None]
)
def test_data_that_did_not_arrive_as_it_is_is_refused(
    arrived: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"unknown": [], "data": bound(echo=arrived)}
    monkeypatch.setattr(Worker, "ask", lambda *_: answer)
    with pytest.raises(EngineFailed, match="data and parameters"):
        prepared(PASSES, data={"parameters": {"v": 1}})


class Believed:
    """A worker of which every answer is ``answer``."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def ask(self, _: Any) -> Any:
        return self.answer

    def close(self) -> None:
        """Nothing is held."""


def bound(**bindings: Any) -> str:
    return json.dumps({"expressions": [True], "bindings": bindings})


ECHO = bound(echo={"v": 1})
RIGHT = {"echo": ECHO, "answer": bound(answers=[["x"]])}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": "RuntimeError: it broke\nmore"}, "it broke"),
        (RIGHT | {"answer": "undefined"}, "undefined"),
        (RIGHT | {"answer": "<error>"}, "<error>"),
        (RIGHT | {"answer": ""}, "no result"),
        (RIGHT | {"answer": "null"}, "no result"),
        (RIGHT | {"answer": "{}"}, "no result"),
        (RIGHT | {"answer": "[]"}, "no result"),
        (RIGHT | {"answer": '{"bindings": null}'}, "no result"),
        (RIGHT | {"answer": bound(other=[["x"]])}, "no result"),
        (RIGHT | {"answer": '{"bindings": {"answers": [["x"]]'}, "no result"),
        (RIGHT | {"answer": bound(answers=[])}, "another shape"),
        (RIGHT | {"answer": bound(answers=[["x"], ["y"]])}, "another shape"),
        (RIGHT | {"answer": bound(answers=None)}, "another shape"),
        (RIGHT | {"answer": bound(answers="x")}, "another shape"),
        (RIGHT | {"answer": bound(answers={"a": ["x"]})}, "another shape"),
        (RIGHT | {"answer": bound(answers=[None])}, "another shape"),
        (RIGHT | {"answer": bound(answers=[False])}, "another shape"),
        (RIGHT | {"answer": bound(answers=[{}])}, "another shape"),
        (RIGHT | {"answer": bound(answers=[""])}, "another shape"),
        (RIGHT | {"answer": bound(answers=[[1, 2]])}, "another shape"),
        (RIGHT | {"answer": 7}, "no result"),
        (RIGHT | {"echo": "undefined"}, "undefined"),
        (RIGHT | {"echo": "<error>"}, "<error>"),
        (RIGHT | {"echo": bound(echo={})}, "did not receive"),
        (RIGHT | {"echo": bound(echo={"v": "1"})}, "did not receive"),
        (RIGHT | {"echo": bound(echo={"v": True})}, "did not receive"),
        (RIGHT | {"echo": bound(echo={"v": 1, "w": 2})}, "did not receive"),
        ({}, "no result"),
        ({"echo": ECHO}, "no result"),
        ({"answer": RIGHT["answer"]}, "no result"),
        (None, "no result"),
        ([], "no result"),
        ("x", "no result"),
    ],
)
def test_an_answer_that_is_not_whole_is_an_error(answer: Any, said: str) -> None:
    with closing(prepared(PASSES)) as real:
        policy = RegopyPolicy(real._separated, Believed(answer))  # type: ignore[arg-type]
        with pytest.raises(EngineFailed) as caught:
            policy.evaluate(b'{"v": 1}', [query()], now_ns=0)
    assert said in str(caught.value)


def test_an_answer_that_is_whole_is_believed() -> None:
    with closing(prepared(PASSES)) as real:
        policy = RegopyPolicy(real._separated, Believed(RIGHT))  # type: ignore[arg-type]
        (result,) = policy.evaluate(b'{"v": 1}', [query()], now_ns=0)
    assert (result.defined, result.value) == (True, "x")


def test_a_conflict_of_values_is_an_error() -> None:
    source = "package a\n\ndeny contains x\n\nx := 1 if input.v\n\nx := 2 if input.v\n"
    with pytest.raises(EngineFailed, match="<error>"):
        answers(source, {"v": 1})


def test_a_rule_that_refers_to_itself_is_an_error() -> None:
    source = 'package a\n\ndeny contains "x" if y\n\ny if z\n\nz if y\n'
    with pytest.raises(EngineFailed, match="refused the evaluation"):
        answers(source, {"v": 1})


def test_an_evaluation_without_end_is_ended() -> None:
    source = (
        "package a\n\ndeny contains x if {\n  some i in numbers.range(1, 5000)\n"
        "  some j in numbers.range(1, 5000)\n  x := i * j\n  x < 0\n}\n"
    )
    with pytest.raises(EvaluationLimitExceeded, match="too long"):
        answers(source, limits=EvaluationLimits(seconds=1))


def test_an_evaluation_that_holds_too_much_is_ended() -> None:
    source = "package a\n\ndeny contains count(numbers.range(1, 5000000))\n"
    with pytest.raises(EvaluationLimitExceeded, match="too much memory"):
        answers(source, limits=EvaluationLimits(seconds=60, memory=150 * 1024 * 1024))


@pytest.mark.parametrize(
    "asked",
    [
        query(row=4),
        query(row=0),
        query(name="warn"),
        query(name="den"),
        query(package=("b",)),
        query(package=()),
        query(package=("a", "deny")),
        query(file="other.rego"),
        query(file=""),
    ],
)
def test_a_rule_that_is_not_there_is_an_error_and_not_undefined(asked: RuleQuery) -> None:
    with pytest.raises(EngineFailed, match="no rule of the modules"):
        answers(PASSES, {"v": 1}, asked=[query(), asked])


def test_a_policy_that_was_closed_answers_no_more() -> None:
    policy = prepared(PASSES)
    policy.close()
    with pytest.raises(EngineFailed, match="closed"):
        policy.evaluate(b"{}", [query()], now_ns=0)
    assert policy._worker._process is None


def test_each_definition_answers_for_itself() -> None:
    source = (
        'package a\n\ndeny contains "one"\n\ndeny contains "two" if input.v\n\n'
        'deny contains "three" if count(deny_other) == 1\n\ndeny_other contains "x"\n\n'
        "allow if input.v\n"
    )
    asked = [query(row=3), query(row=5), query(row=7), query(9, "deny_other"), query(11, "allow")]
    first, second, third, other, allow = answers(source, {"w": 1}, asked=asked)
    assert [first.value, second.value, third.value, other.value] == [["one"], [], ["three"], ["x"]]
    assert not allow.defined


def test_who_refers_to_a_set_finds_the_union_of_its_definitions() -> None:
    source = 'package a\n\ndeny contains "one"\n\ndeny contains "two"\n\nall := count(deny)\n'
    (result,) = answers(source, asked=[query(7, "all")])
    assert result.value == 2


def test_one_policy_answers_for_one_document_after_another() -> None:
    with closing(prepared(PASSES)) as policy:
        values = [
            policy.evaluate(json.dumps({"v": index}).encode(), [query()], now_ns=0)[0].value
            for index in range(5)
        ]
    assert values == [[0], [1], [2], [3], [4]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("time.now_ns() > 0", "time.now_ns"),
        ('time.parse_rfc3339_ns("2026-01-01T00:00:00Z") > 0', "time.parse_rfc3339_ns"),
        ('net.cidr_contains("10.0.0.0/8", "10.1.1.1")', "net.cidr_contains"),
        ('upper(input.v) == "A"', "upper"),
        ('indexof(input.v, "a") == 0', "indexof"),
        ('substring(input.v, 0, 1) == "a"', "substring"),
        ('http.send({"method": "get", "url": "http://localhost"})', "http.send"),
        ("opa.runtime().env", "opa.runtime"),
        ('rand.intn("a", 5) == 1', "rand.intn"),
        ('uuid.rfc4122("a")', "uuid.rfc4122"),
        ('sprintf("%d", [1]) == "1"', "another verb"),
        ('sprintf("%5.1f", [1.0]) == "1"', "another verb"),
        ('sprintf(input.v, [1]) == "1"', "not constant"),
        ('regex.match("(?i)a", input.v)', "(?...)"),
        ('input.v == 1 with input as {"v": 1}', "'with'"),
        ('not startswith(input.v, "a")', "'not' over a call"),
        ("unbound == 1", "unbound is unsafe"),
    ],
)
def test_what_the_library_gets_wrong_is_refused_with_the_place(body: str, said: str) -> None:
    source = f'package a\n\ndeny contains "x" if {{\n  {body}\n}}\n'
    with pytest.raises(RegoCompileError) as caught:
        prepared(source)
    assert said in str(caught.value)
    assert any((error.file, error.row) == ("a.rego", 4) for error in caught.value.errors)


@pytest.mark.parametrize(
    "source",
    [
        'deny.of.parts := "x"',
        'deny contains "x" if false\n\nallow if { 1 == 2 } else if { time.now_ns() }',
        'deny contains "x" if {\n  some y in [z | z := input[_]; time.now_ns() > 0]\n}',
        'deny contains "x" if f(1)\n\nf(x) if { every y in [x] { time.now_ns() > y } }',
    ],
)
def test_what_the_library_gets_wrong_is_found_wherever_it_is(source: str) -> None:
    with pytest.raises(RegoCompileError, match="wrongly without saying so"):
        prepared(f"package a\n\n{source}\n")


@pytest.mark.parametrize("name", ["nothing_of_the_kind", "strings.reverse_words", "a.b.c"])
def test_a_function_that_the_library_does_not_have_is_refused(name: str) -> None:
    with pytest.raises((EngineFailed, RegoCompileError)) as caught:
        prepared(f'package a\n\ndeny contains "x" if {name}(input.v)\n')
    assert name.partition(".")[0] in str(caught.value)


def test_a_pattern_with_flags_in_a_parameter_is_refused_where_patterns_are_used() -> None:
    uses = 'package a\n\ndeny contains "x" if regex.match(data.parameters.p, input.v)\n'
    data = {"parameters": {"p": [{"deep": "(?i)root"}]}}
    with pytest.raises(EngineFailed, match="matches nothing in regopy"):
        prepared(uses, data=data)
    prepared(PASSES, data=data).close()


def test_all_refusals_are_told_at_once_in_order_of_place() -> None:
    one = 'package a\n\ndeny contains "x" if time.now_ns() > 0\n\nwarn contains uuid.rfc4122("a")\n'
    with pytest.raises(RegoCompileError) as caught:
        prepared(one, one.replace("package a", "package b"))
    places = [(error.file, error.row) for error in caught.value.errors]
    assert places == [("a.rego", 3), ("a.rego", 5), ("b.rego", 3), ("b.rego", 5)]


def test_modules_that_do_not_parse_are_refused_before_anything_is_started() -> None:
    with pytest.raises(RegoCompileError, match=r"a\.rego:4"):
        prepared("package a\n\ndeny contains {\n")
