"""Clair's vulnerability report, version 4: findings by package, each named by reference.

Source: quay/claircore, vulnerabilityreport.go. ``package_vulnerabilities`` joins the other maps;
an identifier that leads nowhere is an error, for a finding would be lost with it.
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
from policyengine.collect.scan.fields import (
    digests,
    entries,
    flag,
    number,
    plain,
    rating,
    share,
)
from policyengine.collect.scan.identifiers import identified
from policyengine.errors import ScanFailed
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path, described
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

_NAME = "clair-json"
_MAPPED = frozenset(
    {"packages", "distributions", "repository", "repositories", "environments", "vulnerabilities"}
    | {"package_vulnerabilities", "enrichments"}
)
_ENRICHERS = ("clair.cvss", "clair.epss", "clair.kev")
# How Debian's updater writes that there is no fix.
_NO_FIX = frozenset({"0", "0:0"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of Clair's report."""
    return isinstance(document, dict) and document.keys() >= {
        "manifest_hash",
        "package_vulnerabilities",
    }


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    _refuse_unfinished(read, report)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, report, _MAPPED)
    enrichments = _enrichments(read, report, unmapped)
    return (
        ScanReport(
            source=origin.source(_NAME, version="4", tool="clair"),
            scanner="clair",
            scanner_version=None,
            covers_secrets=False,
            covers_misconfigurations=False,
            subject=ReportedSubject(digests=digests(read.text(report, "manifest_hash", ()))),
            distribution=_distribution(read, report),
            vulnerabilities=tuple(_vulnerabilities(read, report, enrichments)),
            unmapped=in_order(unmapped),
        ),
    )


def _refuse_unfinished(read: FieldReader, report: JsonObject) -> None:
    """Refuse a report that carries the state of an index that failed or has not ended."""
    state = read.optional_text(report, "state", ())
    error = read.optional_text(report, "err", ())
    success = flag(read, report, "success", ())
    if error or success is False or state not in {None, "IndexFinished"}:
        raise ScanFailed(
            "is of a scan that failed or has not ended",
            where=read.where,
            found=error or f"state {state}",
            expected="state IndexFinished",
        )


def _enrichments(
    read: FieldReader, report: JsonObject, unmapped: Counter[str]
) -> dict[str, dict[str, list[tuple[JsonObject, Path]]]]:
    """Return what each known enricher says of each vulnerability, by its identifier."""
    found: dict[str, dict[str, list[tuple[JsonObject, Path]]]] = {name: {} for name in _ENRICHERS}
    inner = read.optional_object(report, "enrichments", ())
    for kind in inner:
        name = next((name for name in _ENRICHERS if f"enricher={name}" in kind), None)
        if name is None:
            unmapped["enrichments"] += 1
            continue
        for index, by_id in enumerate(read.objects(inner, kind, ("enrichments",))):
            path: Path = ("enrichments", kind, index)
            for identifier in by_id:
                found[name].setdefault(identifier, []).extend(
                    (item, (*path, identifier, position))
                    for position, item in enumerate(read.objects(by_id, identifier, path))
                )
    return found


def _distribution(read: FieldReader, report: JsonObject) -> str | None:
    known = entries(read, report, "distributions", ())
    if len(known) != 1:
        return None
    (key,) = known
    item = read.object(known, key, ("distributions",))
    pretty, name = read.optional_texts(item, ("pretty_name", "name"), ("distributions", key))
    return pretty or name


def _vulnerabilities(
    read: FieldReader,
    report: JsonObject,
    enrichments: dict[str, dict[str, list[tuple[JsonObject, Path]]]],
) -> Iterator[Vulnerability]:
    packages = entries(read, report, "packages", ())
    known = entries(read, report, "vulnerabilities", ())
    environments = read.optional_object(report, "environments", ())
    joined = read.object(report, "package_vulnerabilities", ())
    for package_id in joined:
        identifiers = read.texts(joined, package_id, ("package_vulnerabilities",))
        if not identifiers:
            continue
        package = _package(
            read, read.object(packages, package_id, ("packages",)), package_id, environments
        )
        for index, identifier in enumerate(identifiers):
            yield _vulnerability(
                read,
                read.object(known, identifier, ("vulnerabilities",)),
                ("vulnerabilities", identifier),
                package,
                pointer=json_pointer(("package_vulnerabilities", package_id, index)),
                enriched={name: found.get(identifier, []) for name, found in enrichments.items()},
            )


def _package(
    read: FieldReader, item: JsonObject, identifier: str, environments: JsonObject
) -> AffectedPackage:
    path: Path = ("packages", identifier)
    places = read.objects(environments, identifier, ("environments",))
    here: Path = ("environments", identifier, 0)
    database = read.optional_text(places[0], "package_db", here) if places else None
    layer = read.optional_text(places[0], "introduced_in", here) if places else None
    kind, file = _kind(database)
    return AffectedPackage(
        name=read.text(item, "name", path),
        version=read.optional_text(item, "version", path) or "",
        type=kind,
        path=file,
        layer=layer,
    )


def _kind(database: str | None) -> tuple[str | None, str | None]:
    """Return the package type that a package database tells, and the file of the package."""
    if database is None:
        return None, None
    for mark, kind in (("dpkg", "dpkg"), ("lib/apk", "apk"), ("lib/rpm", "rpm")):
        if mark in database:
            return kind, None
    kind, colon, file = database.partition(":")
    return (kind, file) if colon else (None, database)


def _vulnerability(
    read: FieldReader,
    item: JsonObject,
    path: Path,
    package: AffectedPackage,
    *,
    pointer: str,
    enriched: dict[str, list[tuple[JsonObject, Path]]],
) -> Vulnerability:
    word, normal, links, fixed = read.optional_texts(
        item, ("severity", "normalized_severity", "links", "fixed_in_version"), path
    )
    addresses = (links or "").split()
    identifier, aliases = identified(read.text(item, "name", path), addresses)
    fixed = plain(fixed)
    fixes = () if fixed is None or fixed in _NO_FIX else (fixed,)
    scores = [
        (score, share(read, entry, "percentile", here))
        for entry, here in enriched["clair.epss"]
        if (score := share(read, entry, "epss", here)) is not None
    ]
    score, percentile = max(scores, key=lambda pair: pair[0], default=(None, None))
    return Vulnerability(
        id=identifier,
        aliases=aliases,
        severity=Severity.from_word(normal or word or ""),
        severity_word=word or normal or "",
        package=package,
        fix_state=FixState.FIXED if fixes else FixState.NOT_FIXED,
        fixed_versions=fixes,
        cvss=_cvss(read, enriched["clair.cvss"]),
        epss_score=score,
        epss_percentile=percentile,
        known_exploited=True if enriched["clair.kev"] else None,
        url=addresses[0] if addresses else None,
        published_at=optional_instant(read, item, "issued", path)
        if item.get("issued") != "0001-01-01T00:00:00Z"
        else None,
        pointer=pointer,
    )


def _cvss(read: FieldReader, found: list[tuple[JsonObject, Path]]) -> tuple[Cvss, ...]:
    ratings = [
        rating(
            read,
            path,
            source="nvd",
            vector=read.optional_text(item, "vectorString", path),
            score=number(read, item, "baseScore", path),
            version=_version(read, item, path),
        )
        for item, path in found
    ]
    return tuple(dict.fromkeys(item for item in ratings if item is not None))


def _version(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    version = item.get("version")
    if version is None or isinstance(version, str):
        return version or None
    raise read.wrong((*path, "version"), described(version), "a string")


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
