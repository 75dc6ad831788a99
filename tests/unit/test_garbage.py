"""Behind a rest of the collector of cycles all is old, and what a program froze stays frozen."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from policyengine.garbage import _others_froze, resume_collection


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
    gc.disable()
    built = [[number] for number in range(10)]
    assert is_seen(built, 0)
    resume_collection()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    assert is_seen(built, 2)


def test_what_a_program_froze_before_stays_frozen() -> None:
    frozen = [[1]]
    gc.freeze()
    built = [[2]]
    resume_collection()
    assert not is_seen(frozen)
    assert is_seen(built, 0)


def test_what_a_stop_left_frozen_is_thawed_the_next_time() -> None:
    gc.unfreeze()
    resume_collection()
    left = [[1]]
    gc.freeze()
    resume_collection()
    assert is_seen(left, 2)
