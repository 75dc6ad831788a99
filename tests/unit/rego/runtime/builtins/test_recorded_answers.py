"""The builtins answer as OPA 1.22.2 does; ``record_opa.py`` keeps the answers in data/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policyengine.rego.policy import Policy
from policyengine.rego.runtime.printing import marshal

DATA = Path(__file__).parent / "data"
UNDEFINED = "no answer"


def rows() -> Iterator[Any]:
    for path in sorted(DATA.glob("*.json")):
        for row in json.loads(path.read_text()):
            name = f"{path.stem} {row['call'][:60]!a}"
            yield pytest.param(row["call"], row.get("answer", UNDEFINED), id=name)


@pytest.mark.parametrize(("call", "answer"), list(rows()))
def test_a_call_answers_as_opa_does(call: str, answer: object) -> None:
    found = Policy.compile({"call.rego": f"package call\n\nanswer := {call}\n"}).solutions(
        "answer := data.call.answer"
    )
    shown = json.loads(marshal(found[0]["answer"])) if found else UNDEFINED
    # As text: 1 and 1.0, or 1 and true, are the same to Python.
    assert json.dumps(shown, sort_keys=True) == json.dumps(answer, sort_keys=True)
