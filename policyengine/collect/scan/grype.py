"""Grype's JSON report.

Source: anchore/grype, grype/presenter/models. The document has no version of its own; the fields
that are read have kept their meaning since 0.1, with additions.
"""

from __future__ import annotations

from policyengine.collect.format import Origin, ReportFormat, optional_instant
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "grype-json"
_FIX_STATES = {
    "fixed": FixState.FIXED,
    "not-fixed": FixState.NOT_FIXED,
    "wont-fix": FixState.WONT_FIX,
}

# The types of source that are not an image.
_NO_IMAGES = frozenset({"directory", "file"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of a Grype report."""
    return (
        isinstance(document, dict)
        and "matches" in document
        and "source" in document
        and _descriptor_name(document) in {None, "grype"}
    )


def _descriptor_name(document: JsonObject) -> str | None:
    descriptor = document.get("descriptor")
    name = descriptor.get("name") if isinstance(descriptor, dict) else None
    return name if isinstance(name, str) and name else None


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    descriptor = read.optional_object(report, "descriptor", ())
    version = read.optional_text(descriptor, "version", ("descriptor",))
    database_version, built_at = _database(read, descriptor)
    ignored = len(read.optional_array(report, "ignoredMatches", ()))
    return (
        ScanReport(
            source=origin.source(_NAME, tool="grype", tool_version=version),
            scanner="grype",
            scanner_version=version,
            subject=_subject(read, report),
            database_version=database_version,
            database_built_at=built_at,
            finished_at=optional_instant(read, descriptor, "timestamp", ("descriptor",)),
            distribution=_distribution(read, report),
            vulnerabilities=tuple(
                _vulnerability(read, match, index)
                for index, match in enumerate(read.objects(report, "matches", ()))
            ),
            unmapped=(("ignoredMatches", ignored),) if ignored else (),
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
    urls = read.texts(item, "urls", here)
    return Vulnerability(
        id=identifier,
        aliases=tuple(dict.fromkeys(name for name in names if name != identifier)),
        severity=Severity.from_word(word),
        severity_word=word,
        package=_package(read, match, path),
        fixed_versions=versions,
        fix_state=state,
        cvss=_cvss(read, item, here),
        url=read.optional_text(item, "dataSource", here) or (urls[0] if urls else None),
        pointer=f"/matches/{index}",
    )


def _fix(read: FieldReader, item: JsonObject, path: Path) -> tuple[FixState, tuple[str, ...]]:
    fix = item.get("fix")
    if fix is None:
        # Before 0.9 a fix was one string.
        version = read.optional_text(item, "fixedInVersion", path)
        return (FixState.FIXED, (version,)) if version else (FixState.UNKNOWN, ())
    fix = read.object(item, "fix", path)
    here = (*path, "fix")
    versions = tuple(read.texts(fix, "versions", here))
    state = read.optional_text(fix, "state", here) or ""
    if versions:
        return FixState.FIXED, versions
    return _FIX_STATES.get(state, FixState.UNKNOWN), ()


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
                score=read.optional_number(metrics, "baseScore", (*here, "metrics")),
            )
        )
    return tuple(found)


def _subject(read: FieldReader, report: JsonObject) -> ReportedSubject:
    source = read.optional_object(report, "source", ())
    target = source.get("target")
    kind = read.optional_text(source, "type", ("source",))
    other = kind if kind in _NO_IMAGES else None
    if not isinstance(target, dict):
        name = target if isinstance(target, str) else None
        return ReportedSubject(name=name, other_than_image=other)
    path = ("source", "target")
    image_id = read.optional_text(target, "imageID", path)
    digest = read.optional_text(target, "manifestDigest", path)
    return ReportedSubject(
        name=read.optional_text(target, "userInput", path),
        other_than_image=other,
        image_ids=(image_id,) if image_id else (),
        digests=(digest,) if digest else (),
        repo_tags=tuple(read.texts(target, "tags", path)),
        repo_digests=tuple(read.texts(target, "repoDigests", path)),
        diff_ids=tuple(
            read.text(layer, "digest", (*path, "layers", index))
            for index, layer in enumerate(read.objects(target, "layers", path))
        ),
    )


def _distribution(read: FieldReader, report: JsonObject) -> str | None:
    distro = read.optional_object(report, "distro", ())
    parts = (
        read.optional_text(distro, "name", ("distro",)),
        read.optional_text(distro, "version", ("distro",)),
    )
    return " ".join(part for part in parts if part) or None


def _database(read: FieldReader, descriptor: JsonObject) -> tuple[str | None, Instant | None]:
    path = ("descriptor", "db")
    database = descriptor.get("db")
    if not isinstance(database, dict):
        return None, None
    # Since database version 6 its facts are one level deeper.
    status = read.optional_object(database, "status", path)
    facts = status or database
    version = facts.get("schemaVersion")
    return (
        str(version) if isinstance(version, str | int) and version else None,
        optional_instant(read, facts, "built", path),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
