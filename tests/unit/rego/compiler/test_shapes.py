"""Functions of one shape are compiled once, and come out as Python compiles each of them."""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from policyengine.errors import RegoEvaluationError
from policyengine.rego import UNDEFINED, Policy
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.shapes import compiled, joined
from policyengine.rego.sources import load_sources
from policyengine.rego.testing.program import SuiteProgram
from policyengine.rego.testing.suite import Suite

POLICIES = Path(__file__).parents[4] / "policies"
FILE = "<generated>"


def instructions(code: CodeType) -> list[tuple[Any, ...]]:
    """What the code does, by line. From 3.14 small numbers have an instruction of their own."""
    return [
        (
            "LOAD_CONST" if found.opname == "LOAD_SMALL_INT" else found.opname,
            type(found.argval),
            None if type(found.argval) is CodeType else found.argval,
            found.positions.lineno if found.positions else None,
        )
        for found in dis.get_instructions(code)
    ]


def functions(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from functions(constant)


def assert_same(texts: list[str]) -> int:
    """Compare with Python's own code, and return how many functions share theirs."""
    ours = [*functions(compiled(texts, FILE))]
    theirs = [*functions(compile(joined(texts), FILE, "exec"))]
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        for name in dir(other):
            if name.startswith("co_") and name not in _DIFFERENT:
                assert getattr(one, name) == getattr(other, name), (one.co_name, name)
        if any(part(one) != part(other) for part in _PARTS):
            assert instructions(one) == instructions(other), one.co_name
    return len(ours) - len({code.co_linetable for code in ours})


# Where these are the same, so are the instructions.
_PARTS: tuple[Callable[[CodeType], object], ...] = (
    lambda code: code.co_code,
    lambda code: [*code.co_lines()],
    lambda code: [(type(item), item) for item in code.co_consts if type(item) is not CodeType],
)
# What is compared by its instructions, or has columns.
_DIFFERENT = {"co_code", "co_consts", "co_linetable", "co_lnotab", "co_lines", "co_positions"} | {
    "co_branches"
}


@pytest.mark.parametrize("make", [Make.PLAIN, Make.EXPLAINED])
def test_the_code_of_the_library_is_what_python_makes_of_its_text(make: Make) -> None:
    sources = load_sources([str(POLICIES)])
    suite = Suite(modules=sources.modules, data=sources.data)
    program = SuiteProgram(suite.parsed(), suite.data, make=make)
    texts = program.linked.parts.sources()
    assert program.linked.program.image.source == joined(texts)
    assert assert_same(texts) > len(texts) // 3


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["def f_1(c):\n    return k1", "def f_2(c):\n    return k2"], id="a name"),
        pytest.param(
            ["def f_1(c):\n    return k1 + k1", "def f_2(c):\n    return k2 + k3"],
            id="one name twice and two names",
        ),
        pytest.param(
            ["def f_1(c):\n    return k1 + f_2(k1)", "def f_2(c):\n    return k2 + f_1(k2)"],
            id="names of each other",
        ),
        pytest.param(
            ["def f_1(c):\n    return g(5, 7)", "def f_2(c):\n    return g(7, 7)"],
            id="one number twice and two numbers",
        ),
        pytest.param(
            ["def f_1(c):\n    return g((5, 7))", "def f_2(c):\n    return g((6, 8))"],
            id="numbers in a tuple that is a constant",
        ),
        pytest.param(
            ["def f_1(c):\n    return 5 + 7", "def f_2(c):\n    return 6 + 8"],
            id="numbers that Python adds",
        ),
        pytest.param(
            ["def f_1(c):\n    return c > (-5)", "def f_2(c):\n    return c > (-6)"],
            id="negative numbers",
        ),
        pytest.param(
            [
                "def f_1(c):\n    return g() if 1 else h()",
                "def f_2(c):\n    return g() if 0 else h()",
            ],
            id="a branch by a number",
        ),
        pytest.param(
            [
                "def f_1(c):\n    return g() if 1 else h()",
                "def f_2(c):\n    return g() if 2 else h()",
            ],
            id="one branch by two numbers",
        ),
        pytest.param(
            ["def f_1(c):\n    return 'k1 5'", "def f_2(c):\n    return 'k2 6'"], id="in a text"
        ),
        pytest.param(
            ["def f_1(c):\n    return [k1 for _ in c]", "def f_2(c):\n    return [k2 for _ in c]"],
            id="code in code",
        ),
        pytest.param(
            ["def f_1(k1):\n    return k1", "def f_2(k2):\n    return k2"],
            id="a name that is local",
        ),
        pytest.param(
            ["@g\ndef f_1(c):\n    return k1\n", "@g\ndef f_2(c):\n    return k2\n"],
            id="decorated",
        ),
        pytest.param(
            [
                f"def f_{n}(c):\n    try: return b1(k{n})\n    except E as e: return x(e, {n})"
                for n in range(1, 1200)
            ],
            id="places and numbers beyond a byte",
        ),
        pytest.param(["def f_1(c):\n    return 1"], id="alone"),
        pytest.param([], id="nothing"),
    ],
)
def test_functions_of_like_text_are_what_python_makes_of_each(texts: list[str]) -> None:
    assert_same(texts)


def test_most_functions_that_differ_in_names_and_numbers_share_their_code() -> None:
    texts = [f"def f_{n}(c):\n    return g(k{n}, {n})" for n in range(1, 41)]
    assert assert_same(texts) == 39


def test_rules_of_one_shape_keep_their_constants_and_places() -> None:
    rules = "\n".join(f'r{n} := x if {{ input.a == {n}; x := "is {n}" }}' for n in range(60))
    wrong = "\n".join(f"w{n} if input.a + {n} == 1" for n in range(60))
    policy = Policy.compile({"a.rego": f"package a\n{rules}\n{wrong}\n"})
    for number in (0, 1, 9, 59):
        assert policy.evaluate(f"data.a.r{number}", input={"a": number}) == f"is {number}"
        assert policy.evaluate(f"data.a.r{number}", input={"a": number + 1}) is UNDEFINED
        with pytest.raises(RegoEvaluationError) as caught:
            policy.evaluate(f"data.a.w{number}", input={"a": "x"}, strict_builtin_errors=True)
        assert caught.value.row == 62 + number
