"""Prisma Cloud (Twistlock): ``twistcli images scan --output-file``, and the API's export of images.

Source: Palo Alto Networks, Prisma Cloud Compute API, ``/api/v1/scans`` and ``/api/v1/images``.
Three shapes: an object with ``results``, a list of scans with ``entityInfo``, a list of images.
"""

from __future__ import annotations

from collections import Counter

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.scan.fields import digests, image_named, number, rating, versions
from policyengine.collect.scan.identifiers import cves_in
from policyengine.errors import MalformedEvidence
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path, described
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    Misconfiguration,
    ReportedSubject,
    ScannerVerdict,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "prisma-cloud-json"
_COUNTS = ("vulnerabilityDistribution", "complianceDistribution")
_MAPPED = frozenset(
    {"entityInfo", "vulnerabilities", "repoTag", "tags", "repoDigests"}
    # What groups images in the console, and the image's history, which the image itself has.
    | {*_COUNTS, "collections", "history", "results", "installedProducts", "layers"}
    | {"compliances", "complianceIssues", "allCompliance"}
)
_COMPLIANCE = ("compliances", "complianceIssues")
_TEXTS = (
    *("id", "cve", "severity", "status", "vector", "link", "packageType", "packagePath"),
    "layerDigest",
)
_STATES = {
    "will not fix": FixState.WONT_FIX,
    "won't fix": FixState.WONT_FIX,
    "wont_fix": FixState.WONT_FIX,
    "end of life": FixState.WONT_FIX,
    "affected": FixState.NOT_FIXED,
    "open": FixState.NOT_FIXED,
    "needed": FixState.NOT_FIXED,
    "deferred": FixState.NOT_FIXED,
    "pending": FixState.NOT_FIXED,
}


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has one of the three shapes."""
    if isinstance(document, list):
        return bool(document) and all(_is_scan(item) or _is_image(item) for item in document)
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        return False
    results = document["results"]
    assert isinstance(results, list)
    return "consoleURL" in document or (
        bool(results)
        and all(isinstance(item, dict) and item.keys() & set(_COUNTS) for item in results)
    )


def _is_scan(item: JsonValue) -> bool:
    return isinstance(item, dict) and "entityInfo" in item


def _is_image(item: JsonValue) -> bool:
    return isinstance(item, dict) and item.keys() >= {"repoTag", "vulnerabilities"}


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the images, one report each."""
    read = FieldReader(origin.location)
    reports = [
        _report(read, item, path, entity, origin) for item, path, entity in _results(read, document)
    ]
    if not reports:
        raise MalformedEvidence(
            "has no result", where=f"{origin.location}/results", hint="scan the image again"
        )
    return tuple(reports)


def _results(
    read: FieldReader, document: JsonValue
) -> list[tuple[JsonObject, Path, JsonObject | None]]:
    """Return each result with its place, and the object that names its image if that is another."""
    found: list[tuple[JsonObject, Path, JsonObject | None]] = []
    if isinstance(document, dict):
        for index, item in enumerate(read.objects(document, "results", ())):
            found.append((item, ("results", index), None))
        return found
    assert isinstance(document, list)
    for number_, scan in enumerate(document):
        if not isinstance(scan, dict):
            raise read.wrong((number_,), described(scan), "an object")
        if "entityInfo" not in scan:
            found.append((scan, (number_,), None))
            continue
        entity = read.object(scan, "entityInfo", (number_,))
        if "results" not in scan:
            found.append((entity, (number_, "entityInfo"), None))
            continue
        for index, item in enumerate(read.objects(scan, "results", (number_,))):
            found.append((item, (number_, "results", index), entity))
    return found


def _report(
    read: FieldReader, item: JsonObject, path: Path, entity: JsonObject | None, origin: Origin
) -> ScanReport:
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, item, _MAPPED)
    named = item if entity is None else entity
    vulnerabilities = [
        _vulnerability(read, found, (*path, "vulnerabilities", index))
        for index, found in enumerate(read.objects(item, "vulnerabilities", path))
    ]
    checks = [
        _check(read, found, (*path, name, index))
        for name in _COMPLIANCE
        for index, found in enumerate(read.objects(item, name, path))
    ]
    problem = _left_out(read, item, path, len(vulnerabilities), len(checks))
    return ScanReport(
        source=origin.source(_NAME, tool="prisma-cloud"),
        scanner="prisma-cloud",
        scanner_version=read.optional_text(item, "scanVersion", path),
        subject=_subject(read, named, path),
        finished_at=optional_instant(read, item, "scanTime", path),
        distribution=read.optional_text(named, "distro", path),
        covers_vulnerabilities=problem is None,
        problem=problem,
        vulnerabilities=tuple(vulnerabilities),
        misconfigurations=tuple(checks),
        verdicts=_verdicts(item, path),
        unmapped=in_order(unmapped),
    )


def _left_out(
    read: FieldReader, item: JsonObject, path: Path, vulnerabilities: int, checks: int
) -> str | None:
    """Say what is counted and not listed: ``twistcli`` without details writes only the counts."""
    for name, listed in zip(_COUNTS, (vulnerabilities, checks), strict=True):
        counts = read.optional_object(item, name, path)
        total = sum(
            read.optional_integer(counts, word, (*path, name)) or 0
            for word in ("critical", "high", "medium", "low")
        )
        if total > listed:
            return f"{name} counts {total}, and {listed} are listed"
    if "vulnerabilities" not in item and "vulnerabilityDistribution" not in item:
        return "does not say whether vulnerabilities were looked for"
    error = read.optional_text(item, "err", path)
    return f"the scan failed: {error}" if error else None


def _subject(read: FieldReader, item: JsonObject, path: Path) -> ReportedSubject:
    name, identifier, other, digest, kind = read.optional_texts(
        item, ("name", "id", "_id", "digest", "type"), path
    )
    tag = read.optional_object(item, "repoTag", path)
    registry, repository, label = read.optional_texts(
        tag, ("registry", "repo", "tag"), (*path, "repoTag")
    )
    tags: tuple[str, ...] = ()
    if repository and label:
        prefix = f"{registry}/" if registry else ""
        tags = (f"{prefix}{repository}:{label}",)
    subject = image_named(
        name,
        digest=digest,
        image_id=identifier or other,
        other_than_image=kind if kind in {"host", "function", "vm"} else None,
    )
    return ReportedSubject(
        name=subject.name,
        other_than_image=subject.other_than_image,
        image_ids=subject.image_ids,
        digests=subject.digests,
        repo_tags=tags,
        repo_digests=(*subject.repo_digests, *digests(*read.texts(item, "repoDigests", path))),
    )


def _verdicts(item: JsonObject, path: Path) -> tuple[ScannerVerdict, ...]:
    found = []
    for field, policy in (
        ("vulnerabilityScanPassed", "vulnerabilities"),
        ("complianceScanPassed", "compliance"),
    ):
        passed = item.get(field)
        if isinstance(passed, bool):
            found.append(
                ScannerVerdict(
                    policy=policy,
                    passed=passed,
                    word="passed" if passed else "failed",
                    reason=None,
                    pointer=json_pointer((*path, field)),
                )
            )
    return tuple(found)


def _vulnerability(read: FieldReader, item: JsonObject, path: Path) -> Vulnerability:
    identifier, cve, word, status, vector, link, kind, where, layer = read.optional_texts(
        item, _TEXTS, path
    )
    own = cve or identifier or read.text(item, "id", path)
    state, fixed = _fix(status or "")
    cvss = rating(
        read, path, source="prisma-cloud", vector=vector, score=number(read, item, "cvss", path)
    )
    return Vulnerability(
        id=own,
        aliases=tuple(name for name in cves_in((identifier or "",)) if name != own),
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        package=AffectedPackage(
            name=read.text(item, "packageName", path),
            version=read.optional_text(item, "packageVersion", path) or "",
            type=kind,
            path=where,
            layer=layer,
        ),
        fix_state=state,
        fixed_versions=fixed,
        status_word=status,
        cvss=() if cvss is None else (cvss,),
        url=link,
        published_at=optional_instant(read, item, "publishedDate", path),
        fixed_at=optional_instant(read, item, "fixDate", path) if fixed else None,
        pointer=json_pointer(path),
    )


def _fix(status: str) -> tuple[FixState, tuple[str, ...]]:
    words = status.strip().lower()
    if words.startswith("fixed in "):
        return FixState.FIXED, versions(status.strip()[len("fixed in ") :])
    return _STATES.get(words, FixState.UNKNOWN), ()


def _check(read: FieldReader, item: JsonObject, path: Path) -> Misconfiguration:
    word, title, cause, text = read.optional_texts(
        item, ("severity", "title", "cause", "description"), path
    )
    identifier = item.get("id")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int):
        raise read.wrong((*path, "id"), described(identifier), "a string or an integer")
    return Misconfiguration(
        id=str(identifier),
        title=title or "",
        message=cause or text or "",
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        path=read.optional_text(item, "packagePath", path),
        pointer=json_pointer(path),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
