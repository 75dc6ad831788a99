"""The ``scan`` section: several reports become one list of findings.

Two findings are one where vulnerability, package and path agree:

1. The vulnerability is its CVE: the id itself, or the only CVE among its aliases. An advisory
   that covers several CVEs keeps its own id, so that it never swallows one of them.
2. The package is its purl up to the qualifiers, or name and version where a report has no purl.
3. The path is that of the package; for a package of the distribution it says nothing and is left
   out, because scanners name different database files.

Where scanners disagree each one's word is kept, the higher severity decides, and a fix known to
one is known. Reports in another order give the same section but for the order of ``sources``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

from policyengine.document.times import instant_fields
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.scan import AffectedPackage, FixState, ScanReport, Vulnerability

_T = TypeVar("_T")

_DISTRIBUTION_TYPES = frozenset({"deb", "apk", "rpm", "alpm", "dpkg"})
_FIX_ORDER = (FixState.FIXED, FixState.NOT_FIXED, FixState.WONT_FIX, FixState.UNKNOWN)


class _Reported(NamedTuple):
    scanner: str
    source: int
    finding: Vulnerability


def scan_section(reports: Sequence[ScanReport], matches: Sequence[str]) -> JsonObject:
    """Return ``scan``; ``matches`` says of each report how it is known to be about the image."""
    groups: dict[tuple[str, str, str], list[_Reported]] = {}
    for index, report in enumerate(reports):
        scanner = report.scanner
        for finding in report.vulnerabilities:
            key = (_canonical_id(finding), *_package_key(finding.package))
            groups.setdefault(key, []).append(_Reported(scanner, index, finding))
    return {
        "reports": [
            _report(index, report, match)
            for index, (report, match) in enumerate(zip(reports, matches, strict=True))
        ],
        "vulnerabilities": [_merged(key[0], groups[key]) for key in sorted(groups)],
        "secrets": list(_secrets(reports)),
        "misconfigurations": list(_misconfigurations(reports)),
        "licenses": list(_licenses(reports)),
        "verdicts": list(_verdicts(reports)),
    }


def _canonical_id(finding: Vulnerability) -> str:
    if finding.id.startswith("CVE-"):
        return finding.id
    cves = {alias for alias in finding.aliases if alias.startswith("CVE-")}
    return cves.pop() if len(cves) == 1 else finding.id


def _package_key(package: AffectedPackage) -> tuple[str, str]:
    if package.purl:
        identity = package.purl.partition("?")[0].partition("#")[0]
        kind = identity.removeprefix("pkg:").partition("/")[0]
    else:
        identity = f"{package.name}@{package.version}"
        kind = package.type or ""
    path = "" if kind in _DISTRIBUTION_TYPES else (package.path or "").lstrip("/")
    return identity, path


def _merged(identifier: str, group: list[_Reported]) -> JsonObject:
    first = group[0].finding
    if len(group) == 1:
        others = first.aliases if identifier == first.id else (first.id, *first.aliases)
        names = {name: None for name in others if name != identifier}
        fixed = first.fixed_versions
        vex_status = first.vex_status
        severity, fix_state = first.severity, first.fix_state
    else:
        names = dict.fromkeys(
            name for r in group for name in (r.finding.id, *r.finding.aliases) if name != identifier
        )
        fixed = tuple(dict.fromkeys(v for r in group for v in r.finding.fixed_versions))
        statuses = {r.finding.vex_status for r in group}
        vex_status = statuses.pop() if len(statuses) == 1 else None
        severity = max(r.finding.severity for r in group)
        fix_state = min((r.finding.fix_state for r in group), key=_FIX_ORDER.index)
    return {
        "id": identifier,
        "aliases": list(names),
        "severity": severity.word,
        "severities": [
            {
                "scanner": r.scanner,
                "word": r.finding.severity_word,
                "severity": r.finding.severity.word,
            }
            for r in group
        ],
        "cvss": _cvss(group),
        "package": _package(first.package),
        "fixed_versions": list(fixed),
        "fix_state": fix_state.value,
        "statuses": [
            {"scanner": r.scanner, "word": r.finding.status_word}
            for r in group
            if r.finding.status_word is not None
        ],
        "vex_status": vex_status,
        "epss": _epss(group),
        "known_exploited": _any([r.finding.known_exploited for r in group]),
        "exploit_available": _any([r.finding.exploit_available for r in group]),
        "title": _first([r.finding.title for r in group]),
        "url": _first([r.finding.url for r in group]),
        **instant_fields("published_at", _first([r.finding.published_at for r in group])),
        **instant_fields("modified_at", _first([r.finding.modified_at for r in group])),
        **instant_fields("fixed_at", _earliest([r.finding.fixed_at for r in group])),
        "reported_by": [
            {"scanner": r.scanner, "source": r.source, "pointer": r.finding.pointer} for r in group
        ],
    }


def _cvss(group: list[_Reported]) -> list[JsonValue]:
    ratings = (
        group[0].finding.cvss
        if len(group) == 1
        else dict.fromkeys(rating for r in group for rating in r.finding.cvss)
    )
    return [
        {
            "source": rating.source,
            "version": rating.version,
            "vector": rating.vector,
            "score": rating.score,
        }
        for rating in ratings
    ]


def _epss(group: list[_Reported]) -> JsonValue:
    """Return the highest score: scanners have it of different days."""
    scored = [r.finding for r in group if r.finding.epss_score is not None]
    if not scored:
        return None
    highest = max(scored, key=lambda f: (f.epss_score or 0.0, f.epss_percentile or 0.0))
    return {"score": highest.epss_score, "percentile": highest.epss_percentile}


def _any(values: list[bool | None]) -> bool | None:
    """Return True if one says so, None if none says anything."""
    said = [value for value in values if value is not None]
    return any(said) if said else None


def _earliest(values: list[Instant | None]) -> Instant | None:
    return min((value for value in values if value is not None), default=None)


def _first(values: list[_T | None]) -> _T | None:
    for value in values:
        if value is not None:
            return value
    return None


def _report(index: int, report: ScanReport, match: str) -> JsonObject:
    return {
        "scanner": report.scanner,
        "scanner_version": report.scanner_version,
        "source": index,
        "format": report.source.format,
        "format_version": report.source.format_version,
        "database_version": report.database_version,
        **instant_fields("database_built_at", report.database_built_at),
        **instant_fields("finished_at", report.finished_at),
        "distribution": report.distribution,
        "end_of_life": report.end_of_life,
        "covers_vulnerabilities": report.covers_vulnerabilities,
        "problem": report.problem,
        "subject_match": match,
    }


def _secrets(reports: Sequence[ScanReport]) -> Iterator[JsonObject]:
    for index, report in enumerate(reports):
        for secret in report.secrets:
            yield {
                "rule_id": secret.rule_id,
                "title": secret.title,
                "severity": secret.severity.word,
                "severity_word": secret.severity_word,
                "path": secret.path,
                "start_line": secret.start_line,
                "layer": secret.layer,
                "reported_by": [_origin(report.scanner, index, secret.pointer)],
            }


def _misconfigurations(reports: Sequence[ScanReport]) -> Iterator[JsonObject]:
    for index, report in enumerate(reports):
        for check in report.misconfigurations:
            yield {
                "id": check.id,
                "title": check.title,
                "message": check.message,
                "severity": check.severity.word,
                "severity_word": check.severity_word,
                "path": check.path,
                "reported_by": [_origin(report.scanner, index, check.pointer)],
            }


def _licenses(reports: Sequence[ScanReport]) -> Iterator[JsonObject]:
    for index, report in enumerate(reports):
        for found in report.licenses:
            yield {
                "license": found.license,
                "category": found.category,
                "severity": found.severity.word,
                "severity_word": found.severity_word,
                "package": None if found.package is None else _package(found.package),
                "path": found.path,
                "reported_by": [_origin(report.scanner, index, found.pointer)],
            }


def _verdicts(reports: Sequence[ScanReport]) -> Iterator[JsonObject]:
    for index, report in enumerate(reports):
        for verdict in report.verdicts:
            yield {
                "policy": verdict.policy,
                "passed": verdict.passed,
                "word": verdict.word,
                "reason": verdict.reason,
                "reported_by": [_origin(report.scanner, index, verdict.pointer)],
            }


def _package(package: AffectedPackage) -> JsonObject:
    return {
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "type": package.type,
        "path": package.path,
        "layer": package.layer,
    }


def _origin(scanner: str, source: int, pointer: str) -> JsonObject:
    return {"scanner": scanner, "source": source, "pointer": pointer}
