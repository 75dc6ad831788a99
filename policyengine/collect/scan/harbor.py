"""Harbor's vulnerability report: an object whose one key is the report's media type.

Source: goharbor/pluggable-scanner-spec, api/spec/scanner-adapter-openapi-v1.1.yaml, and goharbor/
harbor, src/pkg/scan/vuln/report.go.
"""

from __future__ import annotations

import re
from collections import Counter

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.scan.fields import digests, fix_of, number, plain, rating, versions
from policyengine.errors import ScanFailed
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

_NAME = "harbor-json"
_MEDIA_TYPE = re.compile(
    r"application/vnd\.(?:security\.vulnerability\.report|scanner\.adapter\.vuln\.report\.\w+\+json)"
    r"(?:;\s*version=([\d.]+))?"
)
_MAPPED = frozenset({"scanner", "vulnerabilities", "artifact", "summary"})
# Harbor writes null for an empty list, and then the overall severity says that there is nothing.
_NOTHING_FOUND = frozenset({"", "none", "unknown"})
_CVSS_FIELDS = (("2.0", "V2Vector", "V2Score"), ("3", "V3Vector", "V3Score"))
_PREFERRED = (("2.0", "vector_v2", "score_v2"), ("3", "vector_v3", "score_v3"))
_STATES = {"wont-fix": FixState.WONT_FIX, "will_not_fix": FixState.WONT_FIX}


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is keyed by a report's media type."""
    return (
        isinstance(document, dict)
        and len(document) == 1
        and all(_MEDIA_TYPE.fullmatch(name) for name in document)
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    root = read.root(document)
    (media_type,) = root
    report = read.object(root, media_type, ())
    path: Path = (media_type,)
    _refuse_failed(read, report, path)
    match = _MEDIA_TYPE.fullmatch(media_type)
    scanner = read.optional_object(report, "scanner", path)
    name, version = read.optional_texts(scanner, ("name", "version"), (*path, "scanner"))
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, report, _MAPPED)
    items = _items(read, report, path)
    artifact = read.optional_object(report, "artifact", path)
    own = read.optional_text(artifact, "digest", (*path, "artifact"))
    named = [
        digest
        for index, item in enumerate(items)
        for digest in read.texts(item, "artifact_digests", (*path, "vulnerabilities", index))
    ]
    return (
        ScanReport(
            source=origin.source(_NAME, version=match.group(1) if match else None, tool="harbor"),
            scanner=(name or "harbor").lower(),
            scanner_version=version,
            subject=ReportedSubject(digests=digests(own, *named)),
            finished_at=optional_instant(read, report, "generated_at", path),
            vulnerabilities=tuple(
                _vulnerability(read, item, (*path, "vulnerabilities", index))
                for index, item in enumerate(items)
            ),
            unmapped=in_order(unmapped),
        ),
    )


def _refuse_failed(read: FieldReader, report: JsonObject, path: Path) -> None:
    status = read.optional_text(report, "scan_status", path)
    if status is not None and status != "Success":
        raise ScanFailed(
            "is of a scan that failed or has not ended",
            where=f"{read.where}{json_pointer((*path, 'scan_status'))}",
            found=status,
            expected="Success",
        )


def _items(read: FieldReader, report: JsonObject, path: Path) -> list[JsonObject]:
    severity = read.optional_text(report, "severity", path) or ""
    if (
        "vulnerabilities" in report
        and report["vulnerabilities"] is None
        and severity.lower() in _NOTHING_FOUND
    ):
        return []
    return read.required_objects(report, "vulnerabilities", path)


def _vulnerability(read: FieldReader, item: JsonObject, path: Path) -> Vulnerability:
    word, version, fixed, status = read.optional_texts(
        item, ("severity", "version", "fix_version", "status"), path
    )
    links = read.texts(item, "links", path)
    fixes = versions(plain(fixed))
    return Vulnerability(
        id=read.text(item, "id", path),
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        package=AffectedPackage(
            name=read.text(item, "package", path),
            version=version or "",
            layer=_layer(read, item, path),
        ),
        fix_state=fix_of(fixes, _STATES.get((status or "").lower(), FixState.NOT_FIXED)),
        fixed_versions=fixes,
        status_word=status,
        cvss=_cvss(read, item, path),
        url=links[0] if links else None,
        pointer=json_pointer(path),
    )


def _layer(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    layer = read.optional_object(item, "layer", path)
    digest, diff_id = read.optional_texts(layer, ("digest", "diff_id"), (*path, "layer"))
    return diff_id or digest


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> tuple[Cvss, ...]:
    found = []
    vendor = read.optional_object(item, "vendor_attributes", path)
    here: Path = (*path, "vendor_attributes", "CVSS")
    by_source = read.optional_object(vendor, "CVSS", here[:-1])
    for source in sorted(by_source):
        entry = read.object(by_source, source, here)
        for version, vector, score in _CVSS_FIELDS:
            found.append(_rating(read, entry, (*here, source), source, (version, vector, score)))
    preferred = read.optional_object(item, "preferred_cvss", path)
    found.extend(
        _rating(read, preferred, (*path, "preferred_cvss"), "harbor", fields)
        for fields in _PREFERRED
    )
    return tuple(dict.fromkeys(entry for entry in found if entry is not None))


def _rating(
    read: FieldReader, entry: JsonObject, path: Path, source: str, fields: tuple[str, str, str]
) -> Cvss | None:
    version, vector, score = fields
    return rating(
        read,
        path,
        source=source,
        vector=read.optional_text(entry, vector, path),
        score=number(read, entry, score, path),
        version=version,
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
