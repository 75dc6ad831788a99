"""Numbers that look random follow from the input document, and from nothing else."""

from __future__ import annotations

from typing import Any

from policyengine.rego.policy import Policy

MODULE = """package drawn

numbers := [rand.intn(key, 1000000000) | some key in ["a", "b"]]

identifiers := [uuid.rfc4122(key) | some key in ["a", "b"]]

other_input := number if number := rand.intn("a", 1000000000) with input as {}
"""


def drawn(document: Any, *, module: str = MODULE) -> dict[str, Any]:
    policy = Policy.compile({"drawn.rego": module})
    found: dict[str, Any] = policy.evaluate("data.drawn", input=document)
    return found


def test_the_same_document_gives_the_same_numbers() -> None:
    assert drawn({"a": 1, "b": [2]}) == drawn({"b": [2], "a": 1})


def test_the_numbers_do_not_follow_the_policy_nor_the_query() -> None:
    longer = drawn({"a": 1}, module=MODULE + "\nmore := true\n")
    del longer["more"]
    assert longer == drawn({"a": 1})
    policy = Policy.compile({"drawn.rego": MODULE})
    asked = policy.evaluate("data.drawn.numbers", input={"a": 1})
    assert asked == drawn({"a": 1})["numbers"]
    (rule,) = policy.evaluate_rules("data.drawn", {"numbers"}, input={"a": 1})
    assert rule.value == asked


def test_another_document_gives_other_numbers() -> None:
    one, two = drawn({"a": 1}), drawn({"a": 2})
    assert one["numbers"] != two["numbers"]
    assert one["identifiers"] != two["identifiers"]


def test_another_key_gives_another_number() -> None:
    found = drawn({"a": 1})
    assert found["numbers"][0] != found["numbers"][1]
    assert found["identifiers"][0] != found["identifiers"][1]


def test_a_replaced_input_draws_as_the_document_does() -> None:
    found = drawn({"a": 1})
    assert found["other_input"] == found["numbers"][0]
