"""Aqua's scan results: of ``scannercli``, of its Azure DevOps task, and of the API of version 2.

Source: Aqua Security, ``/api/v2/risks/vulnerabilities``; the scanner's ``--jsonfile``. An image is
named with Aqua's own name for the registry, so the host is not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyengine.collect.format import Origin, ReportFormat, count_unmapped, in_order
from policyengine.collect.scan.fields import (
    as_object,
    digests,
    fix_of,
    flag,
    moment,
    number,
    plain,
    rating,
    share,
    versions,
)
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    ReportedSubject,
    ScannerVerdict,
    ScanReport,
    ScanSecret,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "aqua-json"
_MAPPED = frozenset(
    {"resources", "image_assurance_results", "scan_started"}
    # How the scan was asked for, and counts of what is listed.
    | {"vulnerability_summary", "scan_options", "security_feeds_used", "internal_digest_id"}
)
_MAPPED_IN_RESOURCE = frozenset({"resource", "vulnerabilities", "sensitive_data_items"})
_MAPPED_IN_PACKAGE = frozenset({"sensitive_items", "licenses"})
# The first one given is the scanner's word.
_SEVERITIES = (
    *("aqua_severity", "vendor_severity", "nvd_severity_v3", "nvd_cvss3_severity"),
    "nvd_severity",
)
_RATINGS = (
    ("nvd", "2.0", "nvd_vectors", "nvd_score"),
    ("nvd", "3", "nvd_vectors_v3", "nvd_score_v3"),
    ("nvd", "2.0", "nvd_cvss2_vectors", "nvd_cvss2_score"),
    ("nvd", "3", "nvd_cvss3_vectors", "nvd_cvss3_score"),
    ("aqua", None, "aqua_vectors", "aqua_score"),
)
# What a query may ask for without leaving out findings of its image.
_NEUTRAL = frozenset(
    {"page_size", "page", "show_negligible", "use_cvss3", "include_vpatch_info", "image_name"}
    | {"image_name_exact_match", "registry_name", "columns_name", "image_digest", "order_by"}
)
_SECOND = 1_000_000_000


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has one of the three shapes."""
    if isinstance(document, list):
        return bool(document) and all(
            isinstance(item, dict) and "image_name" in item and _is_result(item.get("results"))
            for item in document
        )
    return _is_result(document) or _is_page(document)


def _is_result(item: JsonValue) -> bool:
    return isinstance(item, dict) and item.keys() >= {"image", "resources", "scan_started"}


def _is_page(item: JsonValue) -> bool:
    return isinstance(item, dict) and item.keys() >= {"count", "pagesize", "result", "query"}


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read the images, one report each."""
    read = FieldReader(origin.location)
    if isinstance(document, list):
        return tuple(
            _report(
                read,
                read.object(as_object(read, item, (index,)), "results", (index,)),
                (index, "results"),
                origin,
            )
            for index, item in enumerate(document)
        )
    root = read.root(document)
    return (_page(read, root, origin) if _is_page(root) else _report(read, root, (), origin),)


def _report(read: FieldReader, result: JsonObject, path: Path, origin: Origin) -> ScanReport:
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, result, _MAPPED)
    vulnerabilities: list[Vulnerability] = []
    secrets: list[ScanSecret] = []
    unscanned = 0
    for index, entry in enumerate(read.required_objects(result, "resources", path)):
        here = (*path, "resources", index)
        count_unmapped(unmapped, entry, _MAPPED_IN_RESOURCE)
        count_unmapped(unmapped, read.object(entry, "resource", here), _MAPPED_IN_PACKAGE)
        unscanned += flag(read, entry, "scanned", here) is False
        package = _package(read, entry, here)
        for number_, item in enumerate(read.objects(entry, "vulnerabilities", here)):
            at = (*here, "vulnerabilities", number_)
            vulnerabilities.append(_vulnerability(read, item, at, package, unmapped))
        secrets += _secrets(read, entry, here, package)
    image, digest, family, version = read.optional_texts(
        result, ("image", "digest", "os", "version"), path
    )
    partial = flag(read, result, "partial_results", path)
    problem = "the results are partial" if partial else None
    if unscanned:
        problem = f"{unscanned} resources were not scanned"
    return ScanReport(
        source=origin.source(_NAME, tool="aqua"),
        scanner="aqua",
        scanner_version=None,
        subject=_subject(image, digest),
        finished_at=_finished(read, result, path),
        distribution=" ".join(part for part in (family, version) if part) or None,
        covers_vulnerabilities=problem is None,
        problem=problem,
        vulnerabilities=tuple(vulnerabilities),
        secrets=tuple(secrets),
        verdicts=tuple(_verdicts(read, result, path)),
        unmapped=in_order(unmapped),
    )


def _page(read: FieldReader, page: JsonObject, origin: Origin) -> ScanReport:
    """Read one page of the API, which is a whole list only if it has all that is counted."""
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, page, frozenset({"result", "query"}))
    items = read.required_objects(page, "result", ())
    query = read.object(page, "query", ())
    count = read.optional_integer(page, "count", ())
    more = read.optional_integer(page, "more_data_all_pages", ())
    problem = None
    if count != len(items) or more or flag(read, page, "is_partial_data", ()):
        problem = f"has {len(items)} of {count} findings"
    filters = sorted(name for name in query if name not in _NEUTRAL and query[name])
    if filters or flag(read, query, "show_negligible", ("query",)) is False:
        problem = f"is filtered by {', '.join(filters) or 'show_negligible'}"
    name = read.optional_text(query, "image_name", ("query",))
    exact = flag(read, query, "image_name_exact_match", ("query",))
    names = {name: None} if name and exact else {}
    known: dict[str | None, None] = {}
    for index, item in enumerate(items):
        found, digest = read.optional_texts(item, ("image_name", "image_digest"), ("result", index))
        names.setdefault(found or "")
        known.setdefault(digest)
    return ScanReport(
        source=origin.source(_NAME, version="2", tool="aqua"),
        scanner="aqua",
        scanner_version=None,
        subject=ReportedSubject(
            name=name,
            digests=digests(*known),
            unqualified_names=tuple(found for found in names if found),
        ),
        covers_vulnerabilities=problem is None,
        problem=problem,
        vulnerabilities=tuple(
            _vulnerability(
                read,
                item,
                ("result", index),
                _package(read, item, ("result", index)),
                unmapped,
            )
            for index, item in enumerate(items)
        ),
        unmapped=in_order(unmapped),
    )


def _subject(image: str | None, digest: str | None) -> ReportedSubject:
    host = (image or "").partition("/")[0]
    if image and "/" in image and ("." in host or ":" in host):
        return ReportedSubject(name=image, digests=digests(digest))
    return ReportedSubject(
        name=None, digests=digests(digest), unqualified_names=(image,) if image else ()
    )


def _finished(read: FieldReader, result: JsonObject, path: Path) -> Instant | None:
    started = read.optional_object(result, "scan_started", path)
    seconds = read.optional_integer(started, "seconds", (*path, "scan_started"))
    duration = read.optional_integer(result, "scan_duration", path) or 0
    return None if not seconds else Instant((seconds + duration) * _SECOND)


def _package(read: FieldReader, entry: JsonObject, path: Path) -> AffectedPackage:
    item = read.object(entry, "resource", path)
    here = (*path, "resource")
    kind, file, name, version, layer = read.optional_texts(
        item, ("format", "path", "name", "version", "layer_digest"), here
    )
    return AffectedPackage(
        name=name or file or read.text(item, "name", here),
        version=version or "",
        type=kind,
        path=file,
        layer=layer,
    )


def _vulnerability(
    read: FieldReader,
    item: JsonObject,
    path: Path,
    package: AffectedPackage,
    unmapped: Counter[str],
) -> Vulnerability:
    words = read.optional_texts(item, _SEVERITIES, path)
    word = next((entry for entry in words if entry), "")
    for field in ("ref_vulns", "referenced_vulnerabilities"):
        unmapped[field] += len(read.optional_array(item, field, path))
    fixes = versions(read.optional_text(item, "fix_version", path))
    vendor, nvd, catalogued = read.optional_texts(
        item, ("vendor_url", "nvd_url", "cisa_publish_date"), path
    )
    classification = read.optional_text(item, "severity_classification", path)
    return Vulnerability(
        id=read.text(item, "name", path),
        severity=Severity.from_word(word),
        severity_word=word,
        package=package,
        fix_state=fix_of(fixes, FixState.NOT_FIXED),
        fixed_versions=fixes,
        status_word=classification,
        cvss=tuple(_cvss(read, item, path)),
        epss_score=share(read, item, "epss_score", path),
        epss_percentile=share(read, item, "epss_percentile", path),
        known_exploited=True if catalogued else None,
        url=vendor or nvd,
        published_at=moment(read.optional_text(item, "publish_date", path)),
        modified_at=moment(read.optional_text(item, "modification_date", path)),
        fixed_at=moment(read.optional_text(item, "fix_publish_date", path)),
        pointer=json_pointer(path),
    )


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> Iterator[Cvss]:
    for source, version, vector, score in _RATINGS:
        found = rating(
            read,
            path,
            source=source,
            vector=plain(read.optional_text(item, vector, path)),
            score=number(read, item, score, path),
            version=version,
        )
        if found is not None:
            yield found


def _secrets(
    read: FieldReader, entry: JsonObject, path: Path, package: AffectedPackage
) -> Iterator[ScanSecret]:
    """Return the sensitive data of a file, which newer versions list with more than a type."""
    resource = read.object(entry, "resource", path)
    listed = read.objects(entry, "sensitive_data_items", path)
    kinds = [
        (read.text(item, "type", (*path, "sensitive_data_items", index)), index)
        for index, item in enumerate(listed)
    ]
    field: Path = ("sensitive_data_items",)
    if not kinds:
        field = ("resource", "sensitive_items")
        names = read.texts(resource, "sensitive_items", (*path, "resource"))
        kinds = [(kind, index) for index, kind in enumerate(names)]
    for kind, index in kinds:
        yield ScanSecret(
            rule_id=kind,
            title=kind,
            severity=Severity.UNKNOWN,
            severity_word="",
            path=package.path or package.name,
            start_line=None,
            layer=package.layer,
            pointer=json_pointer((*path, *field, index)),
        )


def _verdicts(read: FieldReader, result: JsonObject, path: Path) -> Iterator[ScannerVerdict]:
    assurance = read.optional_object(result, "image_assurance_results", path)
    here = (*path, "image_assurance_results")
    disallowed = flag(read, assurance, "disallowed", here)
    if disallowed is not None:
        yield ScannerVerdict(
            policy="image assurance",
            passed=not disallowed,
            word="disallowed" if disallowed else "allowed",
            reason=None,
            pointer=json_pointer((*here, "disallowed")),
        )
    for index, item in enumerate(read.objects(assurance, "checks_performed", here)):
        at = (*here, "checks_performed", index)
        failed = flag(read, item, "failed", at)
        policy, control = read.optional_texts(item, ("policy_name", "control"), at)
        yield ScannerVerdict(
            policy="/".join(part for part in (policy, control) if part),
            passed=None if failed is None else not failed,
            word="performed" if failed is None else ("failed" if failed else "passed"),
            reason=None,
            pointer=json_pointer(at),
        )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
