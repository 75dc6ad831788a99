"""Builtins that would make or visit more than they were handed end in the limit's error."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego.policy import Policy
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.values import UNDEFINED

LIMITS = Limits(seconds=60, steps=2_000_000, size=200_000)


def evaluate(module: str, document: Any = None) -> Any:
    policy = Policy.compile({"limits.rego": f"package limits\n\n{module}\n"})
    return policy.evaluate("data.limits.answer", input=document, limits=LIMITS)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


GRAPH = "ways[a] := [b | some b in numbers.range(1, 14)] if some a in numbers.range(1, 14)"

ROWS = [
    pytest.param("answer := numbers.range(1, 1e12)", None, id="a range of numbers"),
    pytest.param("answer := numbers.range_step(1, 1e12, 2)", None, id="a range in steps"),
    pytest.param(
        'answer := concat(input.s, ["a", "b", "c"])', {"s": "x" * 150_000}, id="concat, twice"
    ),
    pytest.param(
        'a := concat("", [input.s, input.s])\nb := concat("", [a, a])\n'
        'answer := concat("", [b, b])',
        {"s": "x" * 40_000},
        id="a text doubled again and again",
    ),
    pytest.param(
        'answer := count([s | some n in input.n; s := concat("", array.slice(input.t, 0, n))])',
        {"n": list(range(20_000)), "t": ["abcdefgh"] * 20_000},
        id="a quadratic concat",
    ),
    pytest.param(
        'answer := replace(input.s, "a", input.s)', {"s": "a" * 1000}, id="replace by what is long"
    ),
    pytest.param(
        'answer := strings.replace_n({"a": input.s}, input.s)', {"s": "a" * 1000}, id="replace_n"
    ),
    pytest.param(
        'answer := regex.replace(input.s, "a", input.s)', {"s": "a" * 1000}, id="regex.replace"
    ),
    pytest.param('answer := sprintf("%999999d", [1])', None, id="a width of sprintf"),
    pytest.param(
        "answer := array.concat(input.a, input.a)", {"a": [1] * 150_000}, id="array.concat"
    ),
    pytest.param("answer := bits.lsh(1, 1000000000)", None, id="a shift to the left"),
    pytest.param('answer := net.cidr_expand("10.0.0.0/8")', None, id="the addresses of a network"),
    pytest.param('answer := net.cidr_expand("::/0")', None, id="all addresses"),
    pytest.param(
        "answer := count([path | walk(input, [path, _])])",
        [nested(700) for _ in range(200)],
        id="walk through what is deep",
    ),
    pytest.param(
        f"{GRAPH}\n\nanswer := graph.reachable_paths(ways, {{1}})",
        None,
        id="paths through a complete graph",
    ),
    pytest.param(
        "answer := regex.globs_match(input.a, input.b)",
        {"a": ".*[ab]*" * 14 + "x+", "b": "[ab]*.*" * 14 + "y+"},
        id="stars against stars",
    ),
    pytest.param(
        'answer := strings.render_template("{{range 1000000000}}{{end}}", {})',
        None,
        id="a loop of a template that writes nothing",
    ),
    pytest.param(
        'answer := strings.render_template("{{range 1000000000}}x{{end}}", {})',
        None,
        id="a loop of a template",
    ),
    pytest.param(
        'answer := strings.render_template(`{{printf "%9999999d%9999999d" 1 1}}`, {})',
        None,
        id="a width of a template",
    ),
    pytest.param(
        'answer := strings.render_template(`{{printf "%0999999.999999f" 1.5}}`, {})',
        None,
        id="a precision of a template",
    ),
]


@pytest.mark.parametrize(("module", "document"), ROWS)
def test_what_would_grow_without_bounds_ends_in_the_limit_s_error(
    module: str, document: Any
) -> None:
    with pytest.raises(EvaluationLimitExceeded):
        evaluate(module, document)


@pytest.mark.parametrize(
    ("template", "variables"),
    [
        pytest.param('{{define "a"}}{{template "a"}}{{end}}{{template "a"}}', {}, id="endless"),
        pytest.param("{{if 1}}" * 5000 + "{{end}}" * 5000, {}, id="nested controls"),
        pytest.param("{{" + "(" * 5000 + "1" + ")" * 5000 + "}}", {}, id="nested brackets"),
    ],
)
def test_a_template_that_nests_without_end_has_no_answer(
    template: str, variables: dict[str, Any]
) -> None:
    module = "answer := strings.render_template(input.t, input.v)"
    assert evaluate(module, {"t": template, "v": variables}) is UNDEFINED
