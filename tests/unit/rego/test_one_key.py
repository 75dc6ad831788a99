"""A partial rule that is asked for one key makes what is under that key, and says what OPA says.

The answers about errors of other keys are those of OPA 1.22.2 to the same queries.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from policyengine.errors import EvaluationLimitExceeded, RegoEvaluationError
from policyengine.rego import UNDEFINED, Policy
from policyengine.rego.following import follow_rules
from policyengine.rego.private_files import PrivateFiles
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.testing import RunOptions, Suite, run_suite
from policyengine.rego.testing.program import Run
from policyengine.rego.testing.why import why_failed

MANY = 100_000
FEW_STEPS = Limits(steps=1_000)

BY_KEY = """
o[k] := v if some k, v in input.items
o[k] := v if some k, v in input.more
s contains k if input.items[k]
s contains "z" if to_number(input.word) > 3
g[k] contains v if some k, v in input.items
g[k] contains v if some k, v in input.more
i[k] := v if some k, v in input.list
n[k] := v if {
    found := input.items
    v := found[k]
}
through contains k if {
    s[k]
    not input.more[k]
}
replaced[k] := v if v := n[k] with input.items as {"a": 9}
numbered[k] := v if v := data.numbers[k]
"""

INPUT: dict[str, Any] = {
    "items": {"a": 1, "c": 1, "no": False, "nothing": None},
    "more": {"b": 3, "c": 2, "a": 1},
    "list": ["p", "q"],
    "word": "no number",
}


def policy(source: str) -> Policy:
    return Policy.compile(
        {"a.rego": f"package a\n{source}"}, data={"numbers": {"1": "one"}, "list": ["p"]}
    )


def asked(source: str, query: str, **arguments: Any) -> Any:
    found = policy(source).query(f"result := {query}", **{"input": INPUT, **arguments})
    return found[0].bindings["result"] if found else UNDEFINED


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param("data.a.o.a", 1, id="two definitions give the same"),
        pytest.param("data.a.o.b", 3, id="the second definition gives it"),
        pytest.param("data.a.o.no", False, id="a value that is false"),
        pytest.param("data.a.o.nothing", None, id="a value that is null"),
        pytest.param("data.a.o.missing", UNDEFINED, id="no such key"),
        pytest.param("data.a.o[1]", UNDEFINED, id="a key of another type"),
        pytest.param('data.a.s["a"]', "a", id="a member of a set"),
        pytest.param('data.a.s["no"]', UNDEFINED, id="a set whose body is false for it"),
        pytest.param("data.a.g.a", [1], id="a set below a key"),
        pytest.param("data.a.g.c", [1, 2], id="sets of two definitions are one"),
        pytest.param("data.a.g.c[2]", 2, id="a step below the key"),
        pytest.param("data.a.i[1]", "q", id="the index of a list"),
        pytest.param("data.a.i[1.0]", "q", id="the index as another number"),
        pytest.param('data.a.i["1"]', UNDEFINED, id="the index as text"),
        pytest.param("data.a.numbered[1]", "one", id="a number in a base document"),
        pytest.param("data.a.n.a", 1, id="a variable before the look-up"),
        pytest.param('data.a.through["a"]', UNDEFINED, id="a rule that asks a rule, and fails"),
        pytest.param('data.a.through["no"]', UNDEFINED, id="a rule that asks a rule in vain"),
        pytest.param("data.a.replaced.a", 9, id="a rule that asks under with"),
        pytest.param("data.a.n.a with input.items.a as 5", 5, id="asked under with"),
        pytest.param(
            'data.a.n.q with data.a.n as {"q": 1}', 1, id="the document is replaced by with"
        ),
        pytest.param('data.a.n.q with data.a as {"n": {"q": 1}}', 1, id="and all above it"),
        pytest.param(
            '[v | some k in ["a", "b", "x", "a"]; v := data.a.o[k]]', [1, 3, 1], id="in a loop"
        ),
        pytest.param(
            '[data.a.n.a, count(data.a.n), data.a.n["c"]]',
            [1, 4, 1],
            id="one key, all, and one key",
        ),
    ],
)
def test_one_key_has_the_value_of_the_document(query: str, wanted: Any) -> None:
    found = asked(BY_KEY, query, strict_builtin_errors=True)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("data.a.o.c", "eval_conflict_error", id="two values for the key"),
        pytest.param("data.a.o", "eval_conflict_error", id="all keys, one with two values"),
        pytest.param(
            "[data.a.o.a, data.a.o]", "eval_conflict_error", id="all keys, one was asked before"
        ),
        pytest.param(
            '[v | some k in ["a", "c"]; v := data.a.o[k]]', "eval_conflict_error", id="in a loop"
        ),
        pytest.param("[1 | not data.a.o.c]", "eval_conflict_error", id="below not"),
        pytest.param('data.a.s["z"]', "eval_builtin_error", id="an error on the way to the key"),
        pytest.param("data.a.s", "eval_builtin_error", id="an error on the way to any key"),
    ],
)
def test_what_goes_wrong_for_the_key_is_an_error(query: str, code: str) -> None:
    with pytest.raises(RegoEvaluationError) as caught:
        asked(BY_KEY, query, strict_builtin_errors=True)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("r[k] := v if some k, v in input.items", id="an object"),
        pytest.param("r[k] := v if v := input.items[k]", id="an object by a reference"),
        pytest.param("r contains k if input.items[k]", id="a set"),
        pytest.param("r[k] contains v if some k, v in input.items", id="sets below keys"),
        pytest.param(
            'r contains k if input.items[k]\nr contains "x" if count(input.items) == 0',
            id="a set, with a constant",
        ),
        pytest.param(
            "all[k] := v if some k, v in input.items\nr[k] := v if v := all[k]",
            id="an object over another",
        ),
    ],
)
def test_one_key_of_many_takes_few_steps(rule: str) -> None:
    items = {f"key{number}": number + 1 for number in range(MANY)}
    assert asked(rule, 'data.a.r["key77777"]', input={"items": items}, limits=FEW_STEPS) in (
        77_778,
        "key77777",
        [77_778],
    )
    with pytest.raises(EvaluationLimitExceeded):
        asked(rule, "data.a.r", input={"items": items}, limits=FEW_STEPS)


def test_a_key_is_made_once() -> None:
    items = {"a": {f"key{number}": 1 for number in range(400)}}
    rule = "r[k] := n if {\n some k, v in input.items\n n := count([1 | some x in v])\n}"
    query = "[v | some _ in numbers.range(1, 50); v := data.a.r.a]"
    assert asked(rule, query, input={"items": items}, limits=FEW_STEPS) == [400] * 50


@pytest.mark.parametrize(
    ("rule", "key", "items"),
    [
        pytest.param(
            "r[v.name] := v if some v in input.items",
            lambda number: f"name{number}",
            [{"name": f"name{number}"} for number in range(3_000)],
            id="the key is found in a loop",
        ),
        pytest.param(
            "r[k] := v if {\n names := {n | some n, _ in input.items}\n names[k]\n"
            " v := input.items[k]\n}",
            lambda number: f"name{number}",
            {f"name{number}": number for number in range(3_000)},
            id="much is made before the key is looked up",
        ),
        pytest.param(
            "r contains v if some v in input.items",
            lambda number: f"name{number}",
            [f"name{number}" for number in range(3_000)],
            id="the members of a list",
        ),
    ],
)
def test_asking_for_many_keys_costs_no_more_than_all_of_them(
    rule: str, key: Callable[[int], str], items: Any
) -> None:
    keys = [key(number) for number in range(3_000)]
    query = "count([1 | some k in input.keys; data.a.r[k]])"
    limits = Limits(steps=100_000)
    assert asked(rule, query, input={"items": items, "keys": keys}, limits=limits) == 3_000


def test_what_is_asked_by_key_is_covered() -> None:
    made = policy("r[k] := v if some k, v in input.items\n\nq := r.a\n")
    hits: set[Any] = set()
    made.solve("result := data.a.q", input=INPUT, hits=hits)
    assert made.coverage(hits)["a.rego"].not_covered == ()


KEYS = ["a", "b", "c", "no", "nothing", "p", "z", 0, 1, 5, None, True, ["a"], {"a": 1}]
LOOK_UPS = [
    "some k, v in {0}",
    "v := {0}[k]",
    "{0}[k] = v",
    "some k\n v := {0}[k]",
    "m := {0}\n v := m[k]",
    'input.word == "no number"\n some k, v in {0}',
    "{0}[k]\n v := k",
]
CONDITIONS = [
    "v != 2",
    "not input.more[k]",
    "input.more[k]",
    'k != "b"',
    'startswith(k, "a")',
    "v == input.items[k]",
    "some w in input.list",
    'k in {"a", "no", 1}',
    "every w in input.list { w != k }",
    "count([1 | some x in input.more; x == v]) > 0",
    "first[k]",
    "not first[k]",
    'first[k] with input.items as {"a": 7}',
]


def made_at_random(number: int) -> str:
    """``first`` and ``r``, a set or an object of sets: these have no conflicts."""
    chance = Random(number)
    rules: list[str] = []
    for name, size in (("first", 1), ("r", 3)):
        heads = chance.choice([f"{name} contains {{0}}", f"{name}[{{0}}] contains v"])
        for _ in range(size):
            source = chance.choice(["input.items", "input.more", "input.list", "data.list"])
            body = [chance.choice(LOOK_UPS).format(source)]
            conditions = CONDITIONS if name == "r" else CONDITIONS[:-3]
            body += chance.sample(conditions, chance.randrange(3))
            head = heads.format(chance.choice(["k", "k", "k", '"a"', "1"]))
            rules.append(f"{head} if {{\n " + "\n ".join(body) + "\n}\n")
    return "\n".join(rules)


def test_rules_made_at_random_have_by_key_what_they_have_as_a_whole() -> None:
    by_key = "[[k, v] | some k in input.keys; v := data.a.r[k]]"
    # Whoever asks for all of it has the document made, in which the keys are then looked up.
    whole = f"[pairs | all := data.a.r; pairs := {by_key}][0]"
    compared = 0
    for number in range(150):
        source = made_at_random(number)
        made = policy(source)
        document = {**INPUT, "keys": KEYS}
        one = made.query(f"result := {by_key}", input=document)
        every = made.query(f"result := {whole}", input=document)
        assert one == every, source
        compared += len(one[0].bindings["result"])
    assert compared > 150


def test_one_reference_has_what_a_query_has_where_another_key_fails() -> None:
    made = Policy.compile(
        {
            "a.rego": "package a\n"
            'o[k] := 1 if some k in ["a", "b"]\n'
            'o[k] := to_number(word) if { some word in ["2", "x"]; k := "b" }\n'
        }
    )
    assert made.evaluate("data.a.o.a", strict_builtin_errors=True) == 1
    with pytest.raises(RegoEvaluationError):
        made.evaluate("data.a.o.b", strict_builtin_errors=True)
    with pytest.raises(RegoEvaluationError):
        made.evaluate("data.a.o", strict_builtin_errors=True)


# Made for one key, the rule has a value; made for all, two of them conflict under another one.
_OTHER_KEY_FAILS = (
    "package a\n"
    'o[k] := v if { some k in ["a", "b"]; some v in input.values[k] }\n'
    "deny contains k if { some k in input.asked; o[k] == 1 }\n"
)
_VALUES = {"values": {"a": [1], "b": [1, 2]}}


@pytest.mark.parametrize(
    ("asked", "fails"),
    [pytest.param(["a"], False, id="another-key"), pytest.param(["a", "b"], True, id="the-key")],
)
def test_reasons_are_given_and_explained_where_another_key_fails(
    asked: list[str], fails: bool
) -> None:
    made = Policy.compile({"a.rego": _OTHER_KEY_FAILS})
    document = {**_VALUES, "asked": asked}
    if fails:
        with pytest.raises(RegoEvaluationError):
            made.evaluate_rules("data.a", ["deny"], input=document)
        with pytest.raises(RegoEvaluationError):
            follow_rules(
                {"a.rego": _OTHER_KEY_FAILS}, {("a.rego", 3)}, input=document, data={}, now_ns=0
            )
        return
    values = made.evaluate_rules("data.a", ["deny"], input=document)
    assert [value.value for value in values] == [["a"]]
    (explained,) = made.explain(values, input=document)
    unfailing = {"asked": asked, "values": {"a": [1], "b": [2]}}
    (wanted,) = made.explain(values, input=unfailing)
    assert explained.paths == wanted.paths
    assert explained.paths[0]
    (deny,), _ = follow_rules(
        {"a.rego": _OTHER_KEY_FAILS}, {("a.rego", 3)}, input=document, data={}, now_ns=0
    )
    assert [solution.value for solution in deny.solutions] == ["a"]


@pytest.mark.parametrize("coverage", [False, True], ids=["plain", "covered"])
def test_a_test_of_one_key_holds_where_another_key_fails(coverage: bool, tmp_path: Path) -> None:
    values = '{"a": [1], "b": [1, 2]}'
    tests = (
        "package a_test\n"
        "import data.a\n"
        f'test_one if "a" in a.deny with input as {{"asked": ["a"], "values": {values}}}\n'
        f'test_other if "b" in a.deny with input as {{"asked": ["b"], "values": {values}}}\n'
        f'test_fails if "c" in a.deny with input as {{"asked": ["a"], "values": {values}}}\n'
    )
    suite = Suite(modules={"a.rego": _OTHER_KEY_FAILS, "a_test.rego": tests})
    cache = PrivateFiles(tmp_path / "compiled")
    # The second time the code is read from the cache.
    for _ in ("compiled", "kept"):
        result = run_suite(suite, RunOptions(coverage=coverage), cache=cache)
        status = [(item.test.name, item.status.value) for item in result.results]
        assert status == [("test_one", "pass"), ("test_other", "error"), ("test_fails", "fail")]
        failed = [item for item in result.results if item.test.name == "test_fails"]
        (why,) = why_failed(suite, failed, Run(now_ns=0)).values()
        assert [item.extent.row for item in why.own] == [5]
        if coverage:
            assert result.coverage is not None
            assert not result.coverage["a.rego"].not_covered
