"""``policyengine explain`` over a stored result: the reasons of a verdict, and their steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policyengine.model.json_value import JsonObject
from tests.bundle_files import write_bundle
from tests.image_files import tar
from tests.unit.cli.conftest import IMAGE, NOW, Command
from tests.unit.cli.test_explain import RULES, SECRET
from tests.unit.cli.test_waivers import RULE as WAIVED_RULE
from tests.unit.cli.test_waivers import waivers

REASON = "DB_PASSWORD is set"


@pytest.fixture
def judged(command: Command, folder: Path) -> Path:
    """``result.json`` of two images, ``db.json`` and ``image.json`` what they were judged from."""
    config: JsonObject = {"User": "1000", "Env": [f"DB_PASSWORD={SECRET}"]}
    (folder / "db.tar").write_bytes(tar(replace(IMAGE, config=config).docker_files()))
    write_bundle(folder / "acme", {"user.rego": RULES}, entrypoints=["acme"], name="acme")
    for name in ("db", "image"):
        assert command("collect", f"{name}.tar", "--now", NOW, "-o", f"{name}.json").code == 0
    done = command("gate", "db.json", "image.json", "-b", "./acme", "-f", "json")
    assert done.code == 1, done.err
    (folder / "result.json").write_text(done.out)
    return folder


def reasons(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "result.json").read_text())["verdicts"]
    return [reason for verdict in found for reason in verdict["reasons"]]


def test_a_result_alone_tells_each_reason_with_its_values(command: Command, judged: Path) -> None:
    done = command("explain", "result.json")
    assert done.code == 0, done.err
    (reason,) = reasons(judged)
    assert f"acme.user.deny (deny, {reason['severity']}) denies: {REASON}\n" in done.out
    assert f"  fingerprint {reason['fingerprint']}\n" in done.out
    assert "  user.rego:3 of acme 1.2.3, revision r7" in done.out
    assert "    said by db.tar" in done.out
    assert "image.tar: allowed" in done.out
    assert "FAILED" not in done.out
    assert "hunter22" not in done.out


@pytest.mark.parametrize("length", [8, 64])
def test_one_reason_is_chosen_by_its_fingerprint(
    length: int, command: Command, judged: Path
) -> None:
    (reason,) = reasons(judged)
    chosen = ("--reason", reason["fingerprint"][:length], "-f", "json")
    found = json.loads(command("explain", "result.json", *chosen).out)
    assert [item["message"] for each in found for item in each["reasons"]] == [REASON]
    assert found[0]["reasons"][0]["state"] == "denies"
    assert found[0]["reasons"][0]["steps"] is None


@pytest.mark.parametrize("form", ["text", "json"])
def test_with_document_and_bundle_the_steps_are_told(
    form: str, command: Command, judged: Path
) -> None:
    done = command(
        *("explain", "result.json", "--image", "db.tar", "--rule", "acme.user.deny"),
        *("--input", "db.json", "-b", "./acme", "-f", form),
    )
    assert done.code == 0, done.err
    assert "hunter22" not in done.out
    if form == "text":
        assert '    solution 1: "DB_PASSWORD is set"\n' in done.out
        assert ["held", "6", 'not value == ""'] in [
            line.split(maxsplit=2) for line in done.out.splitlines()
        ]
        return
    (steps,) = json.loads(done.out)[0]["reasons"][0]["steps"]
    assert (steps["row"], steps["solutions"], steps["failed_at"]) == (3, 1, None)
    assert json.loads(done.out)[0]["reasons"][0]["solutions"] is None


def test_a_rule_without_a_reason_says_what_came_of_it(command: Command, judged: Path) -> None:
    arguments = ("explain", "result.json", "--image", "image.tar", "--rule", "acme.user.deny")
    assert "acme.user.deny (deny) was judged, and gave no reason" in command(*arguments).out
    done = command(*arguments, "--input", "image.json", "-b", "./acme")
    assert "FAILED" in done.out
    found = json.loads(command(*arguments, "-f", "json").out)
    assert found[0]["without_reason"] == [
        {"rule": "acme.user.deny", "what": "was judged, and gave no reason", "steps": None}
    ]


def test_a_rule_that_was_not_judged_says_what_was_missing(command: Command, folder: Path) -> None:
    done = command("check", "image.tar", "--now", NOW, "-b", "production", "-f", "json")
    (folder / "result.json").write_text(done.out)
    told = command("explain", "result.json", "--rule", "scan.fixable").out
    assert "scan.fixable (deny) could not be judged: no scan (--scan FILE" in told


def test_a_waived_reason_names_its_waiver(command: Command, folder: Path) -> None:
    (folder / "root.tar").write_bytes(tar(replace(IMAGE, config={}).docker_files()))
    write_bundle(folder / "bundle", {"acme.rego": WAIVED_RULE}, entrypoints=["acme"])
    waivers()
    done = command(
        *("check", "root.tar", "--now", NOW, "-b", "./bundle"),
        *("--waivers", "waivers.yaml", "-f", "json"),
    )
    assert done.code == 0, done.err
    (folder / "result.json").write_text(done.out)
    told = command("explain", "result.json").out
    assert "acme.user (deny, unknown) waived: runs as root" in told
    assert (
        "  waived by waivers.yaml:3: for now (shop, approved by security, until 2026-03-01T" in told
    )


def change_document(folder: Path) -> None:
    document = json.loads((folder / "db.json").read_text())
    document["environment"] = "another"
    (folder / "db.json").write_text(json.dumps(document))


def change_bundle(folder: Path) -> None:
    write_bundle(folder / "acme", {"user.rego": RULES + "\n"}, entrypoints=["acme"], name="acme")


def other_document(folder: Path) -> None:
    (folder / "db.json").write_bytes((folder / "image.json").read_bytes())


def cut_result(folder: Path) -> None:
    text = (folder / "result.json").read_text()
    (folder / "result.json").write_text(text.replace('"fingerprint"', '"finger"'))


def unchanged(_: Path) -> None:
    """Nothing is spoilt: the arguments are wrong."""


WITH = ("--image", "db.tar", "--input", "db.json", "-b", "./acme")


@pytest.mark.parametrize(
    ("spoil", "arguments", "said"),
    [
        pytest.param(change_document, WITH, "is not the document", id="a document changed"),
        pytest.param(other_document, WITH, "is not the document", id="another document"),
        pytest.param(change_bundle, WITH, "is not a bundle that the verdict", id="bundle changed"),
        pytest.param(unchanged, (*WITH[:4], "-b", "baseline"), "is not a bundle", id="another one"),
        pytest.param(cut_result, (), "is not a valid result", id="a result that is none"),
        pytest.param(unchanged, ("--rule", "acme.user.dney"), "nothing in the result", id="a rule"),
        pytest.param(unchanged, ("--reason", "0" * 64), "nothing in the result", id="a reason"),
        pytest.param(unchanged, ("--reason", ""), "nothing in the result", id="too short a reason"),
        pytest.param(unchanged, ("--image", "x"), "no such image", id="an image"),
        pytest.param(unchanged, ("/image/user",), "no facts to point at", id="a fact"),
        pytest.param(unchanged, ("--now", NOW), "at its own time", id="another time"),
        pytest.param(unchanged, ("-b", "./acme"), "need the document", id="a bundle alone"),
        pytest.param(unchanged, ("--input", "db.json"), "of one image", id="several images"),
    ],
)
def test_what_is_not_of_the_verdict_is_refused(
    spoil: Callable[[Path], None],
    arguments: tuple[str, ...],
    said: str,
    command: Command,
    judged: Path,
) -> None:
    spoil(judged)
    done = command("explain", "result.json", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize(
    "arguments",
    [("--reason", "0" * 64), ("--image", "db.tar"), ("--input", "db.json")],
    ids=lambda arguments: arguments[0],
)
def test_what_is_about_a_result_is_refused_for_a_document(
    arguments: tuple[str, ...], command: Command, judged: Path
) -> None:
    done = command("explain", "db.json", "--rule", "acme.user.deny", *arguments)
    assert done.code == 2
    assert "about a result" in done.err


COUNT = 2000
# Those of deny_all differ in nothing but the place that they name.
MANY_RULES = """package acme.many

deny contains reason if {
	some i, found in input.scan.vulnerabilities
	number := to_number(split(found.id, "-")[2])
	number > 0
	reason := {
		"msg": sprintf("%v is there", [found.id]),
		"vulnerability": found.id,
		"paths": [["scan", "vulnerabilities", i]],
	}
}

deny_all contains reason if {
	some i, found in input.scan.vulnerabilities
	endswith(found.id, "00")
	reason := {"msg": "a finding", "paths": [["scan", "vulnerabilities", i, "id"]]}
}

deny_list := [reason |
	some found in input.scan.vulnerabilities
	found.id in {"CVE-2026-01500", "CVE-2026-01501"}
	reason := {"msg": "listed", "vulnerability": found.id}
]
"""


@pytest.fixture
def many(command: Command, folder: Path) -> Path:
    """``result.json`` of an image of 2,000 vulnerabilities, judged from ``image.json``."""
    report = json.loads((folder / "trivy.json").read_text())
    (own,) = report["Results"][0]["Vulnerabilities"]
    report["Results"][0]["Vulnerabilities"] = [
        {**own, "VulnerabilityID": f"CVE-2026-{number:05}"} for number in range(1, COUNT + 1)
    ]
    (folder / "trivy.json").write_text(json.dumps(report))
    write_bundle(folder / "acme", {"many.rego": MANY_RULES}, entrypoints=["acme"], name="acme")
    collected = command(
        *("collect", "image.tar", "--scan", "trivy.json", "--now", NOW, "-o", "image.json")
    )
    assert collected.code == 0, collected.err
    done = command("gate", "image.json", "-b", "./acme", "-f", "json")
    assert done.code == 1, done.err
    (folder / "result.json").write_text(done.out)
    return folder


def reason_about(folder: Path, rule: str, word: str) -> dict[str, Any]:
    """The reason of the rule that shows a value with ``word``."""
    return next(
        reason
        for reason in reasons(folder)
        if reason["rule"]["id"] == rule and word in json.dumps(reason)
    )


@pytest.mark.parametrize("number", [1, 6, 1500, COUNT])
def test_a_chosen_reason_has_its_own_steps_whichever_it_is(
    number: int, command: Command, many: Path
) -> None:
    vulnerability = f"CVE-2026-{number:05}"
    reason = reason_about(many, "acme.many.deny", vulnerability)
    arguments = (
        *("explain", "result.json", "--reason", reason["fingerprint"]),
        *("--input", "image.json", "-b", "./acme"),
    )
    done = command(*arguments)
    assert done.code == 0, done.err
    solutions = [line.strip() for line in done.out.splitlines() if "  solution " in line]
    assert len(solutions) == 1
    assert solutions[0].startswith(f"solution {number}: ")
    assert f'split(found.id, "-"): ["CVE","2026","{number:05}"]' in done.out
    assert f"gave {COUNT}" in done.out

    (told,) = json.loads(command(*arguments, "-f", "json").out)[0]["reasons"]
    (solution,) = told["solutions"]
    assert solution["number"] == number
    assert solution["value"]["vulnerability"] == vulnerability
    assert [step["text"].partition(" ")[0] for step in solution["steps"]] == [
        *("some", "number", "number", "reason"),
    ]
    assert solution["steps"][1]["variables"]["number"] == number


def test_reasons_of_one_fingerprint_have_each_its_own_steps(command: Command, many: Path) -> None:
    reason = reason_about(many, "acme.many.deny_all", "CVE-2026-01500")
    done = command(
        *("explain", "result.json", "--reason", reason["fingerprint"]),
        *("--input", "image.json", "-b", "./acme", "-f", "json"),
    )
    assert done.code == 0, done.err
    told = json.loads(done.out)[0]["reasons"]
    assert len(told) == COUNT // 100
    for item in told:
        (solution,) = item["solutions"]
        (path,) = solution["value"]["paths"]
        assert [value["pointer"] for value in item["values"]] == ["/" + "/".join(map(str, path))]


def test_a_reason_out_of_a_list_has_what_made_the_list(command: Command, many: Path) -> None:
    reason = reason_about(many, "acme.many.deny_list", "CVE-2026-01501")
    done = command(
        *("explain", "result.json", "--reason", reason["fingerprint"]),
        *("--input", "image.json", "-b", "./acme", "-f", "json"),
    )
    (told,) = json.loads(done.out)[0]["reasons"]
    (solution,) = told["solutions"]
    assert [item["vulnerability"] for item in solution["value"]] == [
        *("CVE-2026-01500", "CVE-2026-01501"),
    ]


def test_reasons_that_nobody_chose_have_the_first_few_solutions(
    command: Command, many: Path
) -> None:
    arguments = (
        *("explain", "result.json", "--rule", "acme.many.deny"),
        *("--input", "image.json", "-b", "./acme"),
    )
    out = command(*arguments).out
    assert out.count("  solution ") == 5
    assert f"and {COUNT - 5} more solutions" in out
