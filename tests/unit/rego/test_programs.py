"""Programs of every version of the language give what ``opa eval`` gave."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

from policyengine.errors import RegoCompileError, RegoEvaluationError
from policyengine.rego import Policy
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.trace import Trace
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.formatting import format_source
from tests.unit.rego.recorded_programs import Program, read_programs

_PROGRAMS: Final = read_programs()
_STRICT: Final = [p for p in _PROGRAMS if p.get("strict")]
_V0: Final = [p for p in _PROGRAMS if p["rego_version"] == "v0" and "result" in p]


def _answer(modules: dict[str, str], rego_version: RegoVersion, program: Program) -> dict[str, Any]:
    try:
        policy = Policy.compile(modules, rego_version=rego_version)
        results = policy.query(
            program["query"],
            input=program["input"],
            strict_builtin_errors=program.get("strict", False),
        )
    except RegoCompileError as error:
        return {"code": error.errors[0].code}
    except RegoEvaluationError as error:
        return {"code": error.code}
    return {"result": [[found.expressions, found.bindings] for found in results]}


@pytest.mark.parametrize("program", _PROGRAMS, ids=[program["name"] for program in _PROGRAMS])
def test_a_program_gives_what_opa_gives(program: Program) -> None:
    expected = {key: program[key] for key in ("result", "code") if key in program}
    assert _answer(program["modules"], program["rego_version"], program) == expected


def _told(program: Program, make: str) -> dict[str, Any]:
    try:
        found = Policy.compile(program["modules"]).solve(
            program["query"],
            input=program["input"],
            strict_builtin_errors=True,
            hits=set() if make == "covered" else None,
            trace=Trace() if make == "traced" else None,
        )
    except RegoCompileError as error:
        return {"code": error.errors[0].code}
    except RegoEvaluationError as error:
        return {"code": error.code}
    return {
        "result": [
            [
                [to_json(value) for value in solution.expressions],
                {name: to_json(value) for name, value in solution.bindings.items()},
            ]
            for solution in found
        ]
    }


@pytest.mark.parametrize("program", _STRICT, ids=[program["name"] for program in _STRICT])
@pytest.mark.parametrize("make", ["covered", "traced"])
def test_what_is_told_of_an_evaluation_does_not_change_it(program: Program, make: str) -> None:
    expected = {key: program[key] for key in ("result", "code") if key in program}
    assert _told(program, make) == expected


@pytest.mark.parametrize("program", _V0, ids=[program["name"] for program in _V0])
def test_a_v0_program_that_is_upgraded_gives_the_same(program: Program) -> None:
    try:
        upgraded = {
            file: format_source(source, file=file, rego_version="v0", target="v0-v1")
            for file, source in program["modules"].items()
        }
    except RegoCompileError:
        assert program["name"] in _NOT_UPGRADED
        return
    assert program["name"] not in _NOT_UPGRADED
    expected = {"result": program["result"]}
    assert _answer(upgraded, "v0", program) == expected
    if program["query"] == "data.a":
        assert _answer(upgraded, "v1", program) == expected


# What v1 has no way to say; OPA refuses these too.
_NOT_UPGRADED: Final = {
    "v0: deprecated builtins",
    "v0: input as a local",
    "v0: data as a local",
    "v0: input as an argument",
    "v0: an import that hides another",
    "v0: rules named as keywords",
    "v0: a rule named input",
    "v0: names that are keywords in v1",
}


def test_programs_have_names_of_their_own_and_many_are_wrong() -> None:
    assert max(Counter(program["name"] for program in _PROGRAMS).values()) == 1
    assert sum("code" in program for program in _PROGRAMS) > 15
