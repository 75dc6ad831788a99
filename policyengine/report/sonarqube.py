"""Generic issues for SonarQube, in the form of version 10.3 and later.

SonarQube takes an issue only at a file of the project: one without a file is given at the bundle's
rule, and its message says the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

import orjson

from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.policy import PolicyRule
from policyengine.model.severity import Severity
from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Entry, Standing, entries, named, place_of
from policyengine.report.escape import terminal_text

_ENGINE = "policyengine"
_IMPACTS = {
    Severity.CRITICAL: "BLOCKER",
    Severity.HIGH: "HIGH",
    Severity.MEDIUM: "MEDIUM",
    Severity.LOW: "LOW",
}
_UNJUDGED = "policyengine.not_judged"


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one document over all verdicts: what denies, what warns, and what was not judged."""
    rules: dict[str, FrozenJson] = {}
    issues: list[FrozenJson] = []
    for verdict in verdicts:
        for entry in entries(verdict):
            if entry.standing in {Standing.DENY, Standing.WARN}:
                rule = entry.reason.rule
                rules.setdefault(rule.id, _rule(rule, entry.reason.severity))
                issues.append(_issue(verdict, entry))
        issues.extend(_unjudged(verdict, rules))
    document: FrozenObject = {"rules": list(rules.values()), "issues": issues}
    stream.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


def _rule(rule: PolicyRule, severity: Severity) -> FrozenObject:
    return {
        "id": terminal_text(rule.id),
        "name": terminal_text(named(rule)),
        "description": terminal_text(f"{rule.description} {rule.remediation}".strip()),
        "engineId": _ENGINE,
        "cleanCodeAttribute": "TRUSTWORTHY",
        "impacts": [_impact(rule.severity or severity)],
    }


def _impact(severity: Severity) -> FrozenObject:
    return {"softwareQuality": "SECURITY", "severity": _IMPACTS.get(severity, "INFO")}


def _issue(verdict: Verdict, entry: Entry) -> FrozenObject:
    reason, place = entry.reason, place_of(entry.reason)
    location: dict[str, FrozenJson] = {
        "message": terminal_text(f"{verdict.image}: {reason.message}"),
        "filePath": terminal_text(place.path if place else reason.rule.location.file),
    }
    if place is not None and place.line is not None:
        location["textRange"] = {"startLine": place.line}
    return {
        "ruleId": terminal_text(reason.rule.id),
        "effortMinutes": 0,
        "primaryLocation": location,
    }


def _unjudged(verdict: Verdict, rules: dict[str, FrozenJson]) -> list[FrozenObject]:
    found = [
        (item.rule.location.file, f"{item.rule.id} was not judged: {item.hint}")
        for item in verdict.unjudged
    ]
    if verdict.problem is not None:
        found.append((verdict.image, f"was not judged: {verdict.problem}"))
    if found:
        rules[_UNJUDGED] = {
            "id": _UNJUDGED,
            "name": "Every rule is judged",
            "description": "A rule whose evidence was not gathered says nothing about the image.",
            "engineId": _ENGINE,
            "cleanCodeAttribute": "COMPLETE",
            "impacts": [_impact(Severity.HIGH)],
        }
    return [
        {
            "ruleId": _UNJUDGED,
            "effortMinutes": 0,
            "primaryLocation": {
                "message": terminal_text(f"{verdict.image}: {text}"),
                "filePath": terminal_text(path),
            },
        }
        for path, text in found
    ]
