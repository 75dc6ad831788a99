"""Quay's security information of a manifest (``/manifest/DIGEST/security?vulnerabilities=true``).

Source: quay/quay, data/secscan_model/datatypes.py. Its shape is that of Clair's first API, whatever
version of Clair looked. A manifest that is queued has no data yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from policyengine.collect.format import Origin, ReportFormat, count_unmapped, in_order
from policyengine.collect.scan.fields import digests, fix_of, number, rating, versions
from policyengine.collect.scan.identifiers import identified
from policyengine.errors import ScanFailed
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

_NAME = "quay-json"
# The scores and CVEs of a feature say again what its vulnerabilities say.
_MAPPED = frozenset({"Vulnerabilities", "BaseScores", "CVEIds"})
_LAYER: Path = ("data", "Layer")


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of Quay's answer."""
    if not isinstance(document, dict) or not document.keys() >= {"status", "data"}:
        return False
    data = document["data"]
    return (data is None and isinstance(document["status"], str)) or (
        isinstance(data, dict) and "Layer" in data
    )


def read_report(document: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    """Read one report."""
    read = FieldReader(origin.location)
    report = read.root(document)
    status = read.text(report, "status", ())
    if status != "scanned":
        raise ScanFailed(
            "is of a scan that failed or has not ended",
            where=f"{origin.location}/status",
            found=status,
            expected="scanned",
        )
    layer = read.object(read.object(report, "data", ()), "Layer", ("data",))
    name = read.optional_text(layer, "Name", _LAYER)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, layer, frozenset({"Features"}))
    features = read.required_objects(layer, "Features", _LAYER)
    for feature in features:
        count_unmapped(unmapped, feature, _MAPPED)
    version = read.optional_integer(layer, "IndexedByVersion", _LAYER)
    return (
        ScanReport(
            source=origin.source(_NAME, tool="quay"),
            scanner="quay",
            scanner_version=None,
            covers_secrets=False,
            covers_misconfigurations=False,
            # Before Clair 4 it was the name of the uppermost layer.
            subject=ReportedSubject(digests=digests(name) if version and version >= 4 else ()),
            distribution=read.optional_text(layer, "NamespaceName", _LAYER),
            vulnerabilities=tuple(
                found
                for index, feature in enumerate(features)
                for found in _vulnerabilities(read, feature, (*_LAYER, "Features", index))
            ),
            unmapped=in_order(unmapped),
        ),
    )


def _vulnerabilities(read: FieldReader, feature: JsonObject, path: Path) -> Iterator[Vulnerability]:
    kind, layer, version = read.optional_texts(
        feature, ("VersionFormat", "AddedBy", "Version"), path
    )
    for index, item in enumerate(read.objects(feature, "Vulnerabilities", path)):
        here = (*path, "Vulnerabilities", index)
        word, link, fixed = read.optional_texts(item, ("Severity", "Link", "FixedBy"), here)
        identifier, aliases = identified(read.text(item, "Name", here), (link or "").split())
        fixes = versions(fixed)
        yield Vulnerability(
            id=identifier,
            aliases=aliases,
            severity=Severity.from_word(word or ""),
            severity_word=word or "",
            package=AffectedPackage(
                name=read.text(feature, "Name", path),
                version=version or "",
                type=kind,
                layer=layer,
            ),
            fix_state=fix_of(fixes, FixState.NOT_FIXED),
            fixed_versions=fixes,
            cvss=_cvss(read, item, here),
            url=link.split()[0] if link and link.split() else None,
            pointer=json_pointer(here),
        )


def _cvss(read: FieldReader, item: JsonObject, path: Path) -> tuple[Cvss, ...]:
    metadata = read.optional_object(item, "Metadata", path)
    nvd = read.optional_object(metadata, "NVD", (*path, "Metadata"))
    found = []
    for name, version in (("CVSSv3", "3"), ("CVSSv2", "2.0")):
        here = (*path, "Metadata", "NVD", name)
        entry = read.optional_object(nvd, name, here[:-1])
        found.append(
            rating(
                read,
                here,
                source="nvd",
                vector=read.optional_text(entry, "Vectors", here),
                score=number(read, entry, "Score", here),
                version=version,
            )
        )
    return tuple(entry for entry in found if entry is not None)


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SCAN, recognises=recognises, read=read_report)
