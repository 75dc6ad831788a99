"""Wiz's ``wizcli docker scan --format json``.

Source: Wiz documentation, wizcli output. A scan has a state, and a verdict by its policies.
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
from policyengine.collect.scan.fields import (
    fix_of,
    flag,
    image_named,
    moment,
    number,
    plain,
    rating,
    versions,
)
from policyengine.errors import ScanFailed
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    ScannerVerdict,
    ScanReport,
    ScanSecret,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "wiz-json"
_PACKAGES = ("osPackages", "libraries", "applications", "cpes")
_MAPPED = frozenset({*_PACKAGES, "secrets", "analytics", "failedPolicyMatches"})
_VERDICTS = {"PASSED_BY_POLICY": True, "FAILED_BY_POLICY": False}
_COUNTS = ("infoCount", "lowCount", "mediumCount", "highCount", "criticalCount")


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of a Wiz scan."""
    return (
        isinstance(document, dict)
        and document.keys() >= {"status", "result", "scanOriginResource"}
        and isinstance(status := document["status"], dict)
        and "state" in status
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    root = read.root(document)
    status = read.object(root, "status", ())
    state = read.text(status, "state", ("status",))
    if state != "SUCCESS":
        raise ScanFailed(
            "is of a scan that failed or has not ended",
            where=f"{origin.location}/status/state",
            found=state,
            expected="SUCCESS",
        )
    result = read.object(root, "result", ())
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, result, _MAPPED)
    found = list(_vulnerabilities(read, result))
    problem = _left_out(read, result, len(found))
    resource = read.object(root, "scanOriginResource", ())
    name, identifier, digest = read.optional_texts(
        resource, ("name", "id", "digest"), ("scanOriginResource",)
    )
    verdict = read.optional_text(status, "verdict", ("status",))
    return (
        ScanReport(
            source=origin.source(_NAME, tool="wiz"),
            scanner="wiz",
            scanner_version=None,
            subject=image_named(name, digest=digest, image_id=identifier),
            finished_at=optional_instant(read, root, "createdAt", ()),
            covers_vulnerabilities=problem is None,
            problem=problem,
            vulnerabilities=tuple(found),
            secrets=tuple(_secrets(read, result)),
            verdicts=()
            if verdict is None
            else (
                ScannerVerdict(
                    policy="all policies",
                    passed=_VERDICTS.get(verdict),
                    word=verdict,
                    reason=None,
                    pointer="/status/verdict",
                ),
            ),
            unmapped=in_order(unmapped),
        ),
    )


def _left_out(read: FieldReader, result: JsonObject, listed: int) -> str | None:
    analytics = read.optional_object(result, "analytics", ("result",))
    path: Path = ("result", "analytics")
    counts = read.optional_object(analytics, "vulnerabilities", path)
    if not counts:
        return "does not say that vulnerabilities were looked for"
    counted = sum(
        read.optional_integer(counts, name, (*path, "vulnerabilities")) or 0 for name in _COUNTS
    )
    if counted > listed:
        return f"counts {counted} vulnerabilities and lists {listed}"
    return None


def _vulnerabilities(read: FieldReader, result: JsonObject) -> Iterator[Vulnerability]:
    for field in _PACKAGES:
        for index, item in enumerate(read.objects(result, field, ("result",))):
            path: Path = ("result", field, index)
            package = _package(read, item, path)
            for number_, found in enumerate(read.objects(item, "vulnerabilities", path)):
                yield _vulnerability(read, found, (*path, "vulnerabilities", number_), package)


def _package(read: FieldReader, item: JsonObject, path: Path) -> AffectedPackage:
    version, file, method = read.optional_texts(item, ("version", "path", "detectionMethod"), path)
    layer = read.optional_object(item, "layerMetadata", path)
    return AffectedPackage(
        name=read.text(item, "name", path),
        version=version or "",
        type=method.lower() if method else None,
        path=file,
        layer=read.optional_text(layer, "id", (*path, "layerMetadata")),
    )


def _vulnerability(
    read: FieldReader, item: JsonObject, path: Path, package: AffectedPackage
) -> Vulnerability:
    word, fixed, source = read.optional_texts(item, ("severity", "fixedVersion", "source"), path)
    fixes = versions(plain(fixed))
    cvss = rating(read, path, source="wiz", vector=None, score=number(read, item, "score", path))
    return Vulnerability(
        id=read.text(item, "name", path),
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        package=package,
        fix_state=fix_of(fixes, FixState.NOT_FIXED),
        fixed_versions=fixes,
        cvss=() if cvss is None else (cvss,),
        known_exploited=flag(read, item, "hasCisaKevExploit", path),
        exploit_available=flag(read, item, "hasExploit", path),
        url=source,
        published_at=moment(read.optional_text(item, "publishDate", path)),
        fixed_at=moment(read.optional_text(item, "fixPublishDate", path)),
        pointer=json_pointer(path),
    )


def _secrets(read: FieldReader, result: JsonObject) -> Iterator[ScanSecret]:
    for index, item in enumerate(read.objects(result, "secrets", ("result",))):
        path: Path = ("result", "secrets", index)
        word, file = read.optional_texts(item, ("severity", "path"), path)
        kind = read.text(item, "type", path)
        yield ScanSecret(
            rule_id=kind,
            # A description quotes what is around the secret, and is left alone.
            title=kind,
            severity=Severity.from_word(word or ""),
            severity_word=word or "",
            path=file or "",
            start_line=read.optional_integer(item, "lineNumber", path),
            layer=None,
            pointer=json_pointer(path),
        )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
