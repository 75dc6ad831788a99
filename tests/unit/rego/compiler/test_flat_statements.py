"""Passes skip statements that are flat: one with a body that said so would not be looked into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.check import check
from policyengine.rego.syntax.parser import parse_modules

FLAT = ["x := input.a", "input.a == 1", "input.a", "f(input.a)", "some x in input.a", "not input.a"]
WITH_BODIES = [
    "x := [y | some y in input.a]",
    "count([y | some y in input.a]) > 1",
    "[y | some y in input.a] == [1]",
    "{y | some y in input.a}",
    "not {input.a}",
    "every y in input.a { y }",
    "{input.a} and {input.b}",
    "input.a or input.b",
]


def statements(body: core.Body) -> Iterator[core.Statement]:
    for statement in body:
        yield statement
        for inner in variables.bodies(statement.action):
            yield from statements(inner)


def checked(expression: str) -> list[core.Statement]:
    source = f"package p\n\nimport rego.v2\n\nf(x) if x\n\nr if {{\n\t{expression}\n}}\n"
    tree = check(parse_modules({"p.rego": source})).tree
    return [
        statement
        for clause in tree.children["p"].children["r"].clauses
        for statement in statements(clause.body)
    ]


@pytest.mark.parametrize("expression", [*FLAT, *WITH_BODIES])
def test_a_statement_is_flat_if_nothing_in_it_has_a_body(expression: str) -> None:
    for statement in checked(expression):
        assert statement.is_flat == (not variables.bodies(statement.action))


@pytest.mark.parametrize("expression", WITH_BODIES)
def test_what_holds_a_body_is_seen(expression: str) -> None:
    assert not all(statement.is_flat for statement in checked(expression))
