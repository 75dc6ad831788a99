"""Findings of AWS Security Hub in the AWS Security Finding Format (ASFF), one report a resource.

Source: AWS Security Hub user guide, ASFF syntax, schema 2018-10-08. A finding with
``Vulnerabilities`` is one for each of their packages; others are checks, read where they did not
pass. Archived, resolved and suppressed findings are read with that status.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyengine.collect.format import Origin, ReportFormat, in_order, optional_instant
from policyengine.collect.scan.aws_images import (
    EXPLOIT_WORDS,
    ResourceFindings,
    ecr_image,
    fixed_versions,
    package_version,
)
from policyengine.collect.scan.fields import (
    as_object,
    fix_of,
    number,
    rating,
    share,
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
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "asff"
_VERSION = "2018-10-08"
_FIX_WORDS = {"NO": FixState.NOT_FIXED, "YES": FixState.FIXED, "PARTIAL": FixState.FIXED}


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is a list of findings, bare or under ``Findings``."""
    if isinstance(document, dict):
        document = document.get("Findings", document.get("findings"))
    return (
        isinstance(document, list)
        and bool(document)
        and all(
            isinstance(item, dict) and item.keys() >= {"SchemaVersion", "ProductArn"}
            for item in document
        )
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the findings, one report for each resource."""
    read = FieldReader(origin.location)
    prefix: Path = ()
    problem = None
    if isinstance(document, dict):
        field = "Findings" if "Findings" in document else "findings"
        prefix = (field,)
        items = read.array(document, field, ())
        if read.optional_text(document, "NextToken", ()) is not None:
            problem = "has only the first findings: NextToken is set"
    else:
        assert isinstance(document, list)
        items = document
    groups: dict[tuple[str, str], ResourceFindings] = {}
    unmapped: Counter[str] = Counter()
    for index, entry in enumerate(items):
        path = (*prefix, index)
        _add(read, as_object(read, entry, path), path, groups, unmapped)
    return tuple(
        ScanReport(
            source=origin.source(_NAME, version=_VERSION, tool="aws-security-hub"),
            scanner="aws-security-hub",
            scanner_version=None,
            subject=group.subject,
            # Checks say nothing about vulnerabilities.
            covers_vulnerabilities=problem is None and bool(group.vulnerabilities),
            problem=problem,
            vulnerabilities=tuple(group.vulnerabilities),
            misconfigurations=tuple(group.misconfigurations),
            unmapped=in_order(unmapped) if number_ == 0 else (),
        )
        for number_, group in enumerate(groups.values())
    )


def _add(
    read: FieldReader,
    item: JsonObject,
    path: Path,
    groups: dict[tuple[str, str], ResourceFindings],
    unmapped: Counter[str],
) -> None:
    version = read.text(item, "SchemaVersion", path)
    if version != _VERSION:
        raise UnsupportedFormat(
            "is a finding of a version that is not read",
            where=f"{read.where}{json_pointer((*path, 'SchemaVersion'))}",
            found=version,
            expected=_VERSION,
        )
    status = _status(read, item, path)
    word = _severity(read, item, path)
    found = [
        vulnerability
        for index, entry in enumerate(read.objects(item, "Vulnerabilities", path))
        for vulnerability in _vulnerabilities(
            read, entry, (*path, "Vulnerabilities", index), word, status
        )
    ]
    checks = [] if found else _checks(read, item, path, word, unmapped)
    resources = read.required_objects(item, "Resources", path)
    if not resources:
        raise read.wrong((*path, "Resources"), "no resource", "at least one")
    for index, resource in enumerate(resources):
        here = (*path, "Resources", index)
        kind, name = read.text(resource, "Type", here), read.text(resource, "Id", here)
        group = groups.get((kind, name))
        if group is None:
            subject = _subject(read, resource, here, kind, name)
            group = groups[kind, name] = ResourceFindings(subject)
        group.vulnerabilities += found
        group.misconfigurations += checks


def _severity(read: FieldReader, item: JsonObject, path: Path) -> str:
    severity = read.optional_object(item, "Severity", path)
    label, original = read.optional_texts(severity, ("Label", "Original"), (*path, "Severity"))
    return label or original or ""


def _status(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    workflow = read.optional_object(item, "Workflow", path)
    state = read.optional_text(workflow, "Status", (*path, "Workflow"))
    record = read.optional_text(item, "RecordState", path)
    return record if record == "ARCHIVED" else state


def _subject(
    read: FieldReader, resource: JsonObject, path: Path, kind: str, name: str
) -> ReportedSubject:
    if kind != "AwsEcrContainerImage":
        return ReportedSubject(name=name, other_than_image=kind)
    details = read.optional_object(resource, "Details", path)
    here = (*path, "Details", "AwsEcrContainerImage")
    image = read.optional_object(details, "AwsEcrContainerImage", here[:-1])
    account, repository, digest = read.optional_texts(
        image, ("RegistryId", "RepositoryName", "ImageDigest"), here
    )
    return ecr_image(
        account=account,
        region=read.optional_text(resource, "Region", path),
        repository=repository,
        digest=digest or name.rpartition("/")[2],
        tags=read.texts(image, "ImageTags", here),
    )


def _checks(
    read: FieldReader, item: JsonObject, path: Path, word: str, unmapped: Counter[str]
) -> list[Misconfiguration]:
    compliance = read.optional_object(item, "Compliance", path)
    status = read.optional_text(compliance, "Status", (*path, "Compliance"))
    if status in {"PASSED", "NOT_AVAILABLE"}:
        unmapped[f"findings {status}"] += 1
        return []
    fields = read.optional_object(item, "ProductFields", path)
    control = read.optional_text(fields, "ControlId", (*path, "ProductFields"))
    generator, title, text = read.optional_texts(
        item, ("GeneratorId", "Title", "Description"), path
    )
    return [
        Misconfiguration(
            id=control or generator or read.text(item, "GeneratorId", path),
            title=title or "",
            message=text or "",
            severity=Severity.from_word(word),
            severity_word=word,
            path=None,
            pointer=json_pointer(path),
        )
    ]


def _vulnerabilities(
    read: FieldReader, item: JsonObject, path: Path, word: str, status: str | None
) -> Iterator[Vulnerability]:
    own = read.text(item, "Id", path)
    vendor = read.optional_object(item, "Vendor", path)
    here = (*path, "Vendor")
    fix, exploit = read.optional_texts(item, ("FixAvailable", "ExploitAvailable"), path)
    packages = read.objects(item, "VulnerablePackages", path)
    # A vulnerability without packages is one all the same.
    for index, package in enumerate(packages or [{}]):
        at = (*path, "VulnerablePackages", index) if packages else path
        fixes = fixed_versions(read.optional_text(package, "FixedInVersion", at))
        yield Vulnerability(
            id=own,
            severity=Severity.from_word(word),
            severity_word=word,
            package=_package(read, package, at),
            fix_state=fix_of(fixes, _FIX_WORDS.get(fix or "", FixState.UNKNOWN)),
            fixed_versions=fixes,
            status_word=status,
            cvss=tuple(_cvss(read, item, path)),
            epss_score=share(read, item, "EpssScore", path),
            exploit_available=EXPLOIT_WORDS.get(exploit or ""),
            url=read.optional_text(vendor, "Url", here),
            published_at=optional_instant(read, vendor, "VendorCreatedAt", here),
            modified_at=optional_instant(read, vendor, "VendorUpdatedAt", here),
            pointer=json_pointer(at),
        )


def _package(read: FieldReader, item: JsonObject, path: Path) -> AffectedPackage:
    name, version, release, epoch, kind, file, layer = read.optional_texts(
        item,
        (
            *("Name", "Version", "Release", "Epoch", "PackageManager", "FilePath"),
            "SourceLayerHash",
        ),
        path,
    )
    return AffectedPackage(
        name=name or "",
        version=package_version(version, release, epoch),
        type=kind.lower() if kind else None,
        path=file,
        layer=layer,
    )


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> Iterator[Cvss]:
    for index, entry in enumerate(read.objects(item, "Cvss", path)):
        here = (*path, "Cvss", index)
        found = rating(
            read,
            here,
            source=(read.optional_text(entry, "Source", here) or "unknown").lower(),
            vector=read.optional_text(entry, "BaseVector", here),
            score=number(read, entry, "BaseScore", here),
            version=read.optional_text(entry, "Version", here),
        )
        if found is not None:
            yield found


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
