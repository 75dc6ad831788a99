"""The report for programs: every verdict by its schema, and nothing lost or added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from policyengine.model.verdict import Outcome, Verdict
from policyengine.report import ReportOptions
from policyengine.report.result_json import verdict_object
from policyengine.resources import read_schema
from tests.unit.report.verdicts import (
    CASES,
    DENIED,
    HOSTILE,
    LONG,
    PLAIN,
    SEVERAL,
    UNCOLLECTED,
    Case,
    hostile,
    reason,
    value,
    verdict,
)

SCHEMA = read_schema("result-v1")
DOCUMENTS = [name for name, case in CASES.items() if case.format == "json"]


def document(*verdicts: Verdict, options: ReportOptions = PLAIN) -> Any:
    case = Case(verdicts=verdicts, format="json", options=options)
    return json.loads(case.report)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_result_is_valid_by_its_schema(name: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(CASES[name].report))


def objects(value_: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value_, dict):
        yield path
    if isinstance(value_, dict | list):
        pairs = value_.items() if isinstance(value_, dict) else enumerate(value_)
        for key, item in pairs:
            yield from objects(item, (*path, key))


def at(value_: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value_ = value_[part]
    return value_


FULL = hostile("text")
# What a rule gives as details, and a value of the document, may be any JSON.
CLOSED = [path for path in objects(document(FULL)) if not {"details", "value"} & set(path)]


@pytest.mark.parametrize("path", CLOSED, ids=str)
def test_the_schema_names_every_key_that_is_written_and_no_other(
    path: tuple[str | int, ...],
) -> None:
    check = jsonschema.Draft202012Validator(SCHEMA)
    more = document(FULL)
    at(more, path)["unheard_of"] = 1
    assert not check.is_valid(more)
    for key in at(document(FULL), path):
        less = document(FULL)
        del at(less, path)[key]
        assert not check.is_valid(less), key


def test_the_look_of_a_text_report_does_not_change_a_result() -> None:
    assert document(DENIED, options=ReportOptions(width=40, colour=True)) == document(DENIED)


def test_images_are_counted_by_outcome() -> None:
    assert document(*SEVERAL)["summary"] == {
        "images": 4,
        "allowed": 2,
        "denied": 1,
        "incomplete": 1,
    }


def test_an_image_that_could_not_be_collected_has_its_row_in_order() -> None:
    rows = document(*SEVERAL)["verdicts"]
    assert [row["outcome"] for row in rows] == ["allowed", "denied", "incomplete", "allowed"]
    assert rows[2]["problem"] == UNCOLLECTED.problem
    assert rows[2]["digest"] is rows[2]["document_sha256"] is None


def test_a_reason_is_told_with_its_rule_bundle_values_and_sources() -> None:
    first = document(DENIED)["verdicts"][0]["reasons"][0]
    assert (first["rule"]["file"], first["rule"]["row"]) == ("image/root_user.rego", 14)
    assert first["rule"]["remediation"].startswith("Add a USER line")
    assert first["bundle"] == {
        "name": "acme",
        "version": "1.2.3",
        "revision": "r7",
        "sha256": "b" * 64,
    }
    assert first["values"] == [
        {
            "pointer": "/image/user/uid",
            "value": 0,
            "sources": [
                {
                    "location": "app.tar",
                    "sha256": "a" * 64,
                    "pointer": "/config/User",
                    "line": None,
                },
            ],
        }
    ]


@pytest.mark.parametrize("text", [HOSTILE, LONG, '"\\\n\t\x00', "\u2028\U0001f600"])
def test_any_text_arrives_as_it_was(text: str) -> None:
    row = document(hostile(text))["verdicts"][0]
    assert {row["image"], row["problem"] or text, row["reasons"][0]["message"]} == {text}
    assert row["reasons"][0]["details"] == {text: text}
    assert row["reasons"][0]["values"][0] == {
        "pointer": f"/{text}",
        "value": text,
        "sources": [
            {"location": "app.tar", "sha256": "a" * 64, "pointer": "/config/User", "line": None}
        ],
    }


@pytest.mark.parametrize("held", [2**53 + 1, -(2**63), 2**64 - 1, 0.1, True, None, [], {}, [[{}]]])
def test_any_value_arrives_as_it_was(held: Any) -> None:
    row = document(verdict(Outcome.DENIED, reasons=(reason(values=(value("/a", held),)),)))
    assert row["verdicts"][0]["reasons"][0]["values"][0]["value"] == held


def test_a_path_whose_bytes_are_not_utf_8_is_written_with_escapes() -> None:
    # As the system gives the name b"\xff.tar" to the program.
    name = "\udcff.tar"
    row = document(
        verdict(Outcome.INCOMPLETE, image=name, problem=f"{name}: is no image", environment=name)
    )["verdicts"][0]
    assert row["image"] == "\\udcff.tar"
    assert row["problem"] == "\\udcff.tar: is no image"
    assert row["environment"] == "\\udcff.tar"


def test_a_verdict_in_an_audit_is_the_verdict_of_a_report() -> None:
    assert json.loads(json.dumps(verdict_object(DENIED))) == document(DENIED)["verdicts"][0]
