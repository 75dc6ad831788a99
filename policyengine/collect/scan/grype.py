"""Grype's JSON report.

Source: anchore/grype, grype/presenter/models. The document has no version of its own; the fields
that are read have kept their meaning since 0.1, with additions.
"""

from __future__ import annotations

from collections import Counter

from policyengine.collect.anchore import reported_subject
from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.scan.fields import base_score, moment, share
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "grype-json"
_MAPPED = frozenset({"matches", "source", "image", "distro", "descriptor"})
_FIX_STATES = {
    "fixed": FixState.FIXED,
    "not-fixed": FixState.NOT_FIXED,
    "wont-fix": FixState.WONT_FIX,
}
# One rating a version, without a source, as the first versions wrote.
_OLD_CVSS = (("cvssV2", "2.0"), ("cvssV3", "3"))


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of a Grype report."""
    if not isinstance(document, dict) or "matches" not in document:
        return False
    descriptor = document.get("descriptor")
    name = descriptor.get("name") if isinstance(descriptor, dict) else None
    if name == "grype":
        return True
    return (not name or not isinstance(name, str)) and (
        "source" in document or "image" in document or _has_matches(document["matches"])
    )


def _has_matches(matches: JsonValue) -> bool:
    """Say whether there is a match, and each looks as Grype writes it."""
    return (
        isinstance(matches, list)
        and bool(matches)
        and all(isinstance(m, dict) and m.keys() >= {"vulnerability", "artifact"} for m in matches)
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    descriptor = read.optional_object(report, "descriptor", ())
    _, version = read.optional_texts(descriptor, ("name", "version"), ("descriptor",))
    database_version, built_at = _database(read, descriptor)
    # Grype writes an empty list where it found nothing: null is not an answer.
    matches = read.required_objects(report, "matches", ())
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, report, _MAPPED)
    return (
        ScanReport(
            source=origin.source(_NAME, tool="grype", tool_version=version),
            scanner="grype",
            scanner_version=version,
            covers_secrets=False,
            covers_misconfigurations=False,
            subject=reported_subject(read, report),
            database_version=database_version,
            database_built_at=built_at,
            finished_at=optional_instant(read, descriptor, "timestamp", ("descriptor",)),
            distribution=_distribution(read, report),
            vulnerabilities=tuple(
                _vulnerability(read, match, index) for index, match in enumerate(matches)
            ),
            unmapped=in_order(unmapped),
        ),
    )


def _vulnerability(read: FieldReader, match: JsonObject, index: int) -> Vulnerability:
    path = ("matches", index)
    item = read.object(match, "vulnerability", path)
    here = (*path, "vulnerability")
    identifier = read.text(item, "id", here)
    word = read.optional_text(item, "severity", here) or ""
    related = read.objects(match, "relatedVulnerabilities", path)
    names = [
        read.text(other, "id", (*path, "relatedVulnerabilities", number))
        for number, other in enumerate(related)
    ]
    state, versions = _fix(read, item, here)
    fix = read.optional_object(item, "fix", here)
    word_of_fix = read.optional_text(fix, "state", (*here, "fix"))
    epss = _epss(read, item, here)
    urls = read.texts(item, "urls", here)
    return Vulnerability(
        id=identifier,
        aliases=tuple(dict.fromkeys(name for name in names if name != identifier)),
        severity=Severity.from_word(word),
        severity_word=word,
        severity_source=_rated_by(read.optional_text(item, "namespace", here)),
        package=_package(read, match, path),
        fixed_versions=versions,
        fix_state=state,
        status_word=word_of_fix,
        epss_score=epss[0],
        epss_percentile=epss[1],
        # Only what is in the catalogue is marked; before 0.87 nothing was.
        known_exploited=True if read.objects(item, "knownExploited", here) else None,
        fixed_at=_fixed_at(read, item, here),
        cvss=_cvss(read, item, here),
        url=read.optional_text(item, "dataSource", here) or (urls[0] if urls else None),
        pointer=f"/matches/{index}",
    )


def _rated_by(namespace: str | None) -> str | None:
    """Return whose record matched: ``debian:distro:debian:12`` and, before 0.33, ``debian:12``."""
    return None if namespace is None else namespace.partition(":")[0] or None


def _fix(read: FieldReader, item: JsonObject, path: Path) -> tuple[FixState, tuple[str, ...]]:
    fix = item.get("fix")
    if fix is None:
        # Before 0.9 a fix was one string.
        version = read.optional_text(item, "fixedInVersion", path)
        return (FixState.FIXED, (version,)) if version else (FixState.UNKNOWN, ())
    fix = read.object(item, "fix", path)
    here = (*path, "fix")
    versions = tuple(version for version in read.texts(fix, "versions", here) if version)
    state = read.optional_text(fix, "state", here) or ""
    if versions:
        return FixState.FIXED, versions
    return _FIX_STATES.get(state, FixState.UNKNOWN), ()


def _epss(read: FieldReader, item: JsonObject, path: Path) -> tuple[float | None, float | None]:
    """Return the highest score and its percentile: a match of an advisory has one a CVE."""
    best: tuple[float, float | None] | None = None
    for index, entry in enumerate(read.objects(item, "epss", path)):
        here = (*path, "epss", index)
        score = share(read, entry, "epss", here)
        percentile = share(read, entry, "percentile", here)
        if score is not None and (best is None or score > best[0]):
            best = (score, percentile)
    return best or (None, None)


def _fixed_at(read: FieldReader, item: JsonObject, path: Path) -> Instant | None:
    fix = read.optional_object(item, "fix", path)
    dates = (
        moment(read.optional_text(entry, "date", (*path, "fix", "available", index)))
        for index, entry in enumerate(read.objects(fix, "available", (*path, "fix")))
    )
    return min((date for date in dates if date is not None), default=None)


def _package(read: FieldReader, match: JsonObject, path: Path) -> AffectedPackage:
    artifact = read.object(match, "artifact", path)
    here = (*path, "artifact")
    location: JsonObject = next(iter(read.objects(artifact, "locations", here)), {})
    inner = (*here, "locations", 0)
    return AffectedPackage(
        name=read.text(artifact, "name", here),
        version=read.optional_text(artifact, "version", here) or "",
        purl=read.optional_text(artifact, "purl", here),
        type=read.optional_text(artifact, "type", here),
        path=read.optional_text(location, "path", inner),
        layer=read.optional_text(location, "layerID", inner),
    )


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> tuple[Cvss, ...]:
    found = []
    for index, rating in enumerate(read.objects(item, "cvss", path)):
        here = (*path, "cvss", index)
        metrics = read.optional_object(rating, "metrics", here)
        found.append(
            Cvss(
                source=read.optional_text(rating, "source", here) or "unknown",
                version=read.optional_text(rating, "version", here),
                vector=read.optional_text(rating, "vector", here),
                score=base_score(read, metrics, "baseScore", (*here, "metrics")),
            )
        )
    for name, version in _OLD_CVSS:
        here = (*path, name)
        rating = read.optional_object(item, name, path)
        if rating:
            found.append(
                Cvss(
                    source="unknown",
                    version=version,
                    vector=read.optional_text(rating, "vector", here),
                    score=base_score(read, rating, "baseScore", here),
                )
            )
    return tuple(found)


def _distribution(read: FieldReader, report: JsonObject) -> str | None:
    distro = read.optional_object(report, "distro", ())
    parts = (
        read.optional_text(distro, "name", ("distro",)),
        read.optional_text(distro, "version", ("distro",)),
    )
    return " ".join(part for part in parts if part) or None


def _database(read: FieldReader, descriptor: JsonObject) -> tuple[str | None, Instant | None]:
    path: Path = ("descriptor", "db")
    database = read.optional_object(descriptor, "db", ("descriptor",))
    status = read.optional_object(database, "status", path)
    # Since database version 6 its facts are one level deeper.
    facts, path = (status, (*path, "status")) if status else (database, path)
    return (
        _schema_version(read, facts, path),
        optional_instant(read, facts, "built", path),
    )


def _schema_version(read: FieldReader, facts: JsonObject, path: Path) -> str | None:
    if isinstance(facts.get("schemaVersion"), int):  # before version 6
        number = read.optional_integer(facts, "schemaVersion", path)
        return str(number) if number else None
    return read.optional_text(facts, "schemaVersion", path)


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
