"""OSV-Scanner's JSON report: the advisories of each package, in the OSV schema.

Source: google/osv-scanner, pkg/models/results.go, and the OSV schema 1.7. A report of a lock file
is about that, unless it carries ``image_metadata``. The same shape without a word of
vulnerabilities is a list of packages that OSV-Scanner takes as input: no scan.
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
from policyengine.collect.scan.fields import fix_of, flag, number, rating
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    LicenseFinding,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "osv-scanner-json"
_MAPPED = frozenset({"results", "experimental_config", "image_metadata"})
# Licences of packages without a violation are for an SBOM to say.
_MAPPED_IN_PACKAGE = frozenset(
    {"package", "vulnerabilities", "groups", "license_violations", "licenses", "dependency_groups"}
)
_NO_IMAGES = frozenset({"lockfile", "git", "artifact"})
_RATINGS = {"CVSS_V2": "2.0", "CVSS_V3": "3", "CVSS_V4": "4.0"}
# The least scores of the ratings, by CVSS 3.1, section 5.
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of the report."""
    if not isinstance(document, dict) or not isinstance(results := document.get("results"), list):
        return False
    if not results:
        return "experimental_config" in document
    return all(isinstance(item, dict) and item.keys() >= {"source", "packages"} for item in results)


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, report, _MAPPED)
    found: list[Vulnerability] = []
    licenses: list[LicenseFinding] = []
    kinds: set[str] = set()
    looked = "experimental_config" in report
    for index, result in enumerate(read.required_objects(report, "results", ())):
        path: Path = ("results", index)
        source = read.object(result, "source", path)
        file, kind = read.optional_texts(source, ("path", "type"), (*path, "source"))
        kinds.add(kind or "")
        for number_, entry in enumerate(read.required_objects(result, "packages", path)):
            here = (*path, "packages", number_)
            looked = looked or "vulnerabilities" in entry or "groups" in entry
            count_unmapped(unmapped, entry, _MAPPED_IN_PACKAGE)
            package = _package(read, entry, here, file)
            found += _vulnerabilities(read, entry, here, package)
            licenses += _licenses(read, entry, here, package)
    return (
        ScanReport(
            source=origin.source(_NAME, tool="osv-scanner"),
            scanner="osv-scanner",
            scanner_version=None,
            covers_secrets=False,
            covers_misconfigurations=False,
            subject=_subject(read, report, kinds),
            finished_at=optional_instant(read, report, "date", ()),
            distribution=_distribution(read, report),
            covers_vulnerabilities=looked,
            problem=None if looked else "does not say that vulnerabilities were looked for",
            vulnerabilities=tuple(found),
            licenses=tuple(licenses),
            unmapped=in_order(unmapped),
        ),
    )


def _subject(read: FieldReader, report: JsonObject, kinds: set[str]) -> ReportedSubject:
    image = read.optional_object(report, "image_metadata", ())
    path: Path = ("image_metadata",)
    layers = [
        read.optional_text(layer, "diff_id", (*path, "layer_metadata", index))
        for index, layer in enumerate(read.objects(image, "layer_metadata", path))
    ]
    if image:
        return ReportedSubject(diff_ids=tuple(layer for layer in layers if layer))
    only = kinds if kinds and kinds <= _NO_IMAGES else set()
    return ReportedSubject(other_than_image=", ".join(sorted(only)) or None)


def _distribution(read: FieldReader, report: JsonObject) -> str | None:
    image = read.optional_object(report, "image_metadata", ())
    return read.optional_text(image, "os", ("image_metadata",))


def _package(read: FieldReader, entry: JsonObject, path: Path, file: str | None) -> AffectedPackage:
    item = read.object(entry, "package", path)
    here = (*path, "package")
    name, version, ecosystem, commit = read.optional_texts(
        item, ("name", "version", "ecosystem", "commit"), here
    )
    return AffectedPackage(
        name=name or commit or read.text(item, "name", here),
        version=version or commit or "",
        type=ecosystem.partition(":")[0].lower() if ecosystem else None,
        path=file,
    )


def _vulnerabilities(
    read: FieldReader, entry: JsonObject, path: Path, package: AffectedPackage
) -> Iterator[Vulnerability]:
    worst, uncalled = _groups(read, entry, path)
    for index, item in enumerate(read.objects(entry, "vulnerabilities", path)):
        here = (*path, "vulnerabilities", index)
        own = read.text(item, "id", here)
        specific = read.optional_object(item, "database_specific", here)
        said = specific.get("severity")
        word = said if isinstance(said, str) else ""
        score = worst.get(own)
        severity = Severity.from_word(word)
        if severity is Severity.UNKNOWN and score:
            severity = next((s for least, s in _SCORES if score >= least), Severity.LOW)
            word = word or str(score)
        withdrawn = read.optional_text(item, "withdrawn", here)
        fixes = tuple(dict.fromkeys(_fixes(read, item, here, package)))
        yield Vulnerability(
            id=own,
            aliases=tuple(name for name in read.texts(item, "aliases", here) if name != own),
            severity=severity,
            severity_word=word,
            package=package,
            fix_state=fix_of(fixes, FixState.NOT_FIXED),
            fixed_versions=fixes,
            status_word="withdrawn" if withdrawn else ("uncalled" if own in uncalled else None),
            cvss=tuple(_cvss(read, item, here)),
            title=read.optional_text(item, "summary", here),
            url=f"https://osv.dev/vulnerability/{own}",
            published_at=optional_instant(read, item, "published", here),
            modified_at=optional_instant(read, item, "modified", here),
            pointer=json_pointer(here),
        )


def _groups(
    read: FieldReader, entry: JsonObject, path: Path
) -> tuple[dict[str, float], frozenset[str]]:
    """Return the highest score of each advisory's group, and those that no code calls."""
    worst: dict[str, float] = {}
    uncalled: set[str] = set()
    for index, group in enumerate(read.objects(entry, "groups", path)):
        here = (*path, "groups", index)
        score = number(read, group, "max_severity", here)
        for name in read.texts(group, "ids", here):
            if score is not None:
                worst[name] = score
        for field in ("experimentalAnalysis", "experimental_analysis"):
            analysis = read.optional_object(group, field, here)
            for name in analysis:
                told = read.object(analysis, name, (*here, field))
                if flag(read, told, "called", (*here, field, name)) is False:
                    uncalled.add(name)
    return worst, frozenset(uncalled)


def _fixes(
    read: FieldReader, item: JsonObject, path: Path, package: AffectedPackage
) -> Iterator[str]:
    for index, affected in enumerate(read.objects(item, "affected", path)):
        here = (*path, "affected", index)
        of = read.optional_object(affected, "package", here)
        if read.optional_text(of, "name", (*here, "package")) != package.name:
            continue
        for number_, span in enumerate(read.objects(affected, "ranges", here)):
            at = (*here, "ranges", number_)
            for position, event in enumerate(read.objects(span, "events", at)):
                fixed = read.optional_text(event, "fixed", (*at, "events", position))
                if fixed:
                    yield fixed


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> Iterator[Cvss]:
    for index, entry in enumerate(read.objects(item, "severity", path)):
        here = (*path, "severity", index)
        kind, vector = read.optional_texts(entry, ("type", "score"), here)
        if kind in _RATINGS:
            found = rating(
                read, here, source="osv", vector=vector, score=None, version=_RATINGS[kind]
            )
            if found is not None:
                yield found


def _licenses(
    read: FieldReader, entry: JsonObject, path: Path, package: AffectedPackage
) -> Iterator[LicenseFinding]:
    for index, name in enumerate(read.texts(entry, "license_violations", path)):
        yield LicenseFinding(
            license=name,
            category="violation",
            severity=Severity.UNKNOWN,
            severity_word="",
            package=package,
            path=None,
            pointer=json_pointer((*path, "license_violations", index)),
        )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
