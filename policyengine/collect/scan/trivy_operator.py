"""Resources of the Trivy operator: one, a ``List``, or an object of lists by kind.

Source: aquasecurity/trivy-operator, pkg/apis/aquasecurity/v1alpha1. Vulnerabilities and secrets are
of an image; the checks of configuration, RBAC, infrastructure and compliance are of Kubernetes'
own resources.
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
    as_object,
    digests,
    fix_of,
    flag,
    moment,
    number,
    rating,
    versions,
)
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    Misconfiguration,
    ReportedSubject,
    ScanReport,
    ScanSecret,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "trivy-operator"
_GROUP = "aquasecurity.github.io"
_OF_IMAGES = frozenset({"VulnerabilityReport", "ClusterVulnerabilityReport", "ExposedSecretReport"})
_OF_RESOURCES = frozenset(
    {"ConfigAuditReport", "ClusterConfigAuditReport", "RbacAssessmentReport"}
    | {"ClusterRbacAssessmentReport", "InfraAssessmentReport", "ClusterInfraAssessmentReport"}
    | {"ClusterComplianceReport"}
)


_MAPPED = frozenset({"checks", "detailReport", "scanner", "summary", "summaryReport"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is made of the operator's resources."""
    if not isinstance(document, dict) or not document:
        return False
    if document.get("kind") == "List":
        items = document.get("items")
        return isinstance(items, list) and bool(items) and all(_is_resource(i) for i in items)
    return _is_resource(document) or all(
        name.endswith("." + _GROUP) and isinstance(items, list) for name, items in document.items()
    )


def _is_resource(item: JsonValue) -> bool:
    return isinstance(item, dict) and str(item.get("apiVersion", "")).startswith(_GROUP + "/")


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the resources, one report each."""
    read = FieldReader(origin.location)
    root = read.root(document)
    unread: Counter[str] = Counter()
    reports = [
        report
        for item, path in _resources(read, root)
        if (report := _report(read, item, path, origin, unread)) is not None
    ]
    if not reports:
        raise UnsupportedFormat(
            "has no resource of the Trivy operator that is read",
            where=origin.location,
            found=", ".join(sorted(unread)) or "none",
            expected=", ".join(sorted(_OF_IMAGES | _OF_RESOURCES)),
        )
    # What other kinds of resources say is counted beside the first report.
    unmapped = Counter(dict(reports[0].unmapped))
    unmapped.update({f"resources of kind {kind}": count for kind, count in unread.items()})
    return (replace(reports[0], unmapped=in_order(unmapped)), *reports[1:])


def _resources(read: FieldReader, root: JsonObject) -> Iterator[tuple[JsonObject, Path]]:
    if root.get("kind") == "List":
        for index, item in enumerate(read.objects(root, "items", ())):
            yield item, ("items", index)
    elif "apiVersion" in root:
        yield root, ()
    else:
        for name in root:
            for index, value in enumerate(read.array(root, name, ())):
                yield as_object(read, value, (name, index)), (name, index)


def _report(
    read: FieldReader, item: JsonObject, path: Path, origin: Origin, unread: Counter[str]
) -> ScanReport | None:
    kind = read.text(item, "kind", path)
    if kind not in _OF_IMAGES | _OF_RESOURCES:
        unread[kind] += 1
        return None
    # A compliance report keeps what it found in its status.
    field = "status" if kind == "ClusterComplianceReport" else "report"
    report = read.object(item, field, path)
    here = (*path, field)
    scanner = read.optional_object(report, "scanner", here)
    version = read.optional_text(scanner, "version", (*here, "scanner"))
    system = read.optional_object(report, "os", here)
    family, release = read.optional_texts(system, ("family", "name"), (*here, "os"))
    unmapped: Counter[str] = Counter()
    of_vulnerabilities = kind.endswith("VulnerabilityReport")
    vulnerabilities = list(_vulnerabilities(read, report, here)) if of_vulnerabilities else []
    secrets = list(_secrets(read, report, here)) if kind == "ExposedSecretReport" else []
    checks = [] if kind in _OF_IMAGES else list(_checks(read, report, here, unmapped))
    return ScanReport(
        source=origin.source(
            _NAME,
            version=read.text(item, "apiVersion", path).rpartition("/")[2],
            tool="trivy",
            tool_version=version,
        ),
        scanner="trivy",
        scanner_version=version,
        subject=_image(read, report, here)
        if kind in _OF_IMAGES
        else _resource(read, item, path, kind),
        finished_at=optional_instant(read, report, "updateTimestamp", here),
        distribution=" ".join(part for part in (family, release) if part) or None,
        end_of_life=flag(read, system, "eosl", (*here, "os")),
        covers_vulnerabilities=of_vulnerabilities,
        vulnerabilities=tuple(vulnerabilities),
        secrets=tuple(secrets),
        misconfigurations=tuple(checks),
        unmapped=in_order(unmapped),
    )


def _image(read: FieldReader, report: JsonObject, path: Path) -> ReportedSubject:
    artifact = read.object(report, "artifact", path)
    repository, tag, digest = read.optional_texts(
        artifact, ("repository", "tag", "digest"), (*path, "artifact")
    )
    registry = read.optional_object(report, "registry", path)
    server = read.optional_text(registry, "server", (*path, "registry"))
    # Docker Hub under the name of its old index.
    host = "docker.io" if server == "index.docker.io" else server
    name = "/".join(part for part in (host, repository) if part)
    if not name:
        return ReportedSubject(digests=digests(digest))
    return ReportedSubject(
        name=f"{name}:{tag}" if tag else name,
        # What the workload names with a digest is the manifest, or an index over it.
        digests=digests(digest),
        repo_tags=(f"{name}:{tag}",) if tag else (),
    )


def _resource(read: FieldReader, item: JsonObject, path: Path, kind: str) -> ReportedSubject:
    metadata = read.optional_object(item, "metadata", path)
    name = read.optional_text(metadata, "name", (*path, "metadata"))
    return ReportedSubject(name=name, other_than_image=f"resource of a {kind}")


def _vulnerabilities(read: FieldReader, report: JsonObject, path: Path) -> Iterator[Vulnerability]:
    for index, item in enumerate(read.required_objects(report, "vulnerabilities", path)):
        here = (*path, "vulnerabilities", index)
        word, version, fixed, title, link, purl, kind, file = read.optional_texts(
            item,
            (
                *("severity", "installedVersion", "fixedVersion", "title", "primaryLink"),
                *("packagePURL", "packageType", "packagePath"),
            ),
            here,
        )
        fixes = versions(fixed)
        yield Vulnerability(
            id=read.text(item, "vulnerabilityID", here),
            severity=Severity.from_word(word or ""),
            severity_word=word or "",
            package=AffectedPackage(
                name=read.text(item, "resource", here),
                version=version or "",
                purl=purl,
                type=kind,
                path=file or read.optional_text(item, "target", here),
            ),
            fix_state=fix_of(fixes, FixState.NOT_FIXED),
            fixed_versions=fixes,
            cvss=tuple(_cvss(read, item, here)),
            title=title,
            url=link,
            published_at=moment(read.optional_text(item, "publishedDate", here)),
            modified_at=moment(read.optional_text(item, "lastModifiedDate", here)),
            pointer=json_pointer(here),
        )


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> Iterator[Cvss]:
    source = read.optional_text(item, "cvsssource", path) or "trivy"
    found = rating(read, path, source=source, vector=None, score=number(read, item, "score", path))
    if found is not None:
        yield found


def _secrets(read: FieldReader, report: JsonObject, path: Path) -> Iterator[ScanSecret]:
    for index, item in enumerate(read.required_objects(report, "secrets", path)):
        here = (*path, "secrets", index)
        word, title, target = read.optional_texts(item, ("severity", "title", "target"), here)
        yield ScanSecret(
            rule_id=read.text(item, "ruleID", here),
            title=title or "",
            severity=Severity.from_word(word or ""),
            severity_word=word or "",
            path=target or "",
            start_line=None,
            layer=None,
            pointer=json_pointer(here),
        )


def _checks(
    read: FieldReader, report: JsonObject, path: Path, unmapped: Counter[str]
) -> Iterator[Misconfiguration]:
    count_unmapped(unmapped, report, _MAPPED)
    for index, item in enumerate(read.objects(report, "checks", path)):
        yield from _check(read, item, (*path, "checks", index), unmapped)
    detail = read.optional_object(report, "detailReport", path)
    count_unmapped(unmapped, detail, frozenset({"results", "relatedResources"}))
    for index, control in enumerate(read.objects(detail, "results", (*path, "detailReport"))):
        here = (*path, "detailReport", "results", index)
        count_unmapped(unmapped, control, frozenset({"checks"}))
        for number_, item in enumerate(read.objects(control, "checks", here)):
            yield from _check(read, item, (*here, "checks", number_), unmapped, control)


def _check(
    read: FieldReader,
    item: JsonObject,
    path: Path,
    unmapped: Counter[str],
    control: JsonObject | None = None,
) -> Iterator[Misconfiguration]:
    if flag(read, item, "success", path):
        unmapped["checks that passed"] += 1
        return
    word, title, target = read.optional_texts(item, ("severity", "title", "target"), path)
    identifier = read.optional_text(item, "checkID", path)
    if control is not None:
        word = word or read.optional_text(control, "severity", path[:-2])
        identifier = identifier or read.optional_text(control, "id", path[:-2])
    yield Misconfiguration(
        id=identifier or title or read.text(item, "checkID", path),
        title=title or "",
        message="; ".join(read.texts(item, "messages", path)),
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        path=target,
        pointer=json_pointer(path),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
