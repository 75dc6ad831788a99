"""While a tree is built Python looks for no cycles, and does not catch up on it afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from policyengine.rego.syntax.stack import paused_for

LARGE = 1_000_000


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.enable()
    # Some versions of Python freeze what they begin with.
    gc.unfreeze()
    yield
    gc.unfreeze()
    (gc.enable if was_enabled else gc.disable)()


def is_young(value: object) -> bool:
    return any(value is item for item in gc.get_objects(generation=0))


def test_collection_rests_in_a_pause_and_goes_on_behind_the_last_one() -> None:
    with paused_for(LARGE):
        assert not gc.isenabled()
        with paused_for(LARGE):
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_small_source_pauses_nothing() -> None:
    with paused_for(1):
        assert gc.isenabled()


def test_collection_that_rested_before_rests_behind_a_pause() -> None:
    gc.disable()
    with paused_for(LARGE):
        pass
    assert not gc.isenabled()


def test_a_pause_ends_where_what_it_was_for_fails() -> None:
    with pytest.raises(ValueError, match="here"), paused_for(LARGE):
        raise ValueError("here")
    assert gc.isenabled()


def test_what_was_built_in_a_pause_is_not_looked_through_at_once() -> None:
    with paused_for(LARGE):
        built = [[number] for number in range(10)]
        assert is_young(built)
    assert not is_young(built)
    assert gc.get_freeze_count() == 0


def test_cycles_that_were_made_in_a_pause_are_found_later() -> None:
    class Node:
        pass

    with paused_for(LARGE):
        node = Node()
        node.__dict__["self"] = node
        del node
    gc.collect()
    assert not [item for item in gc.get_objects() if type(item) is Node]
