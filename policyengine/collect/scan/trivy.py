"""Trivy's JSON report: schema 2, and 1, which is the same or, before 0.20, a bare list of results.

Source: aquasecurity/trivy, pkg/types/report.go and pkg/fanal/types. A report without ``Results``
is one of an image in which nothing was found to look at.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
    whole_instant,
)
from policyengine.collect.scan.fields import base_score, flag
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    LicenseFinding,
    Misconfiguration,
    ReportedSubject,
    ScanReport,
    ScanSecret,
    SourceSeverity,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "trivy-json"
_VERSIONS = (1, 2)
_MAPPED = frozenset({"Metadata", "Results", "Trivy"})
_MAPPED_IN_RESULT = frozenset(
    {"Vulnerabilities", "Secrets", "Misconfigurations", "MisconfSummary", "Licenses"}
)
_FIX_STATES = {
    "fixed": FixState.FIXED,
    "affected": FixState.NOT_FIXED,
    "will_not_fix": FixState.WONT_FIX,
    "fix_deferred": FixState.NOT_FIXED,
    "end_of_life": FixState.WONT_FIX,
    "under_investigation": FixState.UNKNOWN,
    "not_affected": FixState.UNKNOWN,
    "unknown": FixState.UNKNOWN,
}
# The values of ArtifactType that are not an image, nor an SBOM that may be of one.
_NO_IMAGES = frozenset({"filesystem", "repository", "vm", "aws_account"})
# Types whose findings name their own file; their Target is only a heading, such as Java.
_GATHERED_TYPES = frozenset(
    {"conda-pkg", "gemspec", "jar", "k8s", "kubernetes", "node-pkg", "python-pkg"}
)
_CVSS_FIELDS = (
    ("2.0", "V2Vector", "V2Score"),
    ("3", "V3Vector", "V3Score"),
    ("4.0", "V40Vector", "V40Score"),
)
_VULNERABILITY_TEXTS = (
    *("Severity", "InstalledVersion", "FixedVersion", "Status", "PkgPath", "Title", "PrimaryURL"),
    *("PublishedDate", "LastModifiedDate", "SeveritySource"),
)
# The numbers of VendorSeverity (aquasecurity/trivy-db, pkg/types/types.go).
_SEVERITIES = ("UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL")


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of a Trivy report."""
    if isinstance(document, list):
        return bool(document) and all(_is_result(item) for item in document)
    return (
        isinstance(document, dict)
        and "SchemaVersion" in document
        and ("ArtifactName" in document or "Results" in document)
    )


def _is_result(item: JsonValue) -> bool:
    return isinstance(item, dict) and "Target" in item and "Vulnerabilities" in item


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    if isinstance(document, list):
        report: JsonObject = {"SchemaVersion": 1, "Results": document}
        prefix: Path = ()
    else:
        report = read.root(document)
        prefix = ("Results",)
    version = report.get("SchemaVersion")
    if type(version) is not int or version not in _VERSIONS:
        raise UnsupportedFormat(
            "is a Trivy report of a version that is not read",
            where=origin.location,
            found=f"SchemaVersion {version!r}",
            expected="1 or 2",
        )
    tool = read.optional_object(report, "Trivy", ())
    scanner_version = read.optional_text(tool, "Version", ("Trivy",))
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, report, _MAPPED)
    found = read_results(read, report, prefix, unmapped)
    metadata = read.optional_object(report, "Metadata", ())
    system = read.optional_object(metadata, "OS", ("Metadata",))
    return (
        ScanReport(
            source=origin.source(
                _NAME, version=str(version), tool="trivy", tool_version=scanner_version
            ),
            scanner="trivy",
            scanner_version=scanner_version,
            subject=_subject(read, report, metadata),
            finished_at=optional_instant(read, report, "CreatedAt", ()),
            distribution=_distribution(read, metadata),
            end_of_life=flag(read, system, "EOSL", ("Metadata", "OS")),
            covers_vulnerabilities=_covers_vulnerabilities(report, metadata),
            vulnerabilities=tuple(found.vulnerabilities),
            secrets=tuple(found.secrets),
            misconfigurations=tuple(found.misconfigurations),
            licenses=tuple(found.licenses),
            unmapped=in_order(unmapped),
        ),
    )


@dataclass(slots=True)
class Findings:
    """What results hold, gathered while they are walked."""

    vulnerabilities: list[Vulnerability] = field(default_factory=list)
    secrets: list[ScanSecret] = field(default_factory=list)
    misconfigurations: list[Misconfiguration] = field(default_factory=list)
    licenses: list[LicenseFinding] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.vulnerabilities or self.secrets or self.misconfigurations or self.licenses)

    def add(self, other: Findings) -> None:
        """Add what ``other`` holds."""
        self.vulnerabilities += other.vulnerabilities
        self.secrets += other.secrets
        self.misconfigurations += other.misconfigurations
        self.licenses += other.licenses


def read_results(
    read: FieldReader, report: JsonObject, path: Path, unmapped: Counter[str]
) -> Findings:
    """Read the field ``Results`` of ``report``, whose own place is ``path``."""
    found = Findings()
    for index, result in enumerate(read.objects(report, "Results", path[:-1])):
        found.add(read_result(read, result, (*path, index), unmapped))
    return found


def read_result(
    read: FieldReader, result: JsonObject, path: Path, unmapped: Counter[str]
) -> Findings:
    """Read one result."""
    count_unmapped(unmapped, result, _MAPPED_IN_RESULT)
    return Findings(
        vulnerabilities=_vulnerabilities(read, result, path),
        secrets=_secrets(read, result, path),
        misconfigurations=_misconfigurations(read, result, path),
        licenses=_licenses(read, result, path),
    )


def _subject(read: FieldReader, report: JsonObject, metadata: JsonObject) -> ReportedSubject:
    path = ("Metadata",)
    image_id = read.optional_text(metadata, "ImageID", path)
    name = read.optional_text(report, "ArtifactName", ())
    if name is None:
        name = _first_target(report)
    kind = read.optional_text(report, "ArtifactType", ())
    return ReportedSubject(
        name=name,
        other_than_image=kind if kind in _NO_IMAGES else None,
        image_ids=(image_id,) if image_id else (),
        repo_tags=tuple(read.texts(metadata, "RepoTags", path)),
        repo_digests=tuple(read.texts(metadata, "RepoDigests", path)),
        diff_ids=tuple(read.texts(metadata, "DiffIDs", path)),
    )


def _first_target(report: JsonObject) -> str | None:
    """Return the image's name as the oldest reports have it: ``alpine:3.10 (alpine 3.10.2)``."""
    results = report["Results"]
    target = results[0].get("Target") if isinstance(results, list) and results else None  # type: ignore[union-attr]
    return target.partition(" (")[0] if isinstance(target, str) and " (" in target else None


def _distribution(read: FieldReader, metadata: JsonObject) -> str | None:
    system = read.optional_object(metadata, "OS", ("Metadata",))
    path = ("Metadata", "OS")
    parts = (read.optional_text(system, "Family", path), read.optional_text(system, "Name", path))
    return " ".join(part for part in parts if part) or None


def _covers_vulnerabilities(report: JsonObject, metadata: JsonObject) -> bool:
    """Say whether vulnerabilities were looked for, as far as the report tells.

    A scan for vulnerabilities of an image with a known distribution has a result of its packages,
    even where nothing was found; a scan for secrets alone (``--scanners secret``) has none.
    """
    results = report.get("Results")
    classes = {
        item.get("Class")
        for item in (results if isinstance(results, list) else ())
        if isinstance(item, dict)
    }
    # Before 0.20 results had no class, and there was no other scanner.
    return not metadata.get("OS") or None in classes or "os-pkgs" in classes


def _vulnerabilities(read: FieldReader, result: JsonObject, path: Path) -> list[Vulnerability]:
    found = []
    kind = read.optional_text(result, "Type", path)
    file = _file(read, result, kind, path)
    pointer = json_pointer((*path, "Vulnerabilities"))
    for index, item in enumerate(read.objects(result, "Vulnerabilities", path)):
        here = (*path, "Vulnerabilities", index)
        word, version, fixed, status, package_path, title, url, published, modified, source = (
            read.optional_texts(item, _VULNERABILITY_TEXTS, here)
        )
        identifier = read.optional_object(item, "PkgIdentifier", here)
        found.append(
            Vulnerability(
                id=read.text(item, "VulnerabilityID", here),
                aliases=tuple(read.texts(item, "VendorIDs", here)) if "VendorIDs" in item else (),
                severity=Severity.from_word(word or ""),
                severity_word=word or "",
                severity_source=source,
                other_severities=_other_severities(read, item, source, here)
                if "VendorSeverity" in item
                else (),
                package=AffectedPackage(
                    name=read.text(item, "PkgName", here),
                    version=version or "",
                    purl=read.optional_text(identifier, "PURL", (*here, "PkgIdentifier")),
                    type=kind,
                    path=package_path or file,
                    layer=_layer(read, item, here),
                ),
                fixed_versions=_versions(fixed),
                fix_state=_fix_state(fixed, status),
                status_word=status,
                vex_status="not_affected" if status == "not_affected" else None,
                cvss=_cvss(read, item, here) if "CVSS" in item else (),
                title=title,
                url=url,
                published_at=whole_instant(published),
                modified_at=whole_instant(modified),
                pointer=f"{pointer}/{index}",
            )
        )
    return found


def _other_severities(
    read: FieldReader, item: JsonObject, chosen: str | None, path: Path
) -> tuple[SourceSeverity, ...]:
    ratings = read.optional_object(item, "VendorSeverity", path)
    found = []
    for source in sorted(ratings):
        number = ratings[source]
        if type(number) is not int:
            number = read.optional_integer(ratings, source, (*path, "VendorSeverity"))
        if source != chosen and number is not None and 0 <= number < len(_SEVERITIES):
            found.append(_severity_of(source, _SEVERITIES[number]))
    return tuple(found)


@lru_cache(maxsize=1024)
def _severity_of(source: str, word: str) -> SourceSeverity:
    return SourceSeverity(source=source, word=word)


def _layer(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    """Return the diff_id of a finding's layer, which an image always knows, or its digest."""
    layer = read.optional_object(item, "Layer", path)
    diff_id, digest = read.optional_texts(layer, ("DiffID", "Digest"), (*path, "Layer"))
    return diff_id or digest


def _file(read: FieldReader, result: JsonObject, kind: str | None, path: Path) -> str | None:
    """Return the lock file or program that all packages of ``result`` are in."""
    target = read.optional_text(result, "Target", path)
    if read.optional_text(result, "Class", path) != "lang-pkgs" or kind in _GATHERED_TYPES:
        return None
    return target


def _versions(fixed: str | None) -> tuple[str, ...]:
    if not fixed:
        return ()
    if "," not in fixed and fixed == fixed.strip():
        return (fixed,)
    return tuple([version for part in fixed.split(",") if (version := part.strip())])


def _fix_state(fixed: str | None, status: str | None) -> FixState:
    if fixed and not fixed.isspace():
        return FixState.FIXED
    # Before 0.42 there was no status, and no fixed version meant that none was known.
    return FixState.NOT_FIXED if status is None else _FIX_STATES.get(status, FixState.UNKNOWN)


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> tuple[Cvss, ...]:
    ratings = read.optional_object(item, "CVSS", path)
    found = []
    for source in sorted(ratings):
        rating = read.object(ratings, source, (*path, "CVSS"))
        here = (*path, "CVSS", source)
        for version, vector_field, score_field in _CVSS_FIELDS:
            if vector_field not in rating and score_field not in rating:
                continue
            vector = read.optional_text(rating, vector_field, here)
            score = base_score(read, rating, score_field, here)
            if vector or score:
                found.append(_rating(source, version, vector, score))
    return tuple(found)


@lru_cache(maxsize=4096)
def _rating(source: str, version: str, vector: str | None, score: float | None) -> Cvss:
    """Return a rating; the same few hundred vectors come again and again."""
    if vector and vector.startswith("CVSS:"):
        version = vector[5:].partition("/")[0]
    return Cvss(source=source, version=version, vector=vector, score=score)


def _secrets(read: FieldReader, result: JsonObject, path: Path) -> list[ScanSecret]:
    found = []
    target = read.optional_text(result, "Target", path) or ""
    for index, item in enumerate(read.objects(result, "Secrets", path)):
        here = (*path, "Secrets", index)
        word = read.optional_text(item, "Severity", here) or ""
        found.append(
            ScanSecret(
                rule_id=read.text(item, "RuleID", here),
                title=read.optional_text(item, "Title", here) or "",
                severity=Severity.from_word(word),
                severity_word=word,
                path=target,
                start_line=read.optional_integer(item, "StartLine", here),
                layer=_layer(read, item, here),
                pointer=json_pointer(here),
            )
        )
    return found


def _misconfigurations(read: FieldReader, result: JsonObject, path: Path) -> list[Misconfiguration]:
    found = []
    target = read.optional_text(result, "Target", path)
    for index, item in enumerate(read.objects(result, "Misconfigurations", path)):
        here = (*path, "Misconfigurations", index)
        # With --include-non-failures a report lists passed checks too.
        if read.optional_text(item, "Status", here) in {"PASS", "EXCEPTION"}:
            continue
        word = read.optional_text(item, "Severity", here) or ""
        found.append(
            Misconfiguration(
                id=read.optional_text(item, "AVDID", here) or read.text(item, "ID", here),
                title=read.optional_text(item, "Title", here) or "",
                message=read.optional_text(item, "Message", here) or "",
                severity=Severity.from_word(word),
                severity_word=word,
                path=target,
                pointer=json_pointer(here),
            )
        )
    return found


def _licenses(read: FieldReader, result: JsonObject, path: Path) -> list[LicenseFinding]:
    found = []
    for index, item in enumerate(read.objects(result, "Licenses", path)):
        here = (*path, "Licenses", index)
        word, category, package, file = read.optional_texts(
            item, ("Severity", "Category", "PkgName", "FilePath"), here
        )
        found.append(
            LicenseFinding(
                license=read.text(item, "Name", here),
                category=category,
                severity=Severity.from_word(word or ""),
                severity_word=word or "",
                package=AffectedPackage(name=package, version="") if package else None,
                path=file,
                pointer=json_pointer(here),
            )
        )
    return found


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
