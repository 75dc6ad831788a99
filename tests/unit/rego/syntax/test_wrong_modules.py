"""Modules that OPA refuses while it reads them are refused with its codes, places and words."""

from __future__ import annotations

import json
from typing import TypedDict

import pytest

from policyengine.errors import RegoCompileError
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.parser import parse_module
from tests.unit.rego.syntax.syntax_trees import WRONG_MODULES


class Finding(TypedDict):
    code: str
    row: int
    col: int
    message: str


class WrongModule(TypedDict):
    name: str
    rego_version: RegoVersion
    source: str
    errors: list[Finding]


_MODULES: list[WrongModule] = json.loads(WRONG_MODULES.read_text())

# Here OPA prints the terms that it found.
_OTHER_WORDS = {"METADATA with a compile rule that does not read"}


@pytest.mark.parametrize("module", _MODULES, ids=[module["name"] for module in _MODULES])
def test_a_wrong_module_is_refused_as_opa_refuses_it(module: WrongModule) -> None:
    with pytest.raises(RegoCompileError) as raised:
        parse_module(module["source"], file="m.rego", rego_version=module["rego_version"])
    has_words = module["name"] not in _OTHER_WORDS
    found = {
        (error.row, error.col, error.code, error.message if has_words else "")
        for error in raised.value.errors
    }
    assert found == {
        (error["row"], error["col"], error["code"], error["message"] if has_words else "")
        for error in module["errors"]
    }


@pytest.mark.parametrize("module", _MODULES, ids=[module["name"] for module in _MODULES])
def test_errors_stand_in_order_and_show_their_line(module: WrongModule) -> None:
    with pytest.raises(RegoCompileError) as raised:
        parse_module(module["source"], file="m.rego", rego_version=module["rego_version"])
    errors = raised.value.errors
    assert list(errors) == sorted(errors, key=lambda error: (error.row, error.col))
    lines = ["", *module["source"].split("\n"), ""]
    assert all(error.line == lines[error.row] and error.file == "m.rego" for error in errors)


# OPA takes these at this stage, strange as they are.
@pytest.mark.parametrize(
    ("body", "rego_version"),
    [
        pytest.param("p if { }", "v1", id="an empty object as a body"),
        pytest.param("p + q := 2", "v1", id="a function plus"),
        pytest.param("p if { true } q if { true }", "v1", id="two rules on a line"),
        pytest.param("default p", "v1", id="a default of true"),
        pytest.param("p := {,1}", "v1", id="a leading comma"),
        pytest.param("f(1)", "v1", id="a function that is true"),
        pytest.param("p.q.r := 1 if {1 | 2}", "v1", id="a set that is true"),
        pytest.param("p := - 1", "v1", id="a space behind a minus"),
        pytest.param("p := . 5", "v1", id="a space behind a point"),
        pytest.param("import future.keywords.in.foo", "v0", id="a step behind a keyword"),
        pytest.param("p { true } { false }", "v0", id="two bodies"),
        pytest.param("if { true }", "v0", id="a v1 keyword as a name in v0"),
    ],
)
def test_odd_modules_that_opa_takes_are_taken(body: str, rego_version: RegoVersion) -> None:
    module = parse_module(f"package a\n\n{body}\n", file="m.rego", rego_version=rego_version)
    assert module.package.path.terms


def test_there_are_many_wrong_modules_and_their_names_differ() -> None:
    assert len({module["name"] for module in _MODULES}) == len(_MODULES) > 300


@pytest.mark.parametrize(
    "source",
    ['package a\np := "\ud800" ]', 'package a\n"\ud800" p := ]', "\ud800", "package a\n\udcff ]"],
)
def test_half_of_a_surrogate_pair_is_an_error_and_no_crash(source: str) -> None:
    with pytest.raises(RegoCompileError) as caught:
        parse_module(source, file="a.rego")
    for error in caught.value.errors:
        assert error.excerpt is not None
        error.excerpt[0].encode()
