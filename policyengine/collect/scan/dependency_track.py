"""Dependency-Track's export of findings (``/api/v1/finding/project/UUID/export``), 1.0 to 1.3.

Source: DependencyTrack/dependency-track, integrations/FindingPackagingFormat.java. What was
analysed is a project; only one named like an image with its registry is taken for that image.
Suppressed findings are read, with the state of their analysis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.scan.fields import flag, image_named, moment, number, rating, share
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "dependency-track-json"
_VERSIONS = frozenset({"1.0", "1.1", "1.2", "1.3"})
_RATINGS = (
    ("2.0", "cvssV2Vector", "cvssV2BaseScore"),
    ("3", "cvssV3Vector", "cvssV3BaseScore"),
    ("4.0", "cvssV4Vector", "cvssV4Score"),
)


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of the export."""
    return isinstance(document, dict) and document.keys() >= {"meta", "project", "findings"}


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    version = read.text(report, "version", ())
    if version not in _VERSIONS:
        raise UnsupportedFormat(
            "is an export of Dependency-Track of a version that is not read",
            where=f"{origin.location}/version",
            found=version,
            expected="1.0 to 1.3",
        )
    meta = read.object(report, "meta", ())
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, report, frozenset({"meta", "project", "findings"}))
    tool_version = read.optional_text(meta, "version", ("meta",))
    return (
        ScanReport(
            source=origin.source(
                _NAME, version=version, tool="dependency-track", tool_version=tool_version
            ),
            scanner="dependency-track",
            scanner_version=tool_version,
            covers_secrets=False,
            covers_misconfigurations=False,
            subject=_subject(read, report),
            finished_at=optional_instant(read, meta, "timestamp", ("meta",)),
            vulnerabilities=tuple(
                _vulnerability(read, item, ("findings", index))
                for index, item in enumerate(read.required_objects(report, "findings", ()))
            ),
            unmapped=in_order(unmapped),
        ),
    )


def _subject(read: FieldReader, report: JsonObject) -> ReportedSubject:
    project = read.object(report, "project", ())
    name, version = read.optional_texts(project, ("name", "version"), ("project",))
    host, slash, _ = (name or "").partition("/")
    if slash and ("." in host or ":" in host) and version:
        pinned = version.startswith("sha256:")
        return image_named(f"{name}{'@' if pinned else ':'}{version}")
    return ReportedSubject()


def _vulnerability(read: FieldReader, item: JsonObject, path: Path) -> Vulnerability:
    found = read.object(item, "vulnerability", path)
    here = (*path, "vulnerability")
    own = read.text(found, "vulnId", here)
    word, title, advice = read.optional_texts(found, ("severity", "title", "recommendation"), here)
    return Vulnerability(
        id=own,
        aliases=tuple(name for name in _aliases(read, found, here) if name != own),
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        package=_package(read, item, path),
        fix_state=FixState.UNKNOWN,
        status_word=_status(read, item, path),
        cvss=tuple(_cvss(read, found, here)),
        epss_score=share(read, found, "epssScore", here),
        epss_percentile=share(read, found, "epssPercentile", here),
        title=title or advice,
        published_at=moment(read.optional_text(found, "published", here)),
        pointer=json_pointer(path),
    )


def _aliases(read: FieldReader, found: JsonObject, path: Path) -> dict[str, None]:
    names: dict[str, None] = {}
    for index, entry in enumerate(read.objects(found, "aliases", path)):
        here = (*path, "aliases", index)
        for field in ("cveId", "ghsaId", "osvId", "snykId", "gsdId", "vulnDbId", "sonatypeId"):
            if name := read.optional_text(entry, field, here):
                names[name] = None
    return names


def _status(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    analysis = read.optional_object(item, "analysis", path)
    here = (*path, "analysis")
    state = read.optional_text(analysis, "state", here)
    suppressed = flag(read, analysis, "isSuppressed", here)
    return f"suppressed {state or ''}".strip() if suppressed else state


def _package(read: FieldReader, item: JsonObject, path: Path) -> AffectedPackage:
    component = read.object(item, "component", path)
    here = (*path, "component")
    group, version, purl = read.optional_texts(component, ("group", "version", "purl"), here)
    name = read.text(component, "name", here)
    kind = purl.removeprefix("pkg:").partition("/")[0] if purl else None
    return AffectedPackage(
        name=f"{group}/{name}" if group else name, version=version or "", purl=purl, type=kind
    )


def _cvss(read: FieldReader, found: JsonObject, path: Path) -> Iterator[Cvss]:
    source = (read.optional_text(found, "source", path) or "unknown").lower()
    for version, vector, score in _RATINGS:
        entry = rating(
            read,
            path,
            source=source,
            vector=read.optional_text(found, vector, path),
            score=number(read, found, score, path),
            version=version,
        )
        if entry is not None:
            yield entry


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
