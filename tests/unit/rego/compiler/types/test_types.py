"""Modules are refused for their types where OPA refuses them, with its codes, rows and words."""

from __future__ import annotations

import pytest

from policyengine.errors import RegoCompileError, RegoFinding
from policyengine.rego.compiler.check import check
from policyengine.rego.syntax.parser import parse_module
from tests.unit.rego.compiler.types.typed_modules import (
    RIGHT_TYPES,
    WRONG_TYPES,
    TypedModule,
    read_modules,
)

_WRONG = read_modules(WRONG_TYPES)
_RIGHT = read_modules(RIGHT_TYPES)


def _check(module: TypedModule) -> tuple[RegoFinding, ...]:
    parsed = parse_module(module["source"], file="m.rego", rego_version="v1")
    try:
        check({"m.rego": parsed}, schemas=module.get("schemas"))
    except RegoCompileError as refused:
        return refused.errors
    return ()


@pytest.mark.parametrize("module", _WRONG, ids=[module["name"] for module in _WRONG])
def test_a_module_of_wrong_types_is_refused_as_opa_refuses_it(module: TypedModule) -> None:
    found = _check(module)
    # OPA has no place for what is wrong in a schema or in a template string.
    has_place = all(error["row"] for error in module["errors"])
    assert {(error.code, error.message) for error in found} == {
        (error["code"], error["message"]) for error in module["errors"]
    }
    assert not has_place or {(error.row, error.col) for error in found} == {
        (error["row"], error["col"]) for error in module["errors"]
    }


@pytest.mark.parametrize("module", _RIGHT, ids=[module["name"] for module in _RIGHT])
def test_a_module_that_opa_takes_is_taken(module: TypedModule) -> None:
    assert module["errors"] == []
    assert _check(module) == ()
