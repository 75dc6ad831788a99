"""Broken modules, and those on which the engines once differed, held to what OPA says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.differential.broken import (
    WRONG,
    Broken,
    Error,
    broken,
    compared,
    difference,
    is_known,
    ours,
    whole_modules,
)
from tests.differential.record_checks import CASES
from tests.integration.components import program

_COUNT = 500
_CASES = json.loads(CASES.read_text())


def test_broken_modules_are_refused_as_opa_refuses_them(shared_dir: Path) -> None:
    modules = whole_modules(shared_dir)
    made = [broken(number, modules) for number in range(_COUNT)]
    refused = 0
    for one, wanted, found in compared(program("opa"), made):
        refused += bool(wanted)
        kind = difference(wanted, found)
        assert kind not in WRONG or is_known(one), (kind, one, wanted, found)
    assert _COUNT // 4 < refused < _COUNT


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in _CASES])
def test_a_module_that_once_differed_has_the_errors_of_opa(case: dict[str, Any]) -> None:
    wanted = [
        Error(row=row, col=col, code=code, message=message)
        for row, col, code, message in case["errors"]
    ]
    found = ours(Broken(number=0, mode=case["mode"], source=case["source"]))
    assert difference(wanted, found) == ""


def test_a_broken_module_is_decided_by_its_number_and_the_modules() -> None:
    modules = ["package t\n\np := 1\n", "package t\n\np if { true }\n"]
    assert broken(7, modules) == broken(7, modules)
    assert len({broken(number, modules).source for number in range(50)}) > 25


# ``opa check`` takes these, and ``opa eval`` ends by a stack overflow or an error.
@pytest.mark.parametrize(
    "body",
    [
        "x = {x}",
        "{x} = x",
        "x = {1, x}",
        "x = {[x]}",
        "x = {x: 1}",
        "[x, y] = [{y}, {x}]",
        "union({x, {1}}, x)",
    ],
)
def test_a_value_that_would_hold_itself_is_refused(body: str) -> None:
    found = ours(Broken(number=0, mode="plain", source=f"package t\n\np := x if {{ {body} }}\n"))
    assert not isinstance(found, str)
    assert {error.code for error in found} == {"rego_unsafe_var_error"}
