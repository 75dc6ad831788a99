"""Reasons as a table, RFC 4180: a row a reason, and a row for what was not judged.

A cell that a spreadsheet would take for a formula begins with an apostrophe; control characters
are written as escapes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TextIO

from policyengine.model.policy import PolicyRule
from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Entry, detail, entries, named, place_of
from policyengine.report.escape import spreadsheet_text

COLUMNS = (
    "image",
    "repository",
    "digest",
    "outcome",
    "standing",
    "severity",
    "rule",
    "title",
    "message",
    "vulnerability",
    "package",
    "pointers",
    "source",
    "line",
    "remediation",
    "waived_until",
    "waiver_reason",
    "waiver",
    "fingerprint",
    "bundle",
    "bundle_version",
    "evaluated_at",
)


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write the header and the rows. An image with nothing to report has one row too."""
    table = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\r\n")
    table.writeheader()
    for verdict in verdicts:
        common = _common(verdict)
        rows = list(_rows(verdict)) or [{"standing": "none"}]
        for row in rows:
            cells = {name: spreadsheet_text(text) for name, text in (common | row).items()}
            table.writerow(cells)


def _common(verdict: Verdict) -> dict[str, str]:
    return {
        "image": verdict.image,
        "repository": verdict.repository or "",
        "digest": verdict.digest or "",
        "outcome": verdict.outcome.value,
        "bundle": " ".join(bundle.name for bundle in verdict.bundles),
        "bundle_version": " ".join(bundle.version for bundle in verdict.bundles),
        "evaluated_at": str(verdict.evaluated_at),
    }


def _rows(verdict: Verdict) -> Iterator[dict[str, str]]:
    if verdict.problem is not None:
        yield {"standing": "not judged", "message": verdict.problem}
    for entry in entries(verdict):
        yield {**_rule(entry.reason.rule), **_row(entry)}
    for item in verdict.unjudged:
        missing = ", ".join(kind.value for kind in item.missing)
        yield {
            **_rule(item.rule),
            "standing": "not judged",
            "message": f"needs evidence that was not gathered: {missing}",
            "remediation": item.hint,
        }


def _rule(rule: PolicyRule) -> dict[str, str]:
    return {"rule": rule.id, "title": named(rule), "remediation": rule.remediation}


def _row(entry: Entry) -> dict[str, str]:
    reason, waiver, place = entry.reason, entry.waiver, place_of(entry.reason)
    return {
        "standing": entry.standing.value,
        "severity": reason.severity.word,
        "message": reason.message,
        "vulnerability": detail(reason, "vulnerability"),
        "package": detail(reason, "package"),
        "pointers": " ".join(value.pointer for value in reason.values),
        "source": "" if place is None else place.path,
        "line": "" if place is None or place.line is None else str(place.line),
        "waived_until": "" if waiver is None else str(waiver.expires),
        "waiver_reason": "" if waiver is None else waiver.reason,
        "waiver": "" if waiver is None else waiver.origin,
        "fingerprint": reason.fingerprint,
        "bundle": reason.bundle.name,
        "bundle_version": reason.bundle.version,
    }
