"""From a report to a reason: what led to it, and what a rule that fails makes of the verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import NOW, TRIVY, Command

RULES = """package own

# METADATA
# title: No critical vulnerabilities
deny contains result if {
	some vulnerability in input.scan.vulnerabilities
	vulnerability.severity == "critical"
	result := {"msg": sprintf("%s is critical", [vulnerability.id])}
}

# METADATA
# title: No shell
warn contains msg if {
	some name, _ in input.image.config.Labels
	msg := sprintf("has the label %s", [name])
}
"""
FAILING = """package own

# METADATA
# title: The first part of the version
deny contains msg if {
	some vulnerability in input.scan.vulnerabilities
	to_number(vulnerability.id) > 3
	msg := "a number"
}
"""


def bundle(folder: Path, source: str, **more: str) -> Path:
    written = folder / "own"
    written.mkdir()
    (written / ".manifest").write_text(
        json.dumps(
            {
                "revision": "1",
                "roots": ["own"],
                "rego_version": 1,
                "metadata": {"policyengine": {"name": "own", "version": "1.0.0", **more}},
            }
        )
    )
    (written / "own.rego").write_text(source)
    return written


def report(folder: Path) -> Path:
    """A report of twenty vulnerabilities, of which the one at index 17 is critical."""
    found = json.loads(TRIVY)
    (only,) = found["Results"][0]["Vulnerabilities"]
    found["Results"][0]["Vulnerabilities"] = [
        {
            **only,
            "VulnerabilityID": f"CVE-2026-{1000 + index}",
            "Severity": "CRITICAL" if index == 17 else "LOW",
        }
        for index in range(20)
    ]
    path = folder / "twenty.json"
    path.write_text(json.dumps(found))
    return path


def test_a_reason_without_paths_shows_the_element_that_led_to_it(
    command: Command, folder: Path
) -> None:
    own, scan = bundle(folder, RULES), report(folder)
    asked = ["check", "image.tar", "-b", own, "--scan", scan, "--now", NOW]
    done = command(*asked, "--format", "json")
    assert done.code == 1
    (reason,) = json.loads(done.out)["verdicts"][0]["reasons"]
    assert reason["message"] == "CVE-2026-1017 is critical"
    assert [value["pointer"] for value in reason["values"]] == ["/scan/vulnerabilities/17"]
    assert "/scan/vulnerabilities/17" in command(*asked).out


def test_a_rule_whose_builtin_fails_makes_the_verdict_incomplete_and_is_named(
    command: Command, folder: Path
) -> None:
    own, scan = bundle(folder, FAILING), report(folder)
    done = command("check", "image.tar", "-b", own, "--scan", scan, "--now", NOW)
    assert done.code == 3
    told = done.out + done.err
    assert "own.rego:7" in told
    assert "to_number" in told


@pytest.mark.parametrize(("setting", "code"), [("incomplete", 3), ("undefined", 0)])
def test_a_bundle_may_say_that_a_failing_builtin_is_undefined(
    setting: str, code: int, command: Command, folder: Path
) -> None:
    own = bundle(folder, FAILING, builtin_errors=setting)
    scan = report(folder)
    assert command("check", "image.tar", "-b", own, "--scan", scan, "--now", NOW).code == code
