"""Dockle's JSON report: checks of how an image is built, no vulnerabilities.

Source: goodwithtech/dockle, pkg/report/json.go. Passed and skipped checks are in the summary only,
unless a version lists them; they are counted as not mapped.
"""

from __future__ import annotations

from collections import Counter

from policyengine.collect.format import Origin, ReportFormat, in_order
from policyengine.collect.scan.fields import image_named
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import Misconfiguration, ScanReport
from policyengine.model.severity import Severity

_NAME = "dockle-json"
_SEVERITIES = {"FATAL": Severity.CRITICAL, "WARN": Severity.HIGH, "INFO": Severity.LOW}
_NOT_FAILED = frozenset({"PASS", "SKIP", "IGNORE"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of a Dockle report."""
    return (
        isinstance(document, dict)
        and document.keys() >= {"summary", "details"}
        and isinstance(summary := document["summary"], dict)
        and summary.keys() >= {"fatal", "warn", "info"}
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    unmapped: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    checks = []
    for index, item in enumerate(read.objects(report, "details", ())):
        path = ("details", index)
        level = read.text(item, "level", path).upper()
        levels[level] += 1
        if level in _NOT_FAILED:
            unmapped[f"details {level}"] += 1
            continue
        checks.append(
            Misconfiguration(
                id=read.text(item, "code", path),
                title=read.optional_text(item, "title", path) or "",
                message="; ".join(read.texts(item, "alerts", path)),
                severity=_SEVERITIES.get(level, Severity.UNKNOWN),
                severity_word=level,
                path=None,
                pointer=json_pointer(path),
            )
        )
    _hold_to_summary(read, report, levels)
    return (
        ScanReport(
            source=origin.source(_NAME, tool="dockle"),
            scanner="dockle",
            scanner_version=None,
            subject=image_named(read.optional_text(report, "image", ())),
            covers_vulnerabilities=False,
            misconfigurations=tuple(checks),
            unmapped=in_order(unmapped),
        ),
    )


def _hold_to_summary(read: FieldReader, report: JsonObject, levels: Counter[str]) -> None:
    """Refuse a report that lists fewer failed checks than it counts."""
    summary = read.object(report, "summary", ())
    for level in _SEVERITIES:
        counted = read.optional_integer(summary, level.lower(), ("summary",)) or 0
        if levels[level] < counted:
            raise read.wrong(
                ("details",), f"{levels[level]} checks of level {level}", f"{counted} of them"
            )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
