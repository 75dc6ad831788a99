"""The garbage collector is as it was, whatever happens in between."""

from __future__ import annotations

import gc
import weakref

import pytest

from policyengine.model.acyclic import building_without_cycles


def test_the_collector_runs_again_afterwards() -> None:
    with building_without_cycles():
        assert not gc.isenabled()
        with building_without_cycles():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_runs_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="bad"), building_without_cycles():
        raise ValueError("bad")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with building_without_cycles():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


class _Node:
    """Something that can be in a cycle, and be seen to go."""

    itself: _Node


def test_what_was_made_is_old_afterwards() -> None:
    with building_without_cycles():
        made = [[] for _ in range(5000)]  # type: ignore[var-annotated]
    young = {id(value) for generation in (0, 1) for value in gc.get_objects(generation)}
    assert len(made) == 5000
    assert not young & {id(value) for value in made}


def test_a_cycle_made_in_between_is_still_found() -> None:
    with building_without_cycles():
        node = _Node()
        node.itself = node
        gone = weakref.ref(node)
        del node
    assert gone() is not None
    gc.collect()
    assert gone() is None
