"""Results read back are what was written; anything else is refused with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policyengine.errors import ResultError
from policyengine.report.result_reading import read_result
from tests.unit.report.verdicts import CASES, DENIED, Case

RESULTS = [name for name, case in CASES.items() if case.format == "json"]


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_that_is_read_and_written_again_is_the_same(name: str) -> None:
    written = CASES[name].report
    again = Case(verdicts=read_result(written.encode(), where="r.json"), format="json")
    assert again.report == written


def changed(**fields: Any) -> str:
    document = json.loads(CASES["denied.json"].report)
    document["verdicts"][0].update(fields)
    return json.dumps(document)


BAD = [
    pytest.param("", "r.json: is empty", id="an empty file"),
    pytest.param(CASES["denied.json"].report[:500], "is cut off", id="cut in half"),
    pytest.param("[]", "schema_version None", id="another document"),
    pytest.param('{"schema_version": "2"}', "schema_version '2'", id="a later version"),
    pytest.param('{"schema_version": "1"}', "is not a valid result", id="nothing in it"),
    pytest.param(changed(outcome="fine"), "r.json/verdicts/0/outcome", id="no such outcome"),
    pytest.param(changed(reasons=None), "r.json/verdicts/0/reasons", id="no reasons"),
    pytest.param(changed(more=1), "r.json/verdicts/0", id="a field that there is not"),
    pytest.param(changed(evaluated_at="yesterday"), "not an RFC 3339 time", id="no time"),
    pytest.param(
        '{"schema_version": "1", "schema_version": "1"}', "twice", id="a key that stands twice"
    ),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_what_is_no_result_is_refused(text: str, said: str) -> None:
    with pytest.raises(ResultError) as caught:
        read_result(text.encode(), where="r.json")
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_no_fingerprint_is_believed_that_a_file_claims() -> None:
    document = json.loads(CASES["denied.json"].report)
    document["verdicts"][0]["reasons"][0]["fingerprint"] = "0" * 64
    (verdict,) = read_result(json.dumps(document).encode(), where="r.json")
    assert verdict.reasons[0].fingerprint == DENIED.reasons[0].fingerprint
