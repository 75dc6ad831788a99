"""Whatever bytes come in as Rego, the answer is a policy or a RegoError, and it comes soon."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.errors import EvaluationError, RegoError
from policyengine.rego import Policy
from policyengine.rego.runtime.limits import Limits
from tests.differential.generator import program
from tests.differential.mistakes import spoil

# What the language is made of, so that texts of these come past the tokeniser.
_PIECES = (
    *("package", "import", "default", "else", "if", "contains", "in", "every", "some", "not"),
    *("with", "as", "null", "true", "false", "data", "input", "rego.v1", "x", "y", "f", "p"),
    *("{", "}", "[", "]", "(", ")", ":=", "=", "==", "!=", "<", "<=", ">", ">=", "|", "&", "+"),
    *("-", "*", "/", "%", ",", ";", ":", ".", "_", "\n", "\t", " ", "# METADATA\n# title: x\n"),
    *('"a"', '"', "`raw`", "`", '$"{x}"', '$"', "0", "1", "-1", "1e400", "0x", "1.", "01"),
    *("count(", "walk(", "sprintf(", "set()", "é", "\\", "\x00", "\ufeff", "\r\n", "🙂"),
)
_LIMITS = Limits(seconds=5, steps=200_000, size=100_000)


def _take(source: str) -> None:
    """Compile, and where that succeeds evaluate; only the project's own errors may come out."""
    try:
        policy = Policy.compile({"fuzz.rego": source})
    except RegoError:
        return
    with suppress(EvaluationError):
        policy.evaluate("data", input={"x": [1, {"a": None}]}, now_ns=0, limits=_LIMITS)


@settings(max_examples=400, derandomize=True)
@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_a_rego_error(text: str) -> None:
    _take(text)
    _take(f"package p\n{text}")


@settings(max_examples=400, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_a_rego_error(data: bytes) -> None:
    _take(data.decode(errors="surrogateescape"))
    _take(f"package p\n{data.decode('latin-1')}")


@settings(max_examples=600, derandomize=True)
@given(st.lists(st.sampled_from(_PIECES), max_size=60), st.booleans())
def test_pieces_of_rego_in_any_order_are_a_policy_or_a_rego_error(
    pieces: list[str], spaced: bool
) -> None:
    _take("package p\n" + (" " if spaced else "").join(pieces))


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_mutated_modules_are_policies_or_rego_errors(start: int) -> None:
    for number in range(start, start + 50):
        chance = Random(number)
        source = program(1_000_000 + number).source
        for _ in range(4):
            source = _mutated(chance, source)
            _take(source)


def _mutated(chance: Random, source: str) -> str:
    kind = chance.randrange(6)
    first, second = sorted(chance.randrange(len(source) + 1) for _ in "ab")
    if kind == 0:
        return source[:first] + source[second:] or "package p"
    if kind == 1:
        return source[:second] + source[first:second] + source[second:]
    if kind == 2:
        return source[:first] + chance.choice(_PIECES) + source[first:]
    if kind == 3:
        return (
            source[:first]
            + chr(chance.choice((0, 0x7F, 0xD800, 0xFFFD, 0x10FFFF)))
            + source[first:]
        )
    if kind == 4:
        return spoil(chance, source)
    return source[:first] + program(chance.randrange(10**6)).source[first:second] + source[second:]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("package p\nx := " + "[" * 50_000, id="brackets that are never closed"),
        pytest.param("package p\nx := " + "[" * 5_000 + "]" * 5_000, id="brackets, deep"),
        pytest.param("package p\nx := " + "(" * 5_000 + "1" + ")" * 5_000, id="parentheses, deep"),
        pytest.param("package p\nx := " + "{" * 5_000, id="braces that are never closed"),
        pytest.param("package p\nx := " + '{"a": ' * 5_000 + "1" + "}" * 5_000, id="objects, deep"),
        pytest.param("package p\nx := " + "[y | y := " * 2_000 + "1", id="comprehensions, deep"),
        pytest.param("package p\nx if " + "not " * 20_000 + "true", id="many nots"),
        pytest.param("package p\nx := 1" + " + 1" * 5_000, id="a long sum"),
        pytest.param("package p\nx := input" + ".a" * 20_000, id="a long reference"),
        pytest.param("package p\nx := input" + "[0]" * 20_000, id="a long reference by index"),
        pytest.param("package p\nx := " + "count(" * 5_000 + ")" * 5_000, id="calls, deep"),
        pytest.param("package p\nx := " + "9" * 100_000, id="a long number"),
        pytest.param("package p\nx := 1e" + "9" * 1_000, id="a great exponent"),
        pytest.param("package p\nx := " + "-" * 20_000 + "1", id="many signs"),
        pytest.param('package p\nx := "' + "\\" * 50_001, id="many backslashes"),
        pytest.param("package p\nx := 1 if true" + " else := 2 if false" * 3_000, id="many elses"),
        pytest.param("package p\n" + "x if { every y in [1] { " * 500, id="every in every"),
        pytest.param("package " + "a." * 5_000 + "b", id="a long package"),
        pytest.param("package p\nx" + ".a" * 5_000 + " := 1", id="a long head"),
        pytest.param("package p\nimport data" + ".a" * 5_000, id="a long import"),
        pytest.param("package p\n" + "# METADATA\n# a: [" * 2_000, id="many broken annotations"),
        pytest.param("package p\n# METADATA\n# title: " + "[" * 20_000, id="an annotation, deep"),
        pytest.param('package p\nx := $"' + "{" * 5_000, id="a template, deep"),
        pytest.param("package p\n" + "\n".join(["default x := 1"] * 2_000), id="many defaults"),
        pytest.param("package p\nx if input.a " + "with input as 1 " * 2_000, id="many withs"),
        pytest.param("package p\nf(" + "a, " * 3_000 + "b) := 1", id="many arguments"),
    ],
)
def test_an_attack_on_the_stack_or_on_time_is_a_policy_or_a_rego_error(source: str) -> None:
    _take(source)
