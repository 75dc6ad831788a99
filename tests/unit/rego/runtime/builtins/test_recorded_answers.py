"""The builtins answer as OPA 1.22.2 does; ``record_opa.py`` keeps the answers in data/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from policyengine.errors import RegoEvaluationError
from policyengine.rego.policy import Policy
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import UNDEFINED
from tests.unit.rego.runtime.builtins.answers import DATA, IN_V0, module_of, read_answers

NO_ANSWER = "no answer"


@cache
def recorded(file: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / file).read_text())
    return rows


@cache
def policy(file: str) -> Policy:
    source = module_of([row["call"] for row in recorded(file)])
    return Policy.compile({file: source}, rego_version="v0" if file in IN_V0 else "v1")


@cache
def answers(file: str) -> dict[str, Any]:
    (found,) = policy(file).solutions("answers := data.calls")
    # As text: 1 and 1.0, or 1 and true, are the same to Python.
    read: dict[str, Any] = read_answers(marshal(found["answers"]))
    return {name: json.dumps(value, sort_keys=True) for name, value in read.items()}


def rows() -> Iterator[Any]:
    for path in sorted(DATA.glob("*.json")):
        for place, row in enumerate(recorded(path.name)):
            yield pytest.param(path.name, place, row, id=f"{path.stem} {row['call'][:60]!a}")


@pytest.mark.parametrize(("file", "place", "row"), list(rows()))
def test_a_call_answers_as_opa_does(file: str, place: int, row: dict[str, Any]) -> None:
    found = answers(file).get(f"r{place}", NO_ANSWER)
    wanted = json.dumps(row["answer"], sort_keys=True) if "answer" in row else NO_ANSWER
    assert found == wanted, row["call"]
    if found == NO_ANSWER:
        assert error_of(file, place) == row.get("error"), row["call"]


def error_of(file: str, place: int) -> str | None:
    """The code of the error that a call is where errors of builtins are errors."""
    try:
        (rule,) = policy(file).evaluate_rules(
            "data.calls", {f"r{place}"}, strict_builtin_errors=True
        )
    except RegoEvaluationError as error:
        return error.code
    assert rule.value is UNDEFINED
    return None
