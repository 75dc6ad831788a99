"""Python's limit of frames is raised for what is deep, and is afterwards what it was."""

from __future__ import annotations

import sys

import pytest

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego import Policy
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.syntax.stack import evaluation_frames, more_frames

CHAIN = "package a\nr0 := 1\n" + "\n".join(f"r{i} := r{i - 1}" for i in range(1, 700))


def test_evaluations_are_allowed_what_the_deepest_may_take() -> None:
    before = sys.getrecursionlimit()
    with evaluation_frames(100):
        assert sys.getrecursionlimit() == before + 100
        with evaluation_frames(2000), evaluation_frames(1000):
            assert sys.getrecursionlimit() == before + 2000
        assert sys.getrecursionlimit() == before + 100
    assert sys.getrecursionlimit() == before


def test_readers_of_deep_sources_are_each_allowed_their_own() -> None:
    before = sys.getrecursionlimit()
    with more_frames(100), more_frames(200), evaluation_frames(50):
        assert sys.getrecursionlimit() == before + 350
    assert sys.getrecursionlimit() == before


def test_a_limit_that_is_set_meanwhile_stays() -> None:
    before = sys.getrecursionlimit()
    try:
        with evaluation_frames(100):
            sys.setrecursionlimit(sys.getrecursionlimit() + 50)
        assert sys.getrecursionlimit() == before + 50
    finally:
        sys.setrecursionlimit(before)


def test_an_evaluation_that_is_deep_is_made_again_with_the_frames_that_it_may_take() -> None:
    policy = Policy.compile({"a.rego": CHAIN})
    before = sys.getrecursionlimit()
    assert policy.evaluate("data.a.r699", limits=Limits(depth=3000)) == 1
    with pytest.raises(EvaluationLimitExceeded) as caught:
        policy.evaluate("data.a.r699", limits=Limits(depth=100))
    assert caught.value.limit == "depth"
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("levels", [300, 900, 1400])
def test_how_deep_a_text_may_be_hangs_on_no_other_evaluation(levels: int) -> None:
    policy = Policy.compile({"a.rego": "package a\nvalid if json.is_valid(input.text)"})
    document = {"text": "[" * levels + "]" * levels}
    (solution,) = policy.query("x := [v | v := data.a.valid]", input=document)
    assert solution.bindings["x"] == [policy.evaluate("data.a.valid", input=document)]
