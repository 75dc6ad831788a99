"""Joins and memberships are looked up, and give what looking through everything gives."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego import Policy
from policyengine.rego.runtime.limits import Limits

SIDES: dict[str, Any] = {
    "left": [{"k": f"k{i}", "n": i} for i in range(20)],
    "right": [{"k": f"k{i % 5}", "m": i} for i in range(40)],
    "numbers": [{"k": 1.0}, {"k": 2}, {"k": "1"}, {"k": None}, {}, {"k": [1]}, {"k": True}] * 3,
    "by_name": {f"name{i:02}": {"k": f"k{i % 7}"} for i in range(30)},
    "names": [f"name{i:02}" for i in range(0, 60, 3)],
}


def joined(body: str, **arguments: Any) -> Any:
    policy = Policy.compile({"a.rego": f"package a\n{body}"}, data={"side": SIDES})
    return policy.evaluate("data.a.p", **{"input": SIDES, **arguments})


LEFT, RIGHT = SIDES["left"], SIDES["right"]
PAIRS = sorted([a["n"], b["m"]] for a in LEFT for b in RIGHT if a["k"] == b["k"])


@pytest.mark.parametrize(
    "body",
    [
        "p contains [a.n, b.m] if {\n some a in input.left\n some b in input.right\n a.k == b.k\n}",
        "p contains [a.n, b.m] if {\n some a in input.left\n some b in input.right\n b.k = a.k\n}",
        (
            "p contains [a.n, b.m] if {\n some a in data.side.left\n some b in data.side.right\n"
            " b.m >= 0\n k := b.k\n a.k == k\n}"
        ),
        (
            "p contains [a.n, b.m] if {\n some a in input.left\n some i, b in input.right\n"
            " i >= 0\n a.k == b.k\n}"
        ),
        (
            "p contains [a.n, m] if {\n some a in input.left\n"
            " some m in [b.m | some b in input.right; b.k == a.k]\n}"
        ),
        (
            "right := input.right\n\np contains [a.n, b.m] if {\n some a in input.left\n"
            " some b in right\n a.k == b.k\n}"
        ),
        (
            "of(k) := [b.m | some b in input.right; b.k == k]\n\n"
            "p contains [a.n, m] if {\n some a in input.left\n some m in of(a.k)\n}"
        ),
    ],
)
def test_a_join_gives_every_pair_and_no_other(body: str) -> None:
    assert joined(body) == PAIRS


@pytest.mark.parametrize(
    ("key", "count"),
    [("1", 3), ("2.0", 3), ('"1"', 3), ("null", 3), ("[1]", 3), ("true", 3), ("3", 0)],
)
def test_a_key_is_found_as_equality_finds_it(key: str, count: int) -> None:
    body = (
        "p contains [i, j] if {\n some i in [1, 2, 3]\n"
        f" some j, b in input.numbers\n b.k == {key}\n}}"
    )
    assert len(joined(body)) == 3 * count


def test_a_key_that_is_undefined_joins_nothing() -> None:
    body = "p contains b if {\n some a in input.left\n some b in input.right\n a.none == b.none\n}"
    assert joined(body) == []


def test_values_of_an_object_are_joined_in_order_of_their_keys() -> None:
    body = "p := [[a.n, name] | some a in input.left; some name, b in input.by_name; b.k == a.k]"
    expected = [
        [a["n"], name] for a in LEFT for name, b in SIDES["by_name"].items() if a["k"] == b["k"]
    ]
    assert joined(body) == expected


def test_a_membership_in_a_loop_is_that_outside_of_one() -> None:
    body = "p contains name if {\n some name, _ in input.by_name\n name in input.names\n}"
    assert joined(body) == sorted(set(SIDES["by_name"]) & set(SIDES["names"]))
    assert joined("p contains x if {\n some x in [1, 2]\n x in input.none\n}") == []
    assert joined("p contains x if {\n some x in [1.0, true]\n x in {1, true}\n}") == [True, 1.0]


def test_a_replaced_document_is_joined_as_replaced() -> None:
    body = (
        "q contains [a.n, b.m] if {\n some a in input.left\n some b in data.side.right\n"
        " a.k == b.k\n}\n\n"
        'p := found if found := q with data.side.right as [{"k": "k1", "m": "new"}]\n'
    )
    assert joined(body) == [[1, "new"]]


def test_a_join_takes_linear_time() -> None:
    policy = Policy.compile(
        {
            "a.rego": "package a\np contains a.k if {\n some a in input.left\n"
            " some b in input.right\n a.k == b.k\n}\n"
        }
    )
    sides = {side: [{"k": f"{i}"} for i in range(10_000)] for side in ("left", "right")}
    assert len(policy.evaluate("data.a.p", input=sides, limits=Limits(steps=60_000))) == 10_000
    with pytest.raises(EvaluationLimitExceeded):
        policy.evaluate("data.a.p", input=sides, limits=Limits(steps=20_000))
