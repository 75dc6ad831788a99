"""Modules that OPA's compiler refuses are refused with its codes, places and words."""

from __future__ import annotations

from typing import Final

import pytest

from policyengine.errors import RegoCompileError, RegoEvaluationError
from policyengine.rego.policy import Policy
from tests.unit.rego.compiler.checked_modules import (
    ODD_MODULES,
    WRONG_MODULES,
    CheckedModules,
    read_modules,
)

_WRONG: Final = read_modules(WRONG_MODULES)
_ODD: Final = read_modules(ODD_MODULES)

# OPA goes on to say under which condition a reference is one to the rule itself.
_OTHER_WORDS: Final = {"recursion by input's key", "recursion by input's name"}

# In OPA a use of a variable called input does not count as one.
_FEWER_FINDINGS: Final = {"a variable named input in v0"}


def _compiled(case: CheckedModules) -> Policy:
    return Policy.compile(
        case["modules"],
        data=case.get("data"),
        rego_version=case["rego_version"],
        strict=case["strict"],
        separate_data=True,
    )


@pytest.mark.parametrize("case", _WRONG, ids=[case["name"] for case in _WRONG])
def test_wrong_modules_are_refused_where_opa_refuses_them(case: CheckedModules) -> None:
    with pytest.raises(RegoCompileError) as raised:
        _compiled(case)
    # Some errors have no place in OPA.
    placeless = {error["code"] for error in case["errors"] if not error["row"]}
    assert {
        (error.file, error.row, error.code)
        for error in raised.value.errors
        if error.code not in placeless
    } == {(error["file"], error["row"], error["code"]) for error in case["errors"] if error["row"]}
    assert placeless <= {error.code for error in raised.value.errors}


_SAME_WORDS: Final = [c for c in _WRONG if c["name"] not in _FEWER_FINDINGS | _OTHER_WORDS]


@pytest.mark.parametrize("case", _SAME_WORDS, ids=[case["name"] for case in _SAME_WORDS])
def test_the_words_and_columns_are_those_of_opa(case: CheckedModules) -> None:
    with pytest.raises(RegoCompileError) as raised:
        _compiled(case)
    wanted = case["errors"]
    has_columns = all(error["row"] for error in wanted)
    assert {(error.message, error.col if has_columns else 0) for error in raised.value.errors} == {
        (error["message"], error["col"] if has_columns else 0) for error in wanted
    }


@pytest.mark.parametrize("case", _WRONG, ids=[case["name"] for case in _WRONG])
def test_errors_stand_in_order_and_show_their_line(case: CheckedModules) -> None:
    with pytest.raises(RegoCompileError) as raised:
        _compiled(case)
    errors = raised.value.errors
    assert list(errors) == sorted(errors, key=lambda error: (error.file, error.row, error.col))
    for error in errors:
        assert error.line == case["modules"][error.file].split("\n")[error.row - 1]


@pytest.mark.parametrize("case", _ODD, ids=[case["name"] for case in _ODD])
def test_odd_modules_that_opa_takes_are_taken(case: CheckedModules) -> None:
    assert _compiled(case).source


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        pytest.param('p if startwith("a", "b")', "did you mean startswith?", id="a builtin"),
        pytest.param("p if is_pined(1)\nis_pinned(x) if x", "did you mean is_pinned?", id="a rule"),
        pytest.param('p if json.unmarshl("1")', "did you mean json.unmarshal?", id="a dotted name"),
        pytest.param("p if zzz(1)", None, id="nothing near"),
        pytest.param(
            "p if {\n\timages := input.images\n\tcount(imags) > 1\n}",
            "did you mean images?",
            id="a variable",
        ),
        pytest.param("p if alowed\nallowed := true", "did you mean allowed?", id="a rule's name"),
        pytest.param("p if inptu.x", "did you mean input?", id="a document"),
        pytest.param("p := imagees\nimages := 1", "did you mean images?", id="a name in a head"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest_one(body: str, hint: str | None) -> None:
    with pytest.raises(RegoCompileError) as raised:
        Policy.compile({"m.rego": f"package a\n\n{body}\n"})
    assert [error.hint for error in raised.value.errors] == [hint]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param("p := http.send({})", "http.send: it asks the network", id="as a value"),
        pytest.param('p if net.lookup_ip_addr("a")', "it asks the network", id="as a test"),
        pytest.param("p := [1 | http.send({})]", "it asks the network", id="in a comprehension"),
        pytest.param("p if not http.send({})", "it asks the network", id="negated"),
        pytest.param("p if http.send({}) with rand.intn as 1", "the network", id="with another"),
        pytest.param("p if not opa.runtime().env.CI", "from machine to machine", id="environment"),
        pytest.param("f(x) := http.send(x)", "it asks the network", id="in a function"),
        pytest.param("p if {\n\tfalse\n} else := http.send({})", "the network", id="in an else"),
    ],
)
def test_a_builtin_that_reaches_outside_is_refused_and_the_reason_given(
    body: str, words: str
) -> None:
    with pytest.raises(RegoCompileError) as raised:
        Policy.compile({"m.rego": f"package a\n\n{body}\n"})
    assert [words in error.message for error in raised.value.errors] == [True]


_NESTED: Final = [
    pytest.param("p := ", "[", "1", "]", id="arrays"),
    pytest.param("p := ", "[", "input.x", "]", id="arrays of what is evaluated"),
    pytest.param("p := ", '{"a": ', "input", "}", id="objects"),
    pytest.param("p := ", "{", "input.x", "}", id="sets"),
    pytest.param("p := ", "abs(", "1", ")", id="calls"),
    pytest.param("p := ", "[x | x := ", "1", "]", id="comprehensions"),
    pytest.param("p := ", "input[", "1", "]", id="references"),
    pytest.param("p if some x in ", "[", "1", "]", id="some"),
    pytest.param("p if ", "not {", "true", "}", id="negations"),
]


@pytest.mark.parametrize(("start", "opening", "inside", "closing"), _NESTED)
def test_what_is_nested_deep_compiles_and_too_deep_is_refused(
    start: str, opening: str, inside: str, closing: str
) -> None:
    def source(depth: int) -> dict[str, str]:
        text = f"{start}{opening * depth}{inside}{closing * depth}"
        return {"m.rego": f"package a\n\nimport future.keywords.not\n\n{text}\n"}

    assert Policy.compile(source(400)).source
    with pytest.raises(RegoCompileError) as raised:
        Policy.compile(source(4000))
    assert "nested 4000 deep" in raised.value.errors[0].message


def test_a_literal_that_is_made_in_parts_is_whole() -> None:
    source = f"package a\n\np := {'[' * 120}input.x{']' * 120}\n"
    value = Policy.compile({"m.rego": source}).evaluate("data.a.p", input={"x": 7})
    depth = 0
    while isinstance(value, list):
        (value,) = value
        depth += 1
    assert (depth, value) == (120, 7)


def test_data_may_stand_where_rules_are_unless_asked_otherwise() -> None:
    modules, data = {"m.rego": "package a\n\np := 1\n"}, {"a": {"p": 2, "q": 3}}
    assert Policy.compile(modules, data=data).evaluate("data.a.q") == 3
    with pytest.raises(RegoCompileError):
        Policy.compile(modules, data=data, separate_data=True)


def test_there_are_many_modules_and_their_names_differ() -> None:
    assert len({case["name"] for case in _WRONG}) == len(_WRONG) > 280
    assert len({case["name"] for case in _ODD}) == len(_ODD) > 70


def test_a_builtin_that_reaches_outside_may_be_called_where_a_with_replaces_it() -> None:
    source = """package p
asked := http.send({"method": "GET", "url": "http://a"}).body

replaced := body if body := asked with http.send as {"body": 7}
"""
    policy = Policy.compile({"p.rego": source})
    assert policy.evaluate("data.p.replaced") == 7
    with pytest.raises(RegoEvaluationError, match="it asks the network"):
        policy.evaluate("data.p.asked")
