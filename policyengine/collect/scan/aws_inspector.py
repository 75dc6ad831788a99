"""Findings of Amazon Inspector (``aws inspector2 list-findings``) and of ECR's image scans.

Source: the API references of Inspector 2 (``Finding``) and of ECR (``DescribeImageScanFindings``,
basic and enhanced). Inspector's findings are of many resources: one report a resource.
An empty list of findings does not say what was scanned, nor that anything was.
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
from policyengine.collect.scan.aws_images import (
    EXPLOIT_WORDS,
    ResourceFindings,
    ecr_image,
    fixed_versions,
    package_version,
)
from policyengine.collect.scan.fields import (
    fix_of,
    image_named,
    number,
    plain,
    rating,
    share,
    versions,
)
from policyengine.collect.scan.identifiers import cves_in
from policyengine.errors import ScanFailed
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
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "aws-inspector"
_FINISHED = frozenset({"COMPLETE", "ACTIVE"})
_BASIC = frozenset({"findings", "enhancedFindings", "findingSeverityCounts"})
_FIX_WORDS = {"NO": FixState.NOT_FIXED, "YES": FixState.FIXED}


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is a list of Inspector's findings, or an ECR scan."""
    if not isinstance(document, dict):
        return False
    if "imageScanStatus" in document or "imageScanFindings" in document:
        return True
    findings = document.get("findings")
    return (
        isinstance(findings, list)
        and document.keys() <= {"findings", "nextToken"}
        and all(isinstance(item, dict) and "SchemaVersion" not in item for item in findings)
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the findings, one report for each resource."""
    read = FieldReader(origin.location)
    root = read.root(document)
    if "imageScanStatus" in root or "imageScanFindings" in root:
        return (_ecr(read, root, origin),)
    groups: dict[tuple[str, str], ResourceFindings] = {}
    for index, item in enumerate(read.required_objects(root, "findings", ())):
        _add(read, item, ("findings", index), groups)
    problem = (
        "has only the first findings: nextToken is set"
        if read.optional_text(root, "nextToken", ()) is not None
        else None
    )
    if not groups:
        groups["", ""] = ResourceFindings(ReportedSubject())
        problem = "has no finding, and does not say what was scanned"
    return tuple(
        ScanReport(
            source=origin.source(_NAME, tool="aws-inspector"),
            scanner="aws-inspector",
            scanner_version=None,
            subject=group.subject,
            distribution=group.distribution,
            covers_vulnerabilities=problem is None,
            problem=problem,
            vulnerabilities=tuple(group.vulnerabilities),
            misconfigurations=tuple(group.misconfigurations),
        )
        for group in groups.values()
    )


def _add(
    read: FieldReader,
    item: JsonObject,
    path: Path,
    groups: dict[tuple[str, str], ResourceFindings],
) -> None:
    account = read.optional_text(item, "awsAccountId", path)
    found = list(_vulnerabilities(read, item, path))
    resources = read.required_objects(item, "resources", path)
    if not resources:
        raise read.wrong((*path, "resources"), "no resource", "at least one")
    for index, resource in enumerate(resources):
        here = (*path, "resources", index)
        kind = read.text(resource, "type", here)
        name = read.text(resource, "id", here)
        group = groups.get((kind, name))
        if group is None:
            group = groups[kind, name] = _group(read, resource, here, account)
        group.vulnerabilities += found
        if "packageVulnerabilityDetails" not in item:
            group.misconfigurations.append(_check(read, item, path))


def _group(
    read: FieldReader, resource: JsonObject, path: Path, account: str | None
) -> ResourceFindings:
    kind, name, region = read.optional_texts(resource, ("type", "id", "region"), path)
    if kind != "AWS_ECR_CONTAINER_IMAGE":
        return ResourceFindings(ReportedSubject(name=name, other_than_image=kind))
    details = read.optional_object(resource, "details", path)
    here = (*path, "details", "awsEcrContainerImage")
    image = read.optional_object(details, "awsEcrContainerImage", here[:-1])
    registry, repository, digest, platform = read.optional_texts(
        image, ("registry", "repositoryName", "imageHash", "platform"), here
    )
    # The identifier ends with the digest, which stands for an image without details.
    digest = digest or (name or "").rpartition("/")[2] or None
    subject = ecr_image(
        account=registry or account,
        region=region,
        repository=repository,
        digest=digest,
        tags=read.texts(image, "imageTags", here),
    )
    return ResourceFindings(subject, platform)


def _check(read: FieldReader, item: JsonObject, path: Path) -> Misconfiguration:
    kind, title, text, word = read.optional_texts(
        item, ("type", "title", "description", "severity"), path
    )
    code = read.optional_object(item, "codeVulnerabilityDetails", path)
    here = (*path, "codeVulnerabilityDetails")
    file = read.optional_object(code, "filePath", here)
    return Misconfiguration(
        id=read.optional_text(code, "ruleId", here) or kind or read.text(item, "type", path),
        title=title or "",
        message=text or "",
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        path=read.optional_text(file, "filePath", (*here, "filePath")),
        pointer=json_pointer(path),
    )


def _vulnerabilities(read: FieldReader, item: JsonObject, path: Path) -> Iterator[Vulnerability]:
    """Return one vulnerability for each package of a finding."""
    if "packageVulnerabilityDetails" not in item:
        return
    details = read.object(item, "packageVulnerabilityDetails", path)
    here = (*path, "packageVulnerabilityDetails")
    word, status, title, fix, exploit = read.optional_texts(
        item, ("severity", "status", "title", "fixAvailable", "exploitAvailable"), path
    )
    own = read.text(details, "vulnerabilityId", here)
    epss = read.optional_object(item, "epss", path)
    packages = read.required_objects(details, "vulnerablePackages", here)
    if not packages:
        raise read.wrong((*here, "vulnerablePackages"), "no package", "at least one")
    related = read.texts(details, "relatedVulnerabilities", here)
    for index, package in enumerate(packages):
        at = (*here, "vulnerablePackages", index)
        fixes = fixed_versions(read.optional_text(package, "fixedInVersion", at))
        yield Vulnerability(
            id=own,
            aliases=tuple(name for name in cves_in(related) if name != own),
            severity=Severity.from_word(word or ""),
            severity_word=word or "",
            package=_package(read, package, at),
            fix_state=fix_of(fixes, _FIX_WORDS.get(fix or "", FixState.UNKNOWN)),
            fixed_versions=fixes,
            status_word=status,
            cvss=tuple(_cvss(read, details, here)),
            epss_score=share(read, epss, "score", (*path, "epss")),
            exploit_available=EXPLOIT_WORDS.get(exploit or ""),
            title=title,
            url=read.optional_text(details, "sourceUrl", here),
            published_at=optional_instant(read, details, "vendorCreatedAt", here),
            modified_at=optional_instant(read, details, "vendorUpdatedAt", here),
            pointer=json_pointer(at),
        )


def _package(read: FieldReader, item: JsonObject, path: Path) -> AffectedPackage:
    version, release, kind, file, layer = read.optional_texts(
        item, ("version", "release", "packageManager", "filePath", "sourceLayerHash"), path
    )
    epoch = read.optional_integer(item, "epoch", path)
    return AffectedPackage(
        name=read.text(item, "name", path),
        version=package_version(version, release, epoch),
        type=kind.lower() if kind else None,
        path=file,
        layer=layer,
    )


def _cvss(read: FieldReader, details: JsonObject, path: Path) -> Iterator[Cvss]:
    for index, item in enumerate(read.objects(details, "cvss", path)):
        here = (*path, "cvss", index)
        found = rating(
            read,
            here,
            source=(read.optional_text(item, "source", here) or "unknown").lower(),
            vector=read.optional_text(item, "scoringVector", here),
            score=number(read, item, "baseScore", here),
            version=read.optional_text(item, "version", here),
        )
        if found is not None:
            yield found


def _ecr(read: FieldReader, root: JsonObject, origin: Origin) -> ScanReport:
    status = read.object(root, "imageScanStatus", ())
    word = read.text(status, "status", ("imageScanStatus",))
    if word not in _FINISHED:
        reason = read.optional_text(status, "description", ("imageScanStatus",))
        raise ScanFailed(
            "is of a scan that failed or has not ended",
            where=f"{origin.location}/imageScanStatus/status",
            found=f"{word}: {reason}" if reason else word,
            expected="COMPLETE",
        )
    path: Path = ("imageScanFindings",)
    scan = read.object(root, "imageScanFindings", ())
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, scan, _BASIC)
    found = [
        _basic(read, item, (*path, "findings", index))
        for index, item in enumerate(read.objects(scan, "findings", path))
    ]
    checks: list[Misconfiguration] = []
    enhanced = read.objects(scan, "enhancedFindings", path)
    for index, item in enumerate(enhanced):
        here = (*path, "enhancedFindings", index)
        found += _vulnerabilities(read, item, here)
        if "packageVulnerabilityDetails" not in item:
            checks.append(_check(read, item, here))
    counts = read.optional_object(scan, "findingSeverityCounts", path)
    counted = sum(
        read.optional_integer(counts, name, (*path, "findingSeverityCounts")) or 0
        for name in counts
    )
    listed = len(read.objects(scan, "findings", path)) + len(enhanced)
    problem = None
    if counted > listed or read.optional_text(root, "nextToken", ()) is not None:
        problem = f"has {listed} of {counted} findings"
    registry, repository = read.optional_texts(root, ("registryId", "repositoryName"), ())
    identity = read.optional_object(root, "imageId", ())
    digest, tag = read.optional_texts(identity, ("imageDigest", "imageTag"), ("imageId",))
    named = f"{repository}:{tag}" if repository and tag else None
    subject = image_named(None, digest=digest)
    return ScanReport(
        source=origin.source(_NAME, tool="aws-ecr"),
        scanner="aws-ecr",
        scanner_version=None,
        subject=ReportedSubject(
            name=f"{registry}/{repository}" if registry else repository,
            digests=subject.digests,
            unqualified_names=(named,) if named else (),
        ),
        database_built_at=optional_instant(read, scan, "vulnerabilitySourceUpdatedAt", path),
        finished_at=optional_instant(read, scan, "imageScanCompletedAt", path),
        covers_vulnerabilities=problem is None,
        problem=problem,
        vulnerabilities=tuple(found),
        misconfigurations=tuple(checks),
        unmapped=in_order(unmapped),
    )


def _basic(read: FieldReader, item: JsonObject, path: Path) -> Vulnerability:
    attributes = {
        read.text(entry, "key", (*path, "attributes", index)): entry
        for index, entry in enumerate(read.objects(item, "attributes", path))
    }

    def attribute(name: str) -> str | None:
        entry = attributes.get(name)
        return None if entry is None else read.optional_text(entry, "value", (*path, "attributes"))

    ratings = [
        rating(
            read,
            path,
            source="aws-ecr",
            vector=attribute(f"{prefix}_VECTOR"),
            score=number(read, {"score": attribute(f"{prefix}_SCORE")}, "score", path),
            version=version,
        )
        for prefix, version in (("CVSS2", "2.0"), ("CVSS3", "3"), ("CVSS4", "4.0"))
    ]
    word = read.optional_text(item, "severity", path) or ""
    fixes = versions(plain(attribute("fixed_in_version")))
    return Vulnerability(
        id=read.text(item, "name", path),
        severity=Severity.from_word(word),
        severity_word=word,
        package=AffectedPackage(
            name=attribute("package_name") or "", version=attribute("package_version") or ""
        ),
        fix_state=fix_of(fixes, FixState.UNKNOWN),
        fixed_versions=fixes,
        cvss=tuple(entry for entry in ratings if entry is not None),
        url=read.optional_text(item, "uri", path),
        pointer=json_pointer(path),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
