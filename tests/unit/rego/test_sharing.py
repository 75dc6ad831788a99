"""One compiled policy in many threads, and sent to other processes."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego import Policy
from policyengine.rego.runtime.limits import Limits

SOURCE = """package a

import data.lib

deny contains sprintf("%s is %v", [name, lib.seen[name]]) if {
    some name, level in input.levels
    level > lib.limit
    not name in data.known
}

mocked := x if x := lib.twice(2) with lib.twice as 5

builtin := x if x := count("abc") with count as lib.doubled
"""
LIB = """package lib

limit := 3.50

seen[name] := {level, 1e400, {"k": [1]}} if some name, level in input.levels

twice(x) := y if is_number(x)

y := {1: {2}}

doubled(_) := 7

set := {1, "a", [2.0]}
"""


def made() -> Policy:
    return Policy.compile({"a.rego": SOURCE, "lib.rego": LIB}, data={"known": ["c"]})


def documents(count: int) -> list[Any]:
    return [{"levels": {"a": number, "b": 4, "c": 9}} for number in range(count)]


def answers(policy: Policy, document: Any) -> list[Any]:
    queries = ["data.a.deny", "data.a.mocked", "data.a.builtin", "data.lib.set", "data.lib"]
    return [policy.evaluate(query, input=document) for query in queries]


def test_threads_that_share_a_policy_get_the_answers_of_one_that_has_its_own() -> None:
    shared = made()
    barrier = threading.Barrier(8)

    def ask(number: int) -> list[list[Any]]:
        if number < 8:
            barrier.wait(timeout=30)
        return [answers(shared, document) for document in documents(6)]

    expected = [answers(made(), document) for document in documents(6)]
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(ask, range(24)))


def test_a_limit_that_one_thread_reaches_leaves_the_others_alone() -> None:
    policy = Policy.compile(
        {
            "a.rego": "package a\nslow := count([1 | some a in numbers.range(1, 1000000)\n"
            "  some b in numbers.range(1, 1000000)])\nquick := count(numbers.range(1, input.n))"
        }
    )

    def ask(number: int) -> Any:
        if number % 2:
            return policy.evaluate("data.a.quick", input={"n": number})
        with pytest.raises(EvaluationLimitExceeded):
            policy.evaluate("data.a.slow", limits=Limits(seconds=0.2))
        return None

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(12))) == [n if n % 2 else None for n in range(12)]


def test_a_pickled_policy_gives_the_same_answers() -> None:
    policy = made()
    sent = pickle.loads(pickle.dumps(policy))
    for document in documents(6):
        assert answers(sent, document) == answers(policy, document)
        rules = {"deny", "mocked"}
        assert sent.evaluate_rules("data.a", rules, input=document) == policy.evaluate_rules(
            "data.a", rules, input=document
        )


def test_a_policy_that_is_nested_too_deep_to_be_sent_is_compiled_again() -> None:
    deep = "[" * 990 + "]" * 990
    policy = pickle.loads(pickle.dumps(Policy.compile({"a.rego": f"package a\np := {deep} != 1"})))
    assert policy.evaluate("data.a.p") is True


def test_a_policy_works_in_another_process() -> None:
    policy = made()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(answers, policy, documents(6)[5]).result(timeout=60)
    assert found == answers(policy, documents(6)[5])
