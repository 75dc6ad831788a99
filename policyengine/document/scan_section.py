"""The ``scan`` section: several reports become one list of findings.

``finding_groups`` decides which findings are one. Where scanners disagree each one's word is kept,
on severity, fix and presence, and parameters of the bundle decide (``policies/lib``); here the
higher severity stands, and a fix known to one is known. Reports in another order give the same
section but for the indexes and the order of ``sources``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from policyengine.document.finding_groups import FindingGroup, Reported, finding_groups
from policyengine.document.package_identity import purl_type_of
from policyengine.document.package_versions import fix_facts
from policyengine.document.times import instant_fields, instant_pair
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.scan import AffectedPackage, Cvss, FixState, ScanReport, Vulnerability
from policyengine.model.severity import scale_word

_T = TypeVar("_T")
_Said = TypeVar("_Said", bound=Hashable)

_FIX_ORDER = (FixState.FIXED, FixState.NOT_FIXED, FixState.WONT_FIX, FixState.UNKNOWN)


def scan_section(
    reports: Sequence[ScanReport],
    matches: Sequence[str],
    applied: Mapping[tuple[int, str], Sequence[JsonObject]] = MappingProxyType({}),
) -> JsonObject:
    """Return ``scan``; ``matches`` says of each report how it is known to be about the image.

    ``applied`` has the VEX statements about findings, by report and pointer of the finding.
    """
    looked = [index for index, report in enumerate(reports) if report.covers_vulnerabilities]
    return {
        "reports": [
            _report(index, report, match)
            for index, (report, match) in enumerate(zip(reports, matches, strict=True))
        ],
        "vulnerabilities": [
            _merged(group, reports, looked, applied) for group in finding_groups(reports)
        ],
        "secrets": list(_secrets(reports)),
        "misconfigurations": list(_misconfigurations(reports)),
        "licenses": list(_licenses(reports)),
        "verdicts": list(_verdicts(reports)),
    }


def _merged(
    found: FindingGroup,
    reports: Sequence[ScanReport],
    looked: Sequence[int],
    applied: Mapping[tuple[int, str], Sequence[JsonObject]],
) -> JsonObject:
    # No two entries share an array or object: what explains a reason knows them by identity.
    group = found.reported
    whole = group[0].finding if len(group) == 1 else _together([r.finding for r in group])
    package, fixed = whole.package, whole.fixed_versions
    reporting = {r.source for r in group}
    least, has_fix = None, None
    if fixed:
        least, has_fix = fix_facts(purl_type_of(package), package.version, fixed)
    published_at, published_at_ns = instant_pair(whole.published_at)
    modified_at, modified_at_ns = instant_pair(whole.modified_at)
    fixed_at, fixed_at_ns = instant_pair(whole.fixed_at)
    # Keys in the order in which they are written: writing then has nothing to sort.
    return {
        "aliases": list(found.names),
        "cvss": _cvss(group),
        "epss": None
        if whole.epss_score is None
        else {"percentile": whole.epss_percentile, "score": whole.epss_score},
        "exploit_available": whole.exploit_available,
        "fix_installed": has_fix,
        "fix_state": whole.fix_state.value,
        "fixed_at": fixed_at,
        "fixed_at_ns": fixed_at_ns,
        "fixed_versions": list(fixed),
        "fixes": _fixes(group),
        "id": found.identifier,
        "known_exploited": whole.known_exploited,
        "least_fixed_version": least,
        "modified_at": modified_at,
        "modified_at_ns": modified_at_ns,
        "not_reported_by": [
            {"scanner": reports[index].scanner, "source": index}
            for index in looked
            if index not in reporting
        ],
        "package": _package(package),
        "published_at": published_at,
        "published_at_ns": published_at_ns,
        "reported_by": [_origin(r.scanner, r.source, r.finding.pointer) for r in group],
        "severities": _severities(group),
        "severity": whole.severity.word,
        "statuses": _statuses(group),
        "title": whole.title,
        "url": whole.url,
        "vex": _statements(group, applied),
        "vex_status": whole.vex_status,
    }


def _together(findings: Sequence[Vulnerability]) -> Vulnerability:
    """Return one finding with what the document says of all of them as one."""
    statuses = {finding.vex_status for finding in findings}
    # Scanners have the score of different days: the highest stands.
    likeliest = max(findings, key=lambda f: (f.epss_score is not None, *_epss(f)))
    return replace(
        findings[0],
        severity=max(finding.severity for finding in findings),
        fix_state=min((finding.fix_state for finding in findings), key=_FIX_ORDER.index),
        package=max((finding.package for finding in findings), key=_completeness),
        fixed_versions=tuple(dict.fromkeys(v for f in findings for v in f.fixed_versions)),
        vex_status=statuses.pop() if len(statuses) == 1 else None,
        epss_score=likeliest.epss_score,
        epss_percentile=likeliest.epss_percentile,
        known_exploited=_any([finding.known_exploited for finding in findings]),
        exploit_available=_any([finding.exploit_available for finding in findings]),
        title=_first([finding.title for finding in findings]),
        url=_first([finding.url for finding in findings]),
        published_at=_first([finding.published_at for finding in findings]),
        modified_at=_first([finding.modified_at for finding in findings]),
        fixed_at=_earliest([finding.fixed_at for finding in findings]),
    )


def _completeness(package: AffectedPackage) -> tuple[object, ...]:
    """Rank what is said of one package: the purl, the path and the epoch count."""
    return (
        package.purl is not None,
        package.path is not None,
        package.layer is not None,
        len(package.version),
        package.version,
        package.name,
        package.purl or "",
        package.path or "",
        package.type or "",
        package.layer or "",
    )


def _once(values: Sequence[_Said]) -> Iterable[_Said]:
    """Return ``values``, each once; most often there is only one."""
    return values if len(values) == 1 else dict.fromkeys(values)


def _severities(group: Sequence[Reported]) -> list[JsonValue]:
    """Return each scanner's own word, and behind it the words of others that it passes on."""
    said: list[tuple[str, str | None, bool, str, str]] = []
    for scanner, _, finding in group:
        own = finding.severity_source
        said.append((scanner, own, True, finding.severity_word, finding.severity.word))
        said += [
            (scanner, other.source, False, other.word, scale_word(other.word))
            for other in finding.other_severities
        ]
    return [
        {
            "chosen": chosen,
            "kind": _kind(scanner, source),
            "rated_by": source,
            "scanner": scanner,
            "severity": severity,
            "word": word,
        }
        for scanner, source, chosen, word, severity in _once(said)
    ]


@lru_cache(maxsize=1024)
def _kind(scanner: str, source: str | None) -> str:
    if source is None or source == scanner:
        return "scanner"
    return "nvd" if source == "nvd" else "vendor"


def _fixes(group: Sequence[Reported]) -> list[JsonValue]:
    said = [(r.scanner, r.finding.fix_state, r.finding.fixed_versions) for r in group]
    return [
        {"fix_state": state.value, "fixed_versions": list(versions), "scanner": scanner}
        for scanner, state, versions in _once(said)
    ]


def _statuses(group: Sequence[Reported]) -> list[JsonValue]:
    said = [(r.scanner, r.finding.status_word) for r in group if r.finding.status_word is not None]
    return [{"scanner": scanner, "word": word} for scanner, word in _once(said)]


def _statements(
    group: Sequence[Reported], applied: Mapping[tuple[int, str], Sequence[JsonObject]]
) -> list[JsonValue]:
    if not applied:
        return []
    found: list[JsonValue] = []
    for item in group:
        for statement in applied.get((item.source, item.finding.pointer), ()):
            if statement not in found:
                found.append(statement)
    return found


def _cvss(group: Sequence[Reported]) -> list[JsonValue]:
    ratings: Iterable[Cvss] = (
        group[0].finding.cvss
        if len(group) == 1
        else dict.fromkeys(rating for r in group for rating in r.finding.cvss)
    )
    return [
        {
            "score": rating.score,
            "source": rating.source,
            "vector": rating.vector,
            "version": rating.version,
        }
        for rating in ratings
    ]


def _epss(finding: Vulnerability) -> tuple[float, float]:
    return finding.epss_score or 0.0, finding.epss_percentile or 0.0


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
        "covers_secrets": bool(report.secrets) or report.covers_secrets,
        "covers_misconfigurations": bool(report.misconfigurations)
        or report.covers_misconfigurations,
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
        "layer": package.layer,
        "name": package.name,
        "path": package.path,
        "purl": package.purl,
        "type": package.type,
        "version": package.version,
    }


def _origin(scanner: str, source: int, pointer: str) -> JsonObject:
    return {"pointer": pointer, "scanner": scanner, "source": source}
