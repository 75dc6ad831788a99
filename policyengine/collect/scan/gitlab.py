"""GitLab's container-scanning report, versions 2 to 15, by whichever scanner.

Source: gitlab-org/security-products/security-report-schemas, container-scanning-report-format.json.
Its times are in UTC without saying so. Docker Scout writes it with ``--format gitlab``.
"""

from __future__ import annotations

import re
from collections import Counter

from policyengine.collect.format import Origin, ReportFormat, count_unmapped, in_order
from policyengine.collect.scan.fields import image_named, moment
from policyengine.errors import ScanFailed, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "gitlab-container-scanning"
_TYPES = frozenset({"container_scanning", "cluster_image_scanning"})
_MAPPED = frozenset({"vulnerabilities", "scan"})
_UPGRADE = re.compile(r"[Uu]pgrade (?:the package )?\S+ (?:from \S+ )?to (?:version )?(\S+?)\.?")
_LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
_WEAKNESSES = frozenset({"cwe", "owasp"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of a GitLab security report."""
    return (
        isinstance(document, dict)
        and document.keys() >= {"version", "vulnerabilities"}
        and ("scan" in document or "remediations" in document)
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    scan = read.optional_object(report, "scan", ())
    items = read.required_objects(report, "vulnerabilities", ())
    _refuse_others(read, scan, items)
    scanner = read.optional_object(scan, "scanner", ("scan",))
    name, version = read.optional_texts(scanner, ("id", "version"), ("scan", "scanner"))
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, report, _MAPPED)
    return (
        ScanReport(
            source=origin.source(
                _NAME,
                version=read.text(report, "version", ()),
                tool=name,
                tool_version=version,
            ),
            scanner=(name or "gitlab").lower(),
            scanner_version=version,
            subject=_subject(read, items),
            finished_at=_time(read.optional_text(scan, "end_time", ("scan",))),
            distribution=_distribution(read, items),
            vulnerabilities=tuple(
                _vulnerability(read, item, ("vulnerabilities", index))
                for index, item in enumerate(items)
            ),
            unmapped=in_order(unmapped),
        ),
    )


def _refuse_others(read: FieldReader, scan: JsonObject, items: list[JsonObject]) -> None:
    kind, status = read.optional_texts(scan, ("type", "status"), ("scan",))
    if kind is None and items:
        kind = read.optional_text(items[0], "category", ("vulnerabilities", 0))
    if kind is not None and kind not in _TYPES:
        raise UnsupportedFormat(
            "is a GitLab report of a type that is not read",
            where=f"{read.where}/scan/type",
            found=kind,
            expected="container_scanning",
        )
    if status is not None and status != "success":
        raise ScanFailed(
            "is of a scan that failed",
            where=f"{read.where}/scan/status",
            found=status,
            expected="success",
        )


def _location(read: FieldReader, item: JsonObject, path: Path) -> JsonObject:
    return read.object(item, "location", path)


def _subject(read: FieldReader, items: list[JsonObject]) -> ReportedSubject:
    """Return the image that the findings name; without findings a report names none."""
    names = {
        name: None
        for index, item in enumerate(items)
        if (
            name := read.optional_text(
                _location(read, item, ("vulnerabilities", index)),
                "image",
                ("vulnerabilities", index, "location"),
            )
        )
    }
    if len(names) == 1:
        return image_named(next(iter(names)))
    return ReportedSubject(repo_tags=tuple(names))


def _distribution(read: FieldReader, items: list[JsonObject]) -> str | None:
    if not items:
        return None
    place = _location(read, items[0], ("vulnerabilities", 0))
    return read.optional_text(place, "operating_system", ("vulnerabilities", 0, "location"))


def _time(text: str | None) -> Instant | None:
    return moment(f"{text}Z" if text and _LOCAL_TIME.fullmatch(text) else text)


def _vulnerability(read: FieldReader, item: JsonObject, path: Path) -> Vulnerability:
    word, old_id, title, solution = read.optional_texts(
        item, ("severity", "cve", "name", "solution"), path
    )
    names, url = _identifiers(read, item, path)
    own = next((name for name in names if name.startswith("CVE-")), None) or (
        names[0] if names else old_id or read.text(item, "id", path)
    )
    match = _UPGRADE.fullmatch(solution or "")
    fixes = (match.group(1),) if match else ()
    unfixed = solution is None or solution.lower().startswith("no solution")
    return Vulnerability(
        id=own,
        aliases=tuple(name for name in names if name != own),
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        package=_package(read, item, path),
        fix_state=FixState.FIXED
        if fixes
        else (FixState.NOT_FIXED if unfixed else FixState.UNKNOWN),
        fixed_versions=fixes,
        title=title or read.optional_text(item, "message", path),
        url=url,
        pointer=json_pointer(path),
    )


def _identifiers(read: FieldReader, item: JsonObject, path: Path) -> tuple[list[str], str | None]:
    """Return the identifiers of the vulnerability itself, and the first address."""
    names: dict[str, None] = {}
    url = None
    for index, entry in enumerate(read.objects(item, "identifiers", path)):
        here = (*path, "identifiers", index)
        kind, value, name, address = read.optional_texts(
            entry, ("type", "value", "name", "url"), here
        )
        url = url or address
        if (kind or "").lower() not in _WEAKNESSES and (value or name):
            names[value or name or ""] = None
    return list(names), url


def _package(read: FieldReader, item: JsonObject, path: Path) -> AffectedPackage:
    here = (*path, "location")
    dependency = read.optional_object(_location(read, item, path), "dependency", here)
    inner = (*here, "dependency")
    package = read.optional_object(dependency, "package", inner)
    return AffectedPackage(
        name=read.text(package, "name", (*inner, "package")),
        version=read.optional_text(dependency, "version", inner) or "",
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
