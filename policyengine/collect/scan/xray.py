"""JFrog Xray's reports: of ``summary/artifact``, of vulnerabilities (rows), and of an export.

Source: JFrog, Xray REST API: ``/api/v1/summary/artifact`` (``artifacts``), reports of
vulnerabilities (``rows``), and the export of an artifact's scan (``data``). Names have no
registry host. An issue about several CVEs keeps its own identifier.
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
from policyengine.collect.scan.fields import digests, fix_of, number, rating
from policyengine.collect.scan.identifiers import cves_in
from policyengine.collect.scan.xray_components import bounds, component, on_path
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
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

_NAME = "xray-json"
_DOCKER = "docker://"


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has one of the three shapes."""
    if not isinstance(document, dict):
        return False
    if document.keys() >= {"total_rows", "rows"}:
        return True
    if document.keys() >= {"total_count", "data"}:
        return document["data"] == [] or _all_have(document["data"], "source_comp_id")
    return "artifacts" in document and _all_have(document["artifacts"], "general")


def _all_have(items: JsonValue, name: str) -> bool:
    return (
        isinstance(items, list)
        and bool(items)
        and all(isinstance(item, dict) and name in item for item in items)
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the artifacts, one report each."""
    read = FieldReader(origin.location)
    root = read.root(document)
    if "rows" in root:
        return tuple(_rows(read, root, origin))
    if "data" in root:
        return (_export(read, root, origin),)
    return tuple(
        _artifact(read, item, ("artifacts", index), origin)
        for index, item in enumerate(read.required_objects(root, "artifacts", ()))
    )


def _scan(
    origin: Origin,
    subject: ReportedSubject,
    found: list[Vulnerability],
    *,
    problem: str | None = None,
    finished_at: Instant | None = None,
    licenses: tuple[LicenseFinding, ...] = (),
    unmapped: Counter[str] | None = None,
) -> ScanReport:
    return ScanReport(
        source=origin.source(_NAME, tool="xray"),
        scanner="xray",
        scanner_version=None,
        subject=subject,
        finished_at=finished_at,
        covers_vulnerabilities=problem is None,
        problem=problem,
        vulnerabilities=tuple(found),
        licenses=licenses,
        unmapped=in_order(unmapped or Counter()),
    )


def _artifact(read: FieldReader, item: JsonObject, path: Path, origin: Origin) -> ScanReport:
    general = read.object(item, "general", path)
    here = (*path, "general")
    kind, name, place, sha256 = read.optional_texts(
        general, ("pkg_type", "name", "path", "sha256"), here
    )
    image = (kind or "").lower() in {"docker", "oci"}
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, item, frozenset({"general", "issues", "licenses"}))
    found: list[Vulnerability] = []
    for index, issue in enumerate(read.objects(item, "issues", path)):
        at = (*path, "issues", index)
        kind_of_issue = read.optional_text(issue, "issue_type", at)
        if kind_of_issue not in {None, "security"}:
            unmapped[f"issues {kind_of_issue}"] += 1
            continue
        count_unmapped(unmapped, issue, frozenset({"cves", "impact_path"}))
        found += _issue(read, issue, at)
    for entry in read.objects(item, "licenses", path):
        count_unmapped(unmapped, entry, frozenset({"components", "more_info_url"}))
    return _scan(
        origin,
        ReportedSubject(
            name=place or name,
            other_than_image=None if image else f"{kind or 'unknown'} artifact",
            digests=digests(sha256) if image else (),
            unqualified_names=(name,) if image and name else (),
        ),
        found,
        licenses=tuple(_licenses(read, item, path)),
        unmapped=unmapped,
    )


def _issue(read: FieldReader, issue: JsonObject, path: Path) -> Iterator[Vulnerability]:
    """Return one vulnerability for each component that an issue has a path to."""
    paths = read.texts(issue, "impact_path", path)
    places: dict[AffectedPackage, int | None] = {}
    for index, text in enumerate(paths):
        places.setdefault(on_path(text), index)
    if not places:
        places[AffectedPackage(name="", version="")] = None
    for package, position in places.items():
        pointer = path if position is None else (*path, "impact_path", position)
        yield _vulnerability(
            read, issue, path, issue, path, package=package, fixes=(), pointer=pointer
        )


def _vulnerability(
    read: FieldReader,
    item: JsonObject,
    path: Path,
    details: JsonObject,
    details_path: Path,
    *,
    package: AffectedPackage,
    fixes: tuple[str, ...],
    pointer: Path,
) -> Vulnerability:
    """``details`` is the object with ``cves``, which is ``item`` itself or one within."""
    word, own, summary, provider = read.optional_texts(
        item, ("severity", "issue_id", "summary", "provider"), path
    )
    names: list[str] = []
    ratings: dict[Cvss, None] = {}
    for index, entry in enumerate(read.objects(details, "cves", details_path)):
        here = (*details_path, "cves", index)
        if name := read.optional_text(entry, "cve", here):
            names.append(name)
        ratings.update(dict.fromkeys(_ratings(read, entry, here, (provider or "xray").lower())))
    names = list(dict.fromkeys(names)) or list(cves_in((summary or "",)))
    identifier = names[0] if len(names) == 1 else own or ", ".join(names) or summary
    return Vulnerability(
        id=identifier or read.text(item, "issue_id", path),
        aliases=tuple(name for name in dict.fromkeys([own, *names]) if name and name != identifier),
        severity=Severity.from_word(word or ""),
        severity_word=word or "",
        package=package,
        fix_state=fix_of(fixes, FixState.UNKNOWN),
        fixed_versions=fixes,
        cvss=tuple(ratings),
        title=summary,
        published_at=optional_instant(read, item, "published", path)
        or optional_instant(read, item, "created", path),
        modified_at=optional_instant(read, item, "edited", path),
        pointer=json_pointer(pointer),
    )


def _ratings(read: FieldReader, entry: JsonObject, path: Path, source: str) -> Iterator[Cvss]:
    for version, joined, vector, score in (
        ("2.0", "cvss_v2", "cvss_v2_vector", "cvss_v2_score"),
        ("3", "cvss_v3", "cvss_v3_vector", "cvss_v3_score"),
    ):
        text = read.optional_text(entry, joined, path)
        # Score and vector in one text: 7.5/CVSS:2.0/AV:N/...
        before, _, after = (text or "").partition("/")
        value = number(read, {joined: before}, joined, path)
        found = rating(
            read,
            path,
            source=source,
            vector=after or read.optional_text(entry, vector, path),
            score=value if value is not None else number(read, entry, score, path),
            version=version,
        )
        if found is not None:
            yield found


def _licenses(read: FieldReader, item: JsonObject, path: Path) -> Iterator[LicenseFinding]:
    for index, entry in enumerate(read.objects(item, "licenses", path)):
        here = (*path, "licenses", index)
        name = read.text(entry, "name", here)
        for position, text in enumerate(read.texts(entry, "components", here)):
            yield LicenseFinding(
                license=name,
                category=None,
                severity=Severity.UNKNOWN,
                severity_word="",
                package=component(text),
                path=None,
                pointer=json_pointer((*here, "components", position)),
            )


def _rows(read: FieldReader, root: JsonObject, origin: Origin) -> Iterator[ScanReport]:
    items = read.required_objects(root, "rows", ())
    total = read.optional_integer(root, "total_rows", ())
    problem = f"has {len(items)} of {total} rows" if total is None or total > len(items) else None
    groups: dict[str, list[Vulnerability]] = {}
    times: dict[str, Instant | None] = {}
    for index, row in enumerate(items):
        path: Path = ("rows", index)
        artifact = read.text(row, "impacted_artifact", path)
        times[artifact] = optional_instant(read, row, "artifact_scan_time", path)
        package = component(read.text(row, "vulnerable_component", path))
        groups.setdefault(artifact, []).append(
            _vulnerability(
                read,
                row,
                path,
                row,
                path,
                package=package,
                fixes=bounds(read.texts(row, "fixed_versions", path)),
                pointer=path,
            )
        )
    if not groups:
        problem = "has no row, and does not say what was scanned"
        yield _scan(origin, ReportedSubject(), [], problem=problem)
    for artifact, found in groups.items():
        image = artifact.startswith(_DOCKER)
        yield _scan(
            origin,
            ReportedSubject(
                name=artifact,
                other_than_image=None if image else f"{artifact.partition(':')[0]} artifact",
                unqualified_names=(artifact.removeprefix(_DOCKER),) if image else (),
            ),
            found,
            problem=problem,
            finished_at=times[artifact],
        )


def _export(read: FieldReader, root: JsonObject, origin: Origin) -> ScanReport:
    items = read.required_objects(root, "data", ())
    total = read.optional_integer(root, "total_count", ())
    partial = total is None or total > len(items)
    found = []
    for index, item in enumerate(items):
        path: Path = ("data", index)
        versions = read.optional_object(item, "component_versions", path)
        here = (*path, "component_versions")
        details = read.optional_object(versions, "more_details", here)
        name = read.optional_text(item, "component", path)
        package = component(read.text(item, "source_comp_id", path))
        if name and package.name != name.rpartition(":")[2] and package.type not in {None, "gav"}:
            package = AffectedPackage(
                name=name.rpartition(":")[2], version=package.version, type=package.type
            )
        found.append(
            _vulnerability(
                read,
                item,
                path,
                details,
                (*here, "more_details"),
                package=package,
                fixes=bounds(read.texts(versions, "fixed_versions", here)),
                pointer=path,
            )
        )
    problem = f"has {len(items)} of {total} findings" if partial else None
    if not items:
        problem = "has no finding, and does not say what was scanned"
    return _scan(origin, ReportedSubject(), found, problem=problem)


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
