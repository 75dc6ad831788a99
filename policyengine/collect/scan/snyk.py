"""Snyk's ``snyk container test --json``: one result, one with ``applications``, or a list.

Source: snyk/cli, src/lib/snyk-test/legacy.ts and src/lib/formatters. A result of a project that is
no image (``snyk test``) has no ``docker`` and is about another subject. A result with ``error`` is
of a test that failed.
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
from policyengine.collect.scan.fields import image_named, number, plain, rating, share
from policyengine.errors import ScanFailed
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    LicenseFinding,
    ReportedSubject,
    ScannerVerdict,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "snyk-json"
_MAPPED = frozenset(
    {"vulnerabilities", "applications", "docker", "scanResult", "filtered"}
    # The organisation's settings, and what Snyk proposes to do about the findings.
    | {"licensesPolicy", "ignoreSettings", "remediation", "severityMap"}
)
_EXPLOITS = {
    "proof of concept": True,
    "functional": True,
    "mature": True,
    "high": True,
    "unproven": False,
    "no known exploit": False,
}


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of Snyk's results."""
    if isinstance(document, list):
        return bool(document) and all(_is_result(item) for item in document)
    return _is_result(document)


def _is_result(item: JsonValue) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("ok"), bool)
        and ("vulnerabilities" in item or "error" in item)
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the results, one report each."""
    read = FieldReader(origin.location)
    if isinstance(document, list):
        return tuple(
            _report(read, read.root(item), (index,), origin) for index, item in enumerate(document)
        )
    return (_report(read, read.root(document), (), origin),)


def _report(read: FieldReader, result: JsonObject, path: Path, origin: Origin) -> ScanReport:
    vulnerabilities: list[Vulnerability] = []
    licenses: list[LicenseFinding] = []
    verdicts: list[ScannerVerdict] = []
    unmapped: Counter[str] = Counter()
    places: list[tuple[JsonObject, Path]] = [(result, path)]
    for index, item in enumerate(read.objects(result, "applications", path)):
        places.append((item, (*path, "applications", index)))
    for item, here in places:
        _refuse_failed(read, item, here)
        count_unmapped(unmapped, item, _MAPPED)
        filtered = read.optional_object(item, "filtered", here)
        for name in ("ignore", "patch"):
            unmapped[f"filtered.{name}"] += len(
                read.optional_array(filtered, name, (*here, "filtered"))
            )
        _findings(read, item, here, vulnerabilities, licenses)
        verdicts.append(_verdict(read, item, here))
    return ScanReport(
        source=origin.source(_NAME, tool="snyk"),
        scanner="snyk",
        scanner_version=None,
        subject=_subject(read, result, path),
        vulnerabilities=tuple(vulnerabilities),
        licenses=tuple(licenses),
        verdicts=tuple(verdicts),
        unmapped=in_order(unmapped),
    )


def _refuse_failed(read: FieldReader, result: JsonObject, path: Path) -> None:
    error = result.get("error")
    if error or "vulnerabilities" not in result:
        raise ScanFailed(
            "is of a test that failed",
            where=f"{read.where}{json_pointer(path) or '/'}",
            found=str(error)[:200],
            hint="run snyk again",
        )


def _subject(read: FieldReader, result: JsonObject, path: Path) -> ReportedSubject:
    name, project, manager = read.optional_texts(
        result, ("path", "projectName", "packageManager"), path
    )
    scan = read.optional_object(result, "scanResult", path)
    target = read.optional_object(scan, "target", (*path, "scanResult"))
    image = read.optional_text(target, "image", (*path, "scanResult", "target"))
    if "docker" not in result and image is None:
        return ReportedSubject(
            name=name or project, other_than_image=f"{manager or 'Snyk'} project"
        )
    bare = (image or project or "").removeprefix("docker-image|")
    # With a Dockerfile or applications the path is the image and, once more, its last name.
    if name and bare and name.endswith("/" + bare.rpartition("/")[2]):
        shorter = name.removesuffix("/" + bare.rpartition("/")[2])
        if shorter.rpartition(":")[0] == bare:
            name = shorter
    return image_named(name or bare or None)


def _verdict(read: FieldReader, result: JsonObject, path: Path) -> ScannerVerdict:
    passed = result.get("ok") is True
    return ScannerVerdict(
        policy="snyk test",
        passed=passed,
        word="ok" if passed else "not ok",
        reason=read.optional_text(result, "summary", path),
        pointer=json_pointer((*path, "ok")),
    )


def _findings(
    read: FieldReader,
    result: JsonObject,
    path: Path,
    vulnerabilities: list[Vulnerability],
    licenses: list[LicenseFinding],
) -> None:
    file = read.optional_text(result, "displayTargetFile", path)
    for index, item in enumerate(read.required_objects(result, "vulnerabilities", path)):
        here = (*path, "vulnerabilities", index)
        package = _package(read, item, here, file)
        with_critical, plain_word, kind = read.optional_texts(
            item, ("severityWithCritical", "severity", "type"), here
        )
        word = with_critical or plain_word or ""
        if kind == "license" or ("license" in item and "identifiers" not in item):
            licenses.append(
                LicenseFinding(
                    license=read.text(item, "license", here),
                    category=None,
                    severity=Severity.from_word(word),
                    severity_word=word,
                    package=package,
                    path=None,
                    pointer=json_pointer(here),
                )
            )
            continue
        vulnerabilities.append(_vulnerability(read, item, here, package, word))


def _vulnerability(
    read: FieldReader, item: JsonObject, path: Path, package: AffectedPackage, word: str
) -> Vulnerability:
    own = read.text(item, "id", path)
    names = read.optional_object(item, "identifiers", path)
    inner = (*path, "identifiers")
    known = [*read.texts(names, "CVE", inner), *read.texts(names, "GHSA", inner)]
    fixed = [*read.texts(item, "fixedIn", path)]
    nearest = plain(read.optional_text(item, "nearestFixedInVersion", path))
    fixed_versions = tuple(dict.fromkeys([*fixed, *([nearest] if nearest else [])]))
    epss = read.optional_object(item, "epssDetails", path)
    exploit = read.optional_text(item, "exploit", path) or ""
    return Vulnerability(
        id=own,
        aliases=tuple(dict.fromkeys(name for name in known if name != own)),
        severity=Severity.from_word(word),
        severity_word=word,
        package=package,
        fix_state=FixState.FIXED if fixed_versions else FixState.NOT_FIXED,
        fixed_versions=fixed_versions,
        cvss=_cvss(read, item, path),
        epss_score=share(read, epss, "probability", (*path, "epssDetails")),
        epss_percentile=share(read, epss, "percentile", (*path, "epssDetails")),
        exploit_available=_EXPLOITS.get(exploit.lower()),
        title=read.optional_text(item, "title", path),
        url=f"https://security.snyk.io/vuln/{own}" if own.startswith("SNYK-") else None,
        published_at=optional_instant(read, item, "publicationTime", path),
        modified_at=optional_instant(read, item, "modificationTime", path),
        pointer=json_pointer(path),
    )


def _package(read: FieldReader, item: JsonObject, path: Path, file: str | None) -> AffectedPackage:
    manager, language = read.optional_texts(item, ("packageManager", "language"), path)
    name = item.get("name")
    if isinstance(name, str) and language == "linux":
        name = name.rpartition("/")[2]  # source/binary, and the binary is what is installed
    if not isinstance(name, str) or not name:  # a list where results are grouped
        name = read.optional_text(item, "packageName", path)
    return AffectedPackage(
        name=name or read.text(item, "moduleName", path),
        version=read.optional_text(item, "version", path) or "",
        type=manager,
        path=None if language == "linux" else file,
    )


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> tuple[Cvss, ...]:
    found = [
        rating(
            read,
            path,
            source="snyk",
            vector=read.optional_text(item, "CVSSv3", path),
            score=number(read, item, "cvssScore", path),
        )
    ]
    for index, entry in enumerate(read.objects(item, "cvssDetails", path)):
        here = (*path, "cvssDetails", index)
        found.append(
            rating(
                read,
                here,
                source=(read.optional_text(entry, "assigner", here) or "unknown").lower(),
                vector=read.optional_text(entry, "cvssV3Vector", here),
                score=number(read, entry, "cvssV3BaseScore", here),
            )
        )
    for index, entry in enumerate(read.objects(item, "cvssSources", path)):
        here = (*path, "cvssSources", index)
        found.append(
            rating(
                read,
                here,
                source=(read.optional_text(entry, "assigner", here) or "unknown").lower(),
                vector=read.optional_text(entry, "vector", here),
                score=number(read, entry, "baseScore", here),
                version=read.optional_text(entry, "cvssVersion", here),
            )
        )
    return tuple(dict.fromkeys(entry for entry in found if entry is not None))


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
