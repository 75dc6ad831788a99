"""Anchore's lists of vulnerabilities: of Engine, of ``anchorectl``, and Enterprise's evaluation.

Source: anchore/anchore-engine, swagger ``VulnerabilityResponse`` (snake case); anchorectl
``image vulnerabilities -o json-raw`` (camel case, a bare list); Enterprise's export with
``securityEvaluation``. A list of operating-system packages alone is no whole scan.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

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
    image_named,
    moment,
    number,
    plain,
    rating,
    versions,
)
from policyengine.collect.scan.identifiers import cves_in
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "anchore-vulnerabilities"
_MAPPED = frozenset({"vulnerabilities", "securityEvaluation", "metadata"})
_VERSION = re.compile(r"(.+?)-(v?\d.*)")
_NO_PATH = frozenset({"pkgdb"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has one of the three shapes."""
    if isinstance(document, list):
        return bool(document) and all(
            isinstance(item, dict) and item.keys() >= {"vuln", "packageName", "feed"}
            for item in document
        )
    return isinstance(document, dict) and (
        document.keys() >= {"imageDigest", "vulnerabilities"}
        or document.keys() >= {"metadata", "securityEvaluation"}
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    unmapped: Counter[str] = Counter()
    subject, finished_at, problem = ReportedSubject(), None, None
    if isinstance(document, list):
        found = [
            _vulnerability(read, as_object(read, item, (index,)), (index,), _camel)
            for index, item in enumerate(document)
        ]
    else:
        report = read.root(document)
        count_unmapped(unmapped, report, _MAPPED)
        if "securityEvaluation" in report:
            found = list(_evaluations(read, report))
            metadata = read.object(report, "metadata", ())
            subject = _subject(read, metadata)
            finished_at = optional_instant(read, metadata, "timestamp", ("metadata",))
        else:
            found = [
                _vulnerability(read, item, ("vulnerabilities", index), _snake)
                for index, item in enumerate(read.required_objects(report, "vulnerabilities", ()))
            ]
            subject = ReportedSubject(digests=digests(read.text(report, "imageDigest", ())))
            kind = read.optional_text(report, "vulnerability_type", ())
            if kind not in {None, "all"}:
                problem = f"lists the vulnerabilities of {kind} packages alone"
    return (
        ScanReport(
            source=origin.source(_NAME, tool="anchore"),
            scanner="anchore",
            scanner_version=None,
            subject=subject,
            finished_at=finished_at,
            covers_vulnerabilities=problem is None,
            problem=problem,
            vulnerabilities=tuple(found),
            unmapped=in_order(unmapped),
        ),
    )


def _subject(read: FieldReader, metadata: JsonObject) -> ReportedSubject:
    registry, repository, tag, digest = read.optional_texts(
        metadata, ("registry", "repository", "tag", "imageDigest"), ("metadata",)
    )
    name = "/".join(part for part in (registry, repository) if part)
    return image_named(f"{name}:{tag}" if name and tag else name or None, digest=digest)


def _snake(name: str) -> str:
    return name


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _vulnerability(
    read: FieldReader, item: JsonObject, path: Path, spelt: Callable[[str], str]
) -> Vulnerability:
    word, fix, url, version, kind, file = read.optional_texts(
        item,
        (
            *("severity", "fix", "url", spelt("package_version"), spelt("package_type")),
            spelt("package_path"),
        ),
        path,
    )
    own = read.text(item, "vuln", path)
    fixes = versions(fix)
    ratings: list[Cvss | None] = []
    names: list[str] = []
    for field in (spelt("nvd_data"), spelt("vendor_data")):
        for index, entry in enumerate(read.objects(item, field, path)):
            here = (*path, field, index)
            names.append(read.optional_text(entry, "id", here) or "")
            source = "nvd" if field == spelt("nvd_data") else "vendor"
            ratings += _ratings(read, entry, here, source, spelt)
    refused = flag(read, item, spelt("will_not_fix"), path)
    return Vulnerability(
        id=own,
        aliases=tuple(name for name in cves_in(names) if name != own),
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        package=AffectedPackage(
            name=read.text(item, spelt("package_name"), path),
            version=version or "",
            type=kind,
            path=_path(file),
        ),
        fix_state=fix_of(fixes, FixState.WONT_FIX if refused else FixState.NOT_FIXED),
        fixed_versions=fixes,
        status_word="will_not_fix" if refused else None,
        cvss=tuple(dict.fromkeys(entry for entry in ratings if entry is not None)),
        url=plain(url),
        pointer=json_pointer(path),
    )


def _path(text: str | None) -> str | None:
    found = plain(text)
    return None if found in _NO_PATH else found


def _ratings(
    read: FieldReader, entry: JsonObject, path: Path, source: str, spelt: Callable[[str], str]
) -> Iterator[Cvss | None]:
    for field, version in ((spelt("cvss_v2"), "2.0"), (spelt("cvss_v3"), "3")):
        here = (*path, field)
        scores = read.optional_object(entry, field, path)
        vector = read.optional_text(scores, spelt("vector_string"), here)
        score = number(read, scores, spelt("base_score"), here)
        yield rating(read, here, source=source, vector=vector, score=score, version=version)


def _evaluations(read: FieldReader, report: JsonObject) -> Iterator[Vulnerability]:
    for index, item in enumerate(read.required_objects(report, "securityEvaluation", ())):
        path: Path = ("securityEvaluation", index)
        word, fix, link, kind, file, package, cves = read.optional_texts(
            item,
            ("severity", "fixAvailable", "link", "packageType", "path", "package", "cves"),
            path,
        )
        own = read.text(item, "vulnerabilityId", path)
        match = _VERSION.fullmatch(package or "")
        fixes = versions(fix)
        cvss = rating(
            read,
            path,
            source="nvd",
            vector=None,
            score=number(read, item, "nvdCvssBaseScore", path),
        )
        yield Vulnerability(
            id=own,
            aliases=tuple(name for name in cves_in((cves or "",)) if name != own),
            severity=Severity.from_word(word or ""),
            severity_word=word or "",
            package=AffectedPackage(
                name=match.group(1) if match else read.text(item, "package", path),
                version=match.group(2) if match else "",
                type=kind.lower() if kind else None,
                path=_path(file),
            ),
            fix_state=fix_of(fixes, FixState.NOT_FIXED),
            fixed_versions=fixes,
            fixed_at=moment(read.optional_text(item, "fixObservedAt", path)) if fixes else None,
            cvss=() if cvss is None else (cvss,),
            url=plain(link),
            pointer=json_pointer(path),
        )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
