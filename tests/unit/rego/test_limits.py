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
from tests.unit.rego.limited_run import MEBIBYTES, RULE, SECONDS

# What the watch lets grow between two looks, and what is made at once.
OVERSHOT_MIB = 300

RUN = Path(__file__).with_name("limited_run.py")

DOUBLED = "\n".join(
    ['s0 := "0123456789"', *[f's{i} := concat("", [s{i - 1}, s{i - 1}])' for i in range(1, 60)]]
)
PACKED = "\n".join(
    ["a0 := [input]", *[f"a{i} := [a{i - 1} | some _ in [1, 2]]" for i in range(1, 60)]]
)
SQUARED = "\n".join(["n0 := 12345678901", *[f"n{i} := n{i - 1} * n{i - 1}" for i in range(1, 60)]])

NESTED = "\n".join(
    [
        f'{name}0 := "{text}"\n'
        + "\n".join(
            f'{name}{i} := concat("", [{name}{i - 1}, {name}{i - 1}])' for i in range(1, 15)
        )
        for name, text in (("l", "(a?"), ("r", ")?"))
    ]
)

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
    pytest.param(
        "l := numbers.range(1, 32)\nf(x) := x + 1\np := count([1 | some a in l; some b in l; "
        "some c in l; some d in l; some e in l; some g in l; f(g) < a])",
        0,
        {"deadline", "memory"},
        id="short loops and calls, of which not all are counted",
    ),
    pytest.param(
        f'{NESTED}\np := regex.match(concat("", [l14, r14]), "b")',
        0,
        {None},
        id="a pattern 16,384 deep",
    ),
    pytest.param(
        f'{NESTED}\np := regex.find_n(concat("", [l14, r14]), "b", -1)',
        0,
        {"size"},
        id="a pattern 16,384 deep whose groups are asked for",
    ),
    pytest.param(
        f'{DOUBLED}\np := regex.match("(0|1)*9(2|3|0|1|4){{900}}c", s19)',
        0,
        {"deadline"},
        id="a large pattern over a long text",
    ),
    pytest.param(
        "p := count([1 | some i in numbers.range(1, 100000); regex.match(sprintf("
        '"((a{0,30}){0,30}%d)", [i]), "aaa")])',
        0,
        {"deadline", "memory"},
        id="many patterns",
    ),
    pytest.param(
        f'{DOUBLED}\np := count(regex.replace(s20, "[0-9]", "bb"))',
        0,
        {"deadline"},
        id="ten million matches replaced",
    ),
    *[
        pytest.param(
            # Python looks at both ends first: these differ in the middle.
            f'{DOUBLED}\nt := concat("x", [s19, s19])\nu := concat("y", [s19, s19])\n'
            f"p := strings.any_{side}_match([t], [u | some _ in numbers.range(1, 100000)])",
            0,
            {"deadline"},
            id=f"long texts compared from one {side}",
        )
        for side in ("prefix", "suffix")
    ],
    *[
        pytest.param(
            f'x := json.unmarshal("{number}")\np := {expression}', 0, {None, "size"}, id=name
        )
        for number, expression, name in [
            ("1e99999999", "x + 1", "a huge exponent added"),
            ("1e99999999", "x % 7", "the remainder of a huge exponent"),
            ("1e99999999", "count(format_int(x, 2))", "a huge exponent formatted"),
            ("1e99999999", "bits.and(x, 1)", "bits of a huge exponent"),
            ("1e99999999", "numbers.range(x, 1)", "a range from a huge exponent"),
            ("1.5e99999999", "round(x)", "a huge exponent rounded"),
            ("1e99999999", 'count(sprintf("%d %f %x", [x, x, x]))', "a huge exponent printed"),
            ("1e99999999", "product([x, 2.5, x])", "huge exponents multiplied"),
            ("1e-99999999", "sort([x, 1, -x, x + 1])", "a tiny number sorted"),
            ("1e99999999", 'substring(sprintf("a", []), x, 1)', "a huge exponent as an offset"),
        ]
    ],
    pytest.param(
        'schema := json.unmarshal(`{"$ref": "#/definitions/a", "definitions": {"a": {"anyOf": '
        '[{"$ref": "#/definitions/a"}, {"$ref": "#/definitions/a"}]}}}`)\n'
        "p := json.match_schema({}, schema)",
        0,
        {None, "depth", "deadline"},
        id="a schema that refers to itself",
    ),
    pytest.param(
        'p := json.match_schema({"a": [[i] | some i in numbers.range(1, 50000)]}, '
        'json.unmarshal(`{"properties": {"a": {"uniqueItems": true}}}`))',
        0,
        {None, "deadline"},
        id="a schema of elements that differ",
    ),
    pytest.param(
        "f(x) := x + 1\ng(x) := f(x) + f(x)\nk := y if y := g(1) with data.a.f as g\np := k",
        0,
        {None, "depth", "deadline"},
        id="a function that stands for one that it calls",
    ),
    pytest.param(
        "r0 := input.environment\n"
        + "\n".join(
            f"r{i} := y + z if {{ y := r{i - 1} with input.environment as {i}; "
            f"z := r{i - 1} with input.environment as {i + 1} }}"
            for i in range(1, 60)
        )
        + "\np := r59",
        0,
        {"deadline"},
        id="documents replaced within each other",
    ),
    pytest.param(
        f'{DOUBLED}\np if glob.match("{"*0*9" * 300}b", [], s12)',
        0,
        {None, "deadline"},
        id="a glob of stars",
    ),
    pytest.param(
        'y := concat("\\n", array.concat(["a0: &a0 [x, x, x, x]"], [sprintf("a%d: &a%d [*a%d, '
        '*a%d, *a%d, *a%d]", [i, i, i - 1, i - 1, i - 1, i - 1]) | '
        "some i in numbers.range(1, 20)]))"
        "\np := count(json.marshal(yaml.unmarshal(y)))",
        0,
        {None, "deadline", "memory", "size"},
        id="aliases of YAML within each other",
    ),
]


@pytest.mark.parametrize("through", ["policy", "engine", "check"])
@pytest.mark.parametrize(("body", "depth", "limits"), ATTACKS)
def test_an_evaluation_ends_with_the_limit_and_the_rule_in_its_error(
    body: str, depth: int, limits: set[str | None], through: str
) -> None:
    if through != "policy" and depth:
        # Both take JSON, and refuse it so deep.
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
        # On a busy machine Python alone takes seconds to start: what is measured is its own time.
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout)
    assert found["limit"] in limits, found
    # Processor time is none that other programs took: until the deadline it is less than a second.
    assert found["seconds"] < SECONDS + 1, found
    assert found["grown_mib"] < MEBIBYTES + OVERSHOT_MIB, found
    if through == "check":
        assert_no_verdict_over_a_limit(found)
    if found["limit"] is not None and found["where"] != "<query>:1":
        file, _, row = found["where"].partition(":")
        assert file == "a.rego"
        assert (source + RULE).splitlines()[int(row) - 1].split(" ")[0] == rule_of(found["what"])


def assert_no_verdict_over_a_limit(found: dict[str, Any]) -> None:
    verdict = found["verdict"]
    if found["limit"] is None and "failed" not in found:
        assert verdict["outcome"] in {"allowed", "denied"}, verdict
        return
    assert (found["exit_code"], verdict["outcome"], verdict["reasons"]) == (3, "incomplete", [])
    if "failed" in found:
        assert found["failed"] in verdict["problem"]
        return
    assert found["what"] in verdict["problem"]
    assert found["where"] in verdict["problem"]


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


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        pytest.param(200_000, 1, id="one short loop within"),
        pytest.param(2_000, 2, id="two within each other"),
        pytest.param(60, 3, id="three"),
    ],
)
def test_each_step_that_is_counted_stands_for_33_elements_at_most(outer: int, inner: int) -> None:
    loops = "".join(f"; some x{i} in short; x{i} > 0" for i in range(inner))
    source = (
        f"package a\n\nshort := numbers.range(1, 32)\n\n"
        f"b := count([1 | some x in numbers.range(1, {outer}){loops}; x < 0])\n"
    )
    policy = Policy.compile({"a.rego": source})
    visited = sum(outer * 32**level for level in range(inner + 1))
    with pytest.raises(EvaluationLimitExceeded) as caught:
        policy.evaluate("data.a.b", limits=Limits(steps=visited // 33 - 20_000))
    assert caught.value.limit == "steps"
    assert policy.evaluate("data.a.b", limits=Limits(steps=visited * 2 + 100_000)) == 0


def test_a_deeper_evaluation_is_allowed_where_the_setting_says_so() -> None:
    rules = "\n".join(f"r{i} := r{i - 1}" for i in range(1, 700))
    policy = Policy.compile({"a.rego": f"package a\nr0 := 1\n{rules}"})
    assert policy.evaluate("data.a.r699", limits=Limits(depth=3000)) == 1
    with pytest.raises(EvaluationLimitExceeded) as caught:
        policy.evaluate("data.a.r699", limits=Limits(depth=100))
    assert caught.value.limit == "depth"
