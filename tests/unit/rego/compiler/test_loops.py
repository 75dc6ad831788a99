"""Loops that are written as less than a loop give what the loop would give."""

from __future__ import annotations

import pytest

from policyengine.rego import Policy


def value(body: str, *, limit: str = "r") -> object:
    source = f"package a\n\n{limit} := [x | {body}]\n\none := 1.0\n\nf(y) := y\n"
    return Policy.compile({"a.rego": source}).evaluate("data.a.r", input={"o": {"b": 1, "a": 2}})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("some x in {f(2)}", [2], id="a set"),
        pytest.param("some x in [f(2)]", [2], id="an array"),
        pytest.param("some k, v in {f(2)}; x := [k, v]", [[2, 2]], id="a set with its key"),
        pytest.param("some k, v in [f(2)]; x := [k, v]", [[0, 2]], id="an array with its key"),
        pytest.param("some [x, 3] in {[f(2), 3]}", [2], id="a pattern"),
        pytest.param("some [x, 4] in {[f(2), 3]}", [], id="a pattern that does not match"),
        pytest.param("some y in {f(input.none)}; x := 1", [], id="an undefined element"),
        pytest.param("some _ in {f(1)}; x := 1", [1], id="no name"),
        pytest.param("some y in {f(1)}; some x in {y + 1}", [2], id="one after the other"),
        pytest.param("some y in [1, 2]; some x in {f(y)}", [1, 2], id="in another loop"),
        pytest.param("i := f(0); x := [f(5)][i]", [5], id="a look-up"),
        pytest.param("i := f(1); x := [f(5)][i]", [], id="a look-up of what is not there"),
        pytest.param("x := {f(1)}[one]", [1.0], id="a look-up in a set"),
        pytest.param("not 2 in {f(1)}; x := 1", [1], id="no loop"),
        pytest.param("some y in {f(1), f(2)}; x := y", [1, 2], id="two elements"),
        pytest.param("some x, _ in input.o", ["a", "b"], id="keys of an object"),
        pytest.param("some x, _ in input.o.a", [], id="keys of a number"),
        pytest.param("some x, _ in [7, 8]", [0, 1], id="places of an array"),
        pytest.param("some x, _ in {9, 8}", [8, 9], id="members of a set"),
        pytest.param("some x, _ in {true: 1, null: 2}", [None, True], id="keys that are no text"),
        pytest.param("some [x, 1], _ in {[2, 1]: 0, [3, 2]: 0}", [2], id="a pattern of keys"),
        pytest.param("some y, _ in input.o; some x, _ in {y: y}", ["a", "b"], id="nested keys"),
        pytest.param("_ = input.o[x]", ["a", "b"], id="a key that is asked for by index"),
        pytest.param("v = input.o[y]; x := v", [2, 1], id="a value that is used"),
    ],
)
def test_a_loop_gives_each_element(body: str, expected: object) -> None:
    assert value(body) == expected


@pytest.mark.parametrize("members", ["[true]", '["1"]', "[[1]]", "[1.5]", "[null]", "{1: true}"])
def test_what_only_looks_alike_is_no_member(members: str) -> None:
    body = "some x in [1, 2]; some y in [1]; not x in members; not y in members"
    assert value(f"members := f({members}); {body}") == [1, 2]
    assert value(f"some x in [f(1)]; not x in f({members})") == [1]


@pytest.mark.parametrize("members", ["[1]", "[1.0]", '["a", 1]', "{1}", '{"k": 1}', "[null, 1]"])
def test_a_number_is_a_member_however_it_is_written(members: str) -> None:
    assert value(f"members := f({members}); some x in [1, 2]; x in members") == [1]
    assert value(f"some x in [f(1)]; x in f({members})") == [1]
