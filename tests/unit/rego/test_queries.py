"""Queries give the bindings and values of expressions that ``opa eval`` gives."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.errors import RegoCompileError
from policyengine.rego import Policy

POLICY = Policy.compile(
    {"a.rego": 'package a\n\nd contains "x"\n\nd contains "y" if input.z\n'}, data={"k": [1, 2]}
)

# The query, and what OPA 1.22.2 prints for it: the values and the bindings of each solution.
ANSWERS: list[tuple[str, list[tuple[list[Any], dict[str, Any]]]]] = [
    ("1 > 2", [([False], {})]),
    ("1 > 2; true", []),
    ("x := 1; x > 0", [([True, True], {"x": 1})]),
    ("data.a.d", [([["x", "y"]], {})]),
    ("data.k[i]", [([1], {"i": 0}), ([2], {"i": 1})]),
    ("data.k[i] > 1", [([True], {"i": 1})]),
    ("data.k[_]", [([1], {}), ([2], {})]),
    ("some x in data.k; x > 1; x + 1", [([True, True, 3], {"x": 2})]),
    ("x = 1 + 1", [([True], {"x": 2})]),
    ("not false", [([True], {})]),
    ("plus(1, 2)", [([3], {})]),
    ("plus(1, 2, x)", [([True], {"x": 3})]),
    ("print(1)", [([True], {})]),
    ('input.z with input as {"z": false}', [([False], {})]),
    ("input.none", []),
    ("[x | some x in data.k]", [([[1, 2]], {})]),
]


@pytest.mark.parametrize(("query", "expected"), ANSWERS, ids=[query for query, _ in ANSWERS])
def test_a_query_gives_the_answer_of_opa(
    query: str, expected: list[tuple[list[Any], dict[str, Any]]]
) -> None:
    found = POLICY.query(query, input={"z": 1})
    assert [(result.expressions, result.bindings) for result in found] == expected


def test_a_query_that_opa_refuses_is_refused() -> None:
    with pytest.raises(RegoCompileError, match="var x is unsafe"):
        POLICY.query("x > 1")
