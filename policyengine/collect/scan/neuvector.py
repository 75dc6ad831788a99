"""NeuVector's scan report, as its API and its scanner's standalone mode write it.

Source: neuvector/neuvector, controller/api/apis.go, ``RESTScanReportData`` and
``RESTScanRepoReport``. Checks of level PASS, INFO and NOTE are no failed ones and are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyengine.collect.format import Origin, ReportFormat, count_unmapped, in_order
from policyengine.collect.scan.fields import (
    digests,
    fix_of,
    image_named,
    number,
    plain,
    rating,
    versions,
)
from policyengine.errors import ScanFailed
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    Misconfiguration,
    ReportedSubject,
    ScannerVerdict,
    ScanReport,
    ScanSecret,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "neuvector-json"
_MAPPED = frozenset(
    {"vulnerabilities", "checks", "secrets", "setid_perms"}
    # Facts of the image itself, which are read of the image.
    | {"envs", "labels", "cmds"}
)
_LEVELS = {"WARN": Severity.MEDIUM, "HIGH": Severity.HIGH, "ERROR": Severity.HIGH}
_NOT_FAILED = frozenset({"PASS", "INFO", "NOTE"})
_SECOND = 1_000_000_000


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of NeuVector's report."""
    return (
        isinstance(document, dict)
        and isinstance(report := document.get("report"), dict)
        and "vulnerabilities" in report
        and "apiVersion" not in document
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    root = read.root(document)
    error = read.optional_text(root, "error_message", ()) or read.optional_text(root, "error", ())
    if error is not None:
        raise ScanFailed("is of a scan that failed", where=origin.location, found=error)
    report = read.object(root, "report", ())
    path: Path = ("report",)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, report, _MAPPED)
    version, system, verdict = read.optional_texts(
        report, ("cvedb_version", "base_os", "verdict"), path
    )
    checks = [*_checks(read, report, unmapped), *_permissions(read, report)]
    return (
        ScanReport(
            source=origin.source(_NAME, tool="neuvector"),
            scanner="neuvector",
            scanner_version=None,
            subject=_subject(read, report),
            database_version=version,
            distribution=system,
            vulnerabilities=tuple(_vulnerabilities(read, report)),
            secrets=tuple(_secrets(read, report)),
            misconfigurations=tuple(checks),
            verdicts=()
            if verdict is None
            else (
                ScannerVerdict(
                    policy="verdict",
                    passed={"pass": True, "fail": False}.get(verdict.lower()),
                    word=verdict,
                    reason=None,
                    pointer="/report/verdict",
                ),
            ),
            unmapped=in_order(unmapped),
        ),
    )


def _subject(read: FieldReader, report: JsonObject) -> ReportedSubject:
    image_id, registry, repository, tag, digest = read.optional_texts(
        report, ("image_id", "registry", "repository", "tag", "digest"), ("report",)
    )
    host = (registry or "").removeprefix("https://").removeprefix("http://").strip("/")
    name = f"{repository}:{tag}" if repository and tag else repository
    if host and name:
        return image_named(f"{host}/{name}", digest=digest, image_id=image_id)
    return ReportedSubject(
        image_ids=digests(image_id),
        digests=digests(digest),
        unqualified_names=(name,) if repository and tag and name else (),
    )


def _vulnerabilities(read: FieldReader, report: JsonObject) -> Iterator[Vulnerability]:
    for index, item in enumerate(read.required_objects(report, "vulnerabilities", ("report",))):
        path: Path = ("report", "vulnerabilities", index)
        word, package, version, fixed, file, link = read.optional_texts(
            item,
            (
                *("severity", "package_name", "package_version", "fixed_version", "file_name"),
                "link",
            ),
            path,
        )
        fixes = versions(plain(fixed))
        yield Vulnerability(
            id=read.text(item, "name", path),
            severity=Severity.from_word(word or ""),
            severity_word=word or "",
            package=AffectedPackage(
                name=package or read.text(item, "package_name", path),
                version=version or "",
                path=file,
            ),
            fix_state=fix_of(fixes, FixState.NOT_FIXED),
            fixed_versions=fixes,
            cvss=tuple(_cvss(read, item, path)),
            url=link,
            published_at=_time(read, item, "published_timestamp", path),
            modified_at=_time(read, item, "last_modified_timestamp", path),
            pointer=json_pointer(path),
        )


def _time(read: FieldReader, item: JsonObject, name: str, path: Path) -> Instant | None:
    seconds = read.optional_integer(item, name, path)
    return Instant(seconds * _SECOND) if seconds and seconds > 0 else None


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> Iterator[Cvss]:
    for version, vector, score in (("2.0", "vectors", "score"), ("3", "vectors_v3", "score_v3")):
        found = rating(
            read,
            path,
            source="neuvector",
            vector=read.optional_text(item, vector, path),
            score=number(read, item, score, path),
            version=version,
        )
        if found is not None:
            yield found


def _checks(
    read: FieldReader, report: JsonObject, unmapped: Counter[str]
) -> Iterator[Misconfiguration]:
    for index, item in enumerate(read.objects(report, "checks", ("report",))):
        path: Path = ("report", "checks", index)
        level = read.text(item, "level", path)
        if level.upper() in _NOT_FAILED:
            unmapped[f"checks {level.upper()}"] += 1
            continue
        yield Misconfiguration(
            id=read.text(item, "test_number", path),
            title=read.optional_text(item, "description", path) or "",
            message="; ".join(read.texts(item, "message", path)),
            severity=_LEVELS.get(level.upper(), Severity.UNKNOWN),
            severity_word=level,
            path=None,
            pointer=json_pointer(path),
        )


def _permissions(read: FieldReader, report: JsonObject) -> Iterator[Misconfiguration]:
    """Return the files that run with their owner's rights, which NeuVector lists by themselves."""
    for index, item in enumerate(read.objects(report, "setid_perms", ("report",))):
        path: Path = ("report", "setid_perms", index)
        yield Misconfiguration(
            id=read.text(item, "type", path),
            title="file with setuid or setgid",
            message=read.optional_text(item, "evidence", path) or "",
            severity=Severity.UNKNOWN,
            severity_word="",
            path=read.optional_text(item, "path", path),
            pointer=json_pointer(path),
        )


def _secrets(read: FieldReader, report: JsonObject) -> Iterator[ScanSecret]:
    for index, item in enumerate(read.objects(report, "secrets", ("report",))):
        path: Path = ("report", "secrets", index)
        kind = read.text(item, "type", path)
        yield ScanSecret(
            rule_id=kind,
            title=kind,
            severity=Severity.UNKNOWN,
            severity_word="",
            path=read.optional_text(item, "path", path) or "",
            start_line=None,
            layer=None,
            pointer=json_pointer(path),
        )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
