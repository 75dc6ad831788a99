"""Sysdig's ``sysdig-cli-scanner --json-scan-result``, and exports of its reports as rows.

Source: Sysdig Secure documentation, vulnerability CLI scanner and reporting. A report of rows may
be filtered by severity or fix, and what was filtered out is not in it: such rows deny, and do not
count as a whole scan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

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
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    ReportedSubject,
    ScannerVerdict,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "sysdig-json"
_MAPPED = frozenset(
    {"metadata", "packages", "policyEvaluations", "layers"}
    # Counts of what is listed.
    | {"vulnTotalBySeverity", "fixableVulnTotalBySeverity"}
)
# The same facts by their names in the reports of 2023 and of 2025.
_ROWS_2023 = {
    "image": "imagePullString",
    "image_id": "imageId",
    "distribution": "osName",
    "id": "vulnName",
    "severity": "vulnSeverity",
    "url": "vulnLink",
    "cvss_version": "vulnCvssVersion",
    "cvss_score": "vulnCvssScore",
    "cvss_vector": "vulnCvssVector",
    "published": "vulnDisclosureDate",
    "fixed_at": "vulnSolutionDate",
    "exploit": "vulnExploitable",
    "fixed": "vulnFixVersion",
    "package": "packageName",
    "type": "packageType",
    "path": "packagePath",
    "version": "packageVersion",
    "kev": "vulnCisaKevPublishDate",
    "accepted": "vulnRiskAccepted",
}
_ROWS_2025 = {
    "image": "container_image",
    "image_id": "container_image_id",
    "distribution": "container_image_distro",
    "id": "vuln_id",
    "severity": "vuln_severity",
    "url": "vuln_link",
    "cvss_version": "vuln_cvss_version",
    "cvss_score": "vuln_cvss_score",
    "cvss_vector": "vuln_cvss_vector",
    "published": "vuln_disclosure_date",
    "fixed_at": "vuln_fix_available_date",
    "exploit": "vuln_has_exploit",
    "fixed": "vuln_fixed_in_version",
    "package": "scan_package_name",
    "type": "scan_package_type",
    "path": "scan_package_path",
    "version": "scan_package_version",
    "kev": "vuln_cisa_kev_publish_date",
    "accepted": "vuln_risk_accepted",
}
_FILTERED = "is a report of rows, which may leave out findings"


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has one of the three shapes."""
    if not isinstance(document, dict):
        return False
    scanner, result = document.get("scanner"), document.get("result")
    if isinstance(scanner, dict) and isinstance(result, dict):
        return scanner.get("name") == "sysdig-cli-scanner"
    if document.keys() >= {"panels", "schedule"}:
        return True
    data = document.get("data")
    return (
        isinstance(data, list)
        and bool(data)
        and all(isinstance(item, dict) and "vulnName" in item for item in data)
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the images, one report each."""
    read = FieldReader(origin.location)
    root = read.root(document)
    if "result" in root:
        return (_of_scanner(read, root, origin),)
    rows: list[tuple[JsonObject, Path]] = []
    unmapped: Counter[str] = Counter()
    names = _ROWS_2023
    if "panels" in root:
        names = _ROWS_2025
        for index, panel in enumerate(read.required_objects(root, "panels", ())):
            path: Path = ("panels", index)
            count_unmapped(unmapped, panel, frozenset({"data", "filters"}))
            for number_, item in enumerate(read.objects(panel, "data", path)):
                rows.append((item, (*path, "data", number_)))
    else:
        for index, item in enumerate(read.required_objects(root, "data", ())):
            rows.append((item, ("data", index)))
    first, *others = _of_rows(read, rows, names, origin)
    return (replace(first, unmapped=in_order(unmapped)), *others)


def _of_scanner(read: FieldReader, root: JsonObject, origin: Origin) -> ScanReport:
    scanner = read.object(root, "scanner", ())
    version = read.optional_text(scanner, "version", ("scanner",))
    info = read.optional_object(root, "info", ())
    result = read.object(root, "result", ())
    path: Path = ("result",)
    kind = read.optional_text(result, "type", path)
    metadata = read.object(result, "metadata", path)
    name, image_id, digest, system = read.optional_texts(
        metadata, ("pullString", "imageId", "digest", "baseOs"), (*path, "metadata")
    )
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, result, _MAPPED)
    for package in read.required_objects(result, "packages", path):
        count_unmapped(unmapped, package, frozenset({"vulns"}))
    found = [
        vulnerability
        for index, package in enumerate(read.required_objects(result, "packages", path))
        for vulnerability in _vulnerabilities(read, package, (*path, "packages", index))
    ]
    return ScanReport(
        source=origin.source(_NAME, tool="sysdig-cli-scanner", tool_version=version),
        scanner="sysdig",
        scanner_version=version,
        subject=image_named(
            name,
            digest=digest,
            image_id=image_id,
            other_than_image=None if kind in {None, "dockerImage", "ociImage"} else kind,
        ),
        finished_at=optional_instant(read, info, "scanTime", ("info",)),
        distribution=system,
        vulnerabilities=tuple(found),
        verdicts=tuple(_verdicts(read, result)),
        unmapped=in_order(unmapped),
    )


def _vulnerabilities(read: FieldReader, package: JsonObject, path: Path) -> Iterator[Vulnerability]:
    kind, name, version, file, layer = read.optional_texts(
        package, ("type", "name", "version", "path", "layerDigest"), path
    )
    for index, item in enumerate(read.objects(package, "vulns", path)):
        here = (*path, "vulns", index)
        severity = read.optional_object(item, "severity", here)
        word = read.optional_text(severity, "value", (*here, "severity")) or ""
        fixes = versions(plain(read.optional_text(item, "fixedInVersion", here)))
        accepted = read.optional_array(item, "acceptedRisks", here)
        yield Vulnerability(
            id=read.text(item, "name", here),
            severity=Severity.from_word(word),
            severity_word=word,
            package=AffectedPackage(
                name=name or read.text(package, "name", path),
                version=version or "",
                type=kind,
                path=file,
                layer=layer,
            ),
            fix_state=fix_of(fixes, FixState.NOT_FIXED),
            fixed_versions=fixes,
            status_word="accepted" if accepted else None,
            cvss=tuple(_cvss(read, item, here)),
            exploit_available=flag(read, item, "exploitable", here),
            published_at=moment(read.optional_text(item, "disclosureDate", here)),
            fixed_at=moment(read.optional_text(item, "solutionDate", here)) if fixes else None,
            pointer=json_pointer(here),
        )


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> Iterator[Cvss]:
    score = read.optional_object(item, "cvssScore", path)
    here = (*path, "cvssScore")
    value = read.optional_object(score, "value", here)
    inner = (*here, "value")
    found = rating(
        read,
        inner,
        source=read.optional_text(score, "sourceName", here) or "sysdig",
        vector=read.optional_text(value, "vector", inner),
        score=number(read, value, "score", inner),
        version=read.optional_text(value, "version", inner),
    )
    if found is not None:
        yield found


def _verdicts(read: FieldReader, result: JsonObject) -> Iterator[ScannerVerdict]:
    overall = read.optional_text(result, "policyEvaluationsResult", ("result",))
    if overall is not None:
        yield _verdict("all policies", overall, ("result", "policyEvaluationsResult"))
    for index, item in enumerate(read.objects(result, "policyEvaluations", ("result",))):
        path: Path = ("result", "policyEvaluations", index)
        word = read.text(item, "evaluationResult", path)
        yield _verdict(read.text(item, "name", path), word, path)


def _verdict(policy: str, word: str, path: Path) -> ScannerVerdict:
    return ScannerVerdict(
        policy=policy,
        passed={"passed": True, "failed": False}.get(word.lower()),
        word=word,
        reason=None,
        pointer=json_pointer(path),
    )


def _of_rows(
    read: FieldReader,
    rows: list[tuple[JsonObject, Path]],
    names: dict[str, str],
    origin: Origin,
) -> Iterator[ScanReport]:
    groups: dict[tuple[str | None, ...], list[Vulnerability]] = {}
    for item, path in rows:
        key = tuple(
            read.optional_texts(
                item, (names["image"], names["image_id"], names["distribution"]), path
            )
        )
        groups.setdefault(key, []).append(_row(read, item, path, names))
    if not groups:
        groups[None, None, None] = []
    for (image, image_id, system), found in groups.items():
        yield ScanReport(
            source=origin.source(_NAME, tool="sysdig"),
            scanner="sysdig",
            scanner_version=None,
            subject=image_named(image, image_id=image_id) if image else ReportedSubject(),
            distribution=system,
            covers_vulnerabilities=False,
            problem=_FILTERED,
            vulnerabilities=tuple(found),
        )


def _row(read: FieldReader, item: JsonObject, path: Path, names: dict[str, str]) -> Vulnerability:
    def text(field: str) -> str | None:
        return read.optional_text(item, names[field], path)

    word = text("severity") or ""
    fixes = versions(plain(text("fixed")))
    cvss = rating(
        read,
        path,
        source="sysdig",
        vector=text("cvss_vector"),
        score=number(read, item, names["cvss_score"], path),
        version=text("cvss_version"),
    )
    return Vulnerability(
        id=read.text(item, names["id"], path),
        severity=Severity.from_word(word),
        severity_word=word,
        package=AffectedPackage(
            name=read.text(item, names["package"], path),
            version=text("version") or "",
            type=text("type"),
            path=text("path"),
        ),
        fix_state=fix_of(fixes, FixState.NOT_FIXED),
        fixed_versions=fixes,
        status_word="accepted" if flag(read, item, names["accepted"], path) else None,
        cvss=() if cvss is None else (cvss,),
        exploit_available=flag(read, item, names["exploit"], path),
        known_exploited=True if text("kev") else None,
        url=text("url"),
        published_at=moment(text("published")),
        fixed_at=moment(text("fixed_at")) if fixes else None,
        pointer=json_pointer(path),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
