"""The garbage collector is as it was, whatever happens in between."""

from __future__ import annotations

import gc

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
