"""GitLab's Code Quality report: what it draws in a merge request's changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TextIO

import orjson

from policyengine.model.json_value import FrozenObject
from policyengine.model.severity import Severity
from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Standing, entries, place_of
from policyengine.report.escape import terminal_text

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
}


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one array: what denies, what warns, and what was not judged."""
    issues = [issue for verdict in verdicts for issue in _issues(verdict)]
    stream.write(orjson.dumps(issues, option=orjson.OPT_INDENT_2).decode() + "\n")


def _issues(verdict: Verdict) -> Iterator[FrozenObject]:
    for entry in entries(verdict):
        if entry.standing in {Standing.DENY, Standing.WARN}:
            reason, place = entry.reason, place_of(entry.reason)
            yield _issue(
                verdict,
                check=reason.rule.id,
                text=reason.message,
                key=reason.fingerprint,
                severity=_SEVERITIES.get(reason.severity, "info"),
                path=place.path if place else reason.rule.location.file,
                line=place.line if place and place.line else 1,
            )
    for item in verdict.unjudged:
        yield _issue(
            verdict,
            check=item.rule.id,
            text=f"not judged: {item.hint}",
            key=f"not judged {item.rule.id}",
            severity="critical",
            path=item.rule.location.file,
            line=item.rule.location.row,
        )
    if verdict.problem is not None:
        yield _issue(
            verdict,
            check="policyengine.not_judged",
            text=verdict.problem,
            key="not judged",
            severity="blocker",
            path=verdict.image,
            line=1,
        )


def _issue(
    verdict: Verdict, *, check: str, text: str, key: str, severity: str, path: str, line: int
) -> FrozenObject:
    # Two images of one run may have the same reason; GitLab wants a fingerprint for each.
    image = verdict.repository or verdict.image
    digest = hashlib.sha256(f"{image}\n{key}".encode("utf-8", "backslashreplace"))
    return {
        "description": terminal_text(f"{verdict.image}: {text}"),
        "check_name": terminal_text(check),
        "fingerprint": digest.hexdigest(),
        "severity": severity,
        "location": {"path": terminal_text(path), "lines": {"begin": line}},
    }
