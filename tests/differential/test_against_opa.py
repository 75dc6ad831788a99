"""Generated programs, and those that once differed, held to OPA's answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policyengine.rego.runtime.builtins.families import BUILTINS
from tests.differential.__main__ import both
from tests.differential.answers import Answer, opa_server, ours
from tests.differential.called import CALLED, NOT_CALLED
from tests.differential.generator import program
from tests.integration.components import program as path_of

_COUNT = 500
_CASES = json.loads(Path(__file__).with_name("found.json").read_text())


def test_generated_programs_have_the_answers_of_opa() -> None:
    kinds: set[str] = set()
    with opa_server(Path(path_of("opa"))) as opa:
        for number in range(_COUNT):
            made = program(number)
            wanted, answer = both(opa, made)
            kinds.add(wanted.kind)
            assert wanted.kind == "panic" or answer == wanted, f"{number}:\n{made.source}"
    assert kinds >= {"value", "error", "refused"}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["note"]) for case in _CASES])
def test_a_program_that_once_differed_has_the_answer_of_opa(case: dict[str, Any]) -> None:
    wanted = Answer(
        kind=case["opa"]["kind"],
        codes=tuple(case["opa"]["codes"]),
        value=case["opa"]["value"],
    )
    assert ours(case["source"], case["input"], strict=case["strict"]) == wanted


def test_a_program_is_decided_by_its_number() -> None:
    assert program(7) == program(7)
    assert program(7) != program(8)


def test_every_builtin_is_called_by_programs_or_known_not_to_be() -> None:
    assert {*CALLED} | NOT_CALLED == {*BUILTINS}
    assert not NOT_CALLED.intersection(CALLED)
