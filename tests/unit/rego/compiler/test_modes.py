"""Modules are refused where ``opa check`` refuses them: plain, strict, as v0, and with a schema."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from policyengine.errors import RegoCompileError
from tests.unit.rego.compiler.checked_modes import (
    FLAGS,
    Mode,
    Place,
    compiled,
    modules_by_name,
    recorded,
)
from tests.unit.rego.compiler.record_modes import opa_check

_MODULES: Final = modules_by_name()
_RECORDED: Final = recorded()


def _places(name: str, mode: Mode) -> set[Place]:
    try:
        compiled(_MODULES[name], mode)
    except RegoCompileError as error:
        return {(found.file, found.code, found.row) for found in error.errors}
    return set()


@pytest.mark.parametrize("mode", FLAGS)
def test_modules_are_refused_where_opa_check_refuses_them(mode: Mode) -> None:
    different = {}
    for name in _MODULES:
        expected = set(_RECORDED[name][mode])
        # Some errors have no place in OPA.
        placeless = {code for _, code, row in expected if not row}
        found = _places(name, mode)
        at_places = {place for place in found if place[1] not in placeless}
        codes = {code for _, code, _ in found}
        if at_places != {place for place in expected if place[2]} or not placeless <= codes:
            different[name] = (sorted(found), sorted(expected))
    assert different == {}


def test_every_module_of_the_tables_was_recorded() -> None:
    assert _RECORDED.keys() == _MODULES.keys()


@pytest.mark.parametrize("mode", FLAGS)
def test_at_least_300_are_wrong_in_each_mode(mode: Mode) -> None:
    assert sum(bool(modes[mode]) for modes in _RECORDED.values()) >= 300


@pytest.mark.parametrize("mode", ["strict", "v0", "schema"])
def test_the_mode_matters_to_many(mode: Mode) -> None:
    differing = [m for m in _RECORDED.values() if m[mode] != m["plain"]]
    assert len(differing) >= 40


def test_the_record_is_that_of_opa() -> None:
    tools = Path.home() / ".cache" / "policyengine-tools" / "bin"
    opa = shutil.which("opa", path=str(tools)) or shutil.which("opa")
    if opa is None:
        pytest.skip("opa is not installed")
    for name in list(_MODULES)[::97]:
        for mode in FLAGS:
            assert opa_check(opa, _MODULES[name], mode) == _RECORDED[name][mode]
