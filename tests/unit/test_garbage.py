"""Behind a rest of the collector of cycles all is old, and what a program froze stays frozen."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from policyengine.garbage import _others_froze, paused_collection


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    _others_froze.cache_clear()
    yield
    _others_froze.cache_clear()
    gc.unfreeze()
    gc.enable()


def is_seen(value: object, generation: int | None = None) -> bool:
    return any(value is item for item in gc.get_objects(generation=generation))


def test_what_was_built_is_old() -> None:
    gc.unfreeze()
    with paused_collection():
        built = [[number] for number in range(10)]
        assert is_seen(built, 0)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    assert is_seen(built, 2)


def test_what_a_program_froze_before_stays_frozen() -> None:
    frozen = [[1]]
    gc.freeze()
    with paused_collection():
        built = [[2]]
    assert not is_seen(frozen)
    assert is_seen(built, 0)


def test_what_a_stop_left_frozen_is_thawed_the_next_time() -> None:
    gc.unfreeze()
    with paused_collection():
        pass
    left = [[1]]
    gc.freeze()
    with paused_collection():
        pass
    assert is_seen(left, 2)


def test_the_collector_runs_again_afterwards() -> None:
    with paused_collection():
        assert not gc.isenabled()
        with paused_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_runs_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="bad"), paused_collection():
        raise ValueError("bad")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with paused_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


class _Node:
    """Something that can be in a cycle, and be seen to go."""

    itself: _Node


def test_what_was_made_is_old_afterwards() -> None:
    with paused_collection():
        made = [[] for _ in range(5000)]  # type: ignore[var-annotated]
    young = {id(value) for generation in (0, 1) for value in gc.get_objects(generation)}
    assert len(made) == 5000
    assert not young & {id(value) for value in made}


def test_a_cycle_made_in_between_is_still_found() -> None:
    with paused_collection():
        node = _Node()
        node.itself = node
        gone = weakref.ref(node)
        del node
    assert gone() is not None
    gc.collect()
    assert gone() is None
