"""Whatever a policy does, its evaluation ends, and says which limit and which rule it was."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import EngineFailed, EvaluationLimitExceeded
from policyengine.rego import Policy
from policyengine.rego.engine import EvaluationLimits
from policyengine.rego.native import NativePolicy
from policyengine.rego.runtime.limits import Limits

RUN = Path(__file__).with_name("limited_run.py")

DOUBLED = "\n".join(
    ['s0 := "0123456789"', *[f's{i} := concat("", [s{i - 1}, s{i - 1}])' for i in range(1, 60)]]
)
PACKED = "\n".join(
    ["a0 := [input]", *[f"a{i} := [a{i - 1} | some _ in [1, 2]]" for i in range(1, 60)]]
)
SQUARED = "\n".join(["n0 := 12345678901", *[f"n{i} := n{i - 1} * n{i - 1}" for i in range(1, 60)]])

# The module, the depth of the input, and what may stop it.
ATTACKS: list[Any] = [
    pytest.param("p := numbers.range(1, 1000000000000)", 0, {"size"}, id="a range of 1e12"),
    pytest.param(f"{DOUBLED}\np := count(s59)", 0, {"size"}, id="a string that doubles"),
    pytest.param(
        'p := x if { some i in numbers.range(1, 100000); x := concat("", [y | some j in '
        'numbers.range(1, 100000); y := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]); i < 0 }',
        0,
        {"deadline", "memory"},
        id="a quadratic concat",
    ),
    pytest.param("p if walk(input, [path, 1])", 10_000, {None}, id="walk over depth 10,000"),
    pytest.param("p := {input}", 10_000, {"depth"}, id="a set of an input of depth 10,000"),
    pytest.param("p := input", 10_000, {"depth"}, id="an input of depth 10,000 as the answer"),
    pytest.param(f"{PACKED}\np := a59", 0, {"deadline", "memory"}, id="an answer that is packed"),
    pytest.param(
        f"{PACKED}\np if {{ {{a59}} }}", 0, {"deadline", "memory"}, id="a packed value as a key"
    ),
    pytest.param(
        f"{PACKED}\np := json.marshal(a59)", 0, {"deadline", "memory", "size"}, id="packed as JSON"
    ),
    pytest.param(
        f'{PACKED}\np := count(sprintf("%v", [a59]))',
        0,
        {"deadline", "memory", "size"},
        id="packed as text",
    ),
    pytest.param(
        f'{DOUBLED}\np := trim(s20, concat("", [replace(s20, "5", "6"), "a"]))',
        0,
        {None},
        id="all characters of a long text trimmed",
    ),
    pytest.param(
        f"{DOUBLED}\np := count(sort([s20 | some _ in numbers.range(1, 100000)]))",
        0,
        {None, "deadline"},
        id="long texts that are the same sorted",
    ),
    pytest.param(
        "x := bits.lsh(1, 40000000)\np := x % 3", 0, {"size"}, id="bits shifted by 40 million"
    ),
    pytest.param(
        f'{DOUBLED}\np := json.unmarshal(concat("", ["1", s19]))',
        0,
        {"size"},
        id="millions of digits",
    ),
    pytest.param(
        f'{DOUBLED}\np := units.parse(concat("", ["1", s9]))', 0, {None}, id="5,000 digits"
    ),
    pytest.param(
        f'{DOUBLED}\np := semver.compare(concat("", ["1.0.0-1", s9]), "1.0.0-2")',
        0,
        {None},
        id="a version of 5,000 digits",
    ),
    pytest.param(f"{SQUARED}\np := n59", 0, {"size"}, id="a number squared 59 times"),
    pytest.param(
        "p := count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000)])",
        0,
        {"deadline", "memory"},
        id="nested loops",
    ),
    pytest.param(
        'p := [concat("", [x, "b"]) | some i in numbers.range(1, 1000000)]\n'
        'x := sprintf("%1000000d", [1])',
        0,
        {"deadline", "memory"},
        id="a list of long strings",
    ),
]


@pytest.mark.parametrize("through", ["policy", "engine"])
@pytest.mark.parametrize(("body", "depth", "limits"), ATTACKS)
def test_an_evaluation_ends_with_the_limit_and_the_rule_in_its_error(
    body: str, depth: int, limits: set[str | None], through: str
) -> None:
    if through == "engine" and depth:
        # The engine takes JSON, and refuses it so deep.
        with pytest.raises(EngineFailed):
            NativePolicy(Policy.compile({}), EvaluationLimits()).evaluate(
                b"[" * depth + b"]" * depth, [], now_ns=0
            )
        return
    source = f"package a\n\n{body}\n"
    run = subprocess.run(
        [sys.executable, str(RUN), source, str(depth), through],
        capture_output=True,
        text=True,
        # On a busy machine Python alone takes seconds to start; within, the limits hold.
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout)
    assert found["limit"] in limits, found
    assert found["grown_mib"] < 900
    if found["limit"] is not None and found["where"] != "<query>:1":
        file, _, row = found["where"].partition(":")
        assert file == "a.rego"
        assert source.splitlines()[int(row) - 1].split(" ")[0] == rule_of(found["what"])


def rule_of(what: str) -> str:
    return what.partition(":")[0].removeprefix("data.a.")


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        pytest.param(Limits(steps=20_000), "steps", id="steps"),
        pytest.param(Limits(size=1000), "size", id="size"),
        pytest.param(Limits(seconds=0.0), "deadline", id="deadline"),
    ],
)
def test_each_limit_can_be_set(limits: Limits, limit: str) -> None:
    policy = Policy.compile({"a.rego": "package a\n\nb := count(numbers.range(1, 500000))\n"})
    with pytest.raises(EvaluationLimitExceeded) as caught:
        policy.evaluate("data.a.b", limits=limits)
    assert caught.value.limit == limit
    assert caught.value.where == "a.rego:3"
    assert policy.evaluate("data.a.b") == 500_000


def test_a_deeper_evaluation_is_allowed_where_the_setting_says_so() -> None:
    rules = "\n".join(f"r{i} := r{i - 1}" for i in range(1, 700))
    policy = Policy.compile({"a.rego": f"package a\nr0 := 1\n{rules}"})
    assert policy.evaluate("data.a.r699", limits=Limits(depth=3000)) == 1
    with pytest.raises(EvaluationLimitExceeded) as caught:
        policy.evaluate("data.a.r699", limits=Limits(depth=100))
    assert caught.value.limit == "depth"
