"""Syft's own JSON.

Source: anchore/syft, schema/json. The schema changes its version often; the fields that are read
have been there, under these names or the older ones handled here, since version 1.
"""

from __future__ import annotations

from collections import Counter

from policyengine.collect.anchore import reported_subject
from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.sbom.licenses import package_license
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path, described
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.purl import canonical_purl
from policyengine.model.sbom import Package, PackageLicense, SbomDocument

_NAME = "syft-json"
_NEWEST_MAJOR = 16
# The other relationships say how packages were found.
_DEPENDENCY = frozenset({"contains", "dependency-of"})
_MAPPED = frozenset(
    {"artifacts", "source", "image", "schema", "descriptor", "distro", "artifactRelationships"}
)
# One of these stands beside the artifacts in every version.
_COMPANIONS = frozenset({"source", "image", "artifactRelationships"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of Syft's JSON."""
    return (
        isinstance(document, dict)
        and "artifacts" in document
        and not _COMPANIONS.isdisjoint(document)
    )


def read_sbom(document: JsonValue, origin: Origin) -> tuple[SbomDocument, ...]:
    """Read one SBOM."""
    read = FieldReader(origin.location)
    sbom = read.root(document)
    schema = read.optional_object(sbom, "schema", ())
    version = read.optional_text(schema, "version", ("schema",))
    major = (version or "0").partition(".")[0]
    if not major.isdecimal() or int(major) > _NEWEST_MAJOR:
        raise UnsupportedFormat(
            "is Syft JSON of a version that is not read",
            where=f"{origin.location}/schema/version",
            found=str(version),
            expected=f"up to {_NEWEST_MAJOR}",
        )
    descriptor = read.optional_object(sbom, "descriptor", ())
    # Syft writes an empty list where it found nothing: null is not an answer.
    artifacts = read.required_objects(sbom, "artifacts", ())
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, sbom, _MAPPED)
    relations = read.objects(sbom, "artifactRelationships", ())
    dependencies = sum(
        read.optional_text(item, "type", ("artifactRelationships", index)) in _DEPENDENCY
        for index, item in enumerate(relations)
    )
    unmapped["artifactRelationships"] += len(relations) - dependencies
    return (
        SbomDocument(
            source=origin.source(
                _NAME,
                version=version,
                tool=read.optional_text(descriptor, "name", ("descriptor",)),
                tool_version=read.optional_text(descriptor, "version", ("descriptor",)),
            ),
            subject=reported_subject(read, sbom),
            created=optional_instant(read, descriptor, "timestamp", ("descriptor",)),
            serial=None,
            packages=tuple(_package(read, item, index) for index, item in enumerate(artifacts)),
            dependencies=dependencies,
            unmapped=in_order(unmapped),
        ),
    )


def _package(read: FieldReader, item: JsonObject, index: int) -> Package:
    path = ("artifacts", index)
    purl, purl_problem = canonical_purl(read.optional_text(item, "purl", path))
    return Package(
        name=read.text(item, "name", path),
        version=read.optional_text(item, "version", path),
        purl=purl,
        purl_problem=purl_problem,
        cpes=_cpes(read, item, path),
        type=read.optional_text(item, "type", path),
        path=_location(read, item, path),
        licenses=_licenses(read, item, path),
        pointer=f"/artifacts/{index}",
    )


def _cpes(read: FieldReader, item: JsonObject, path: Path) -> tuple[str, ...]:
    found = []
    for index, entry in enumerate(read.optional_array(item, "cpes", path)):
        here = (*path, "cpes", index)
        if isinstance(entry, dict):  # since schema 14
            found.append(read.text(entry, "cpe", here))
        elif isinstance(entry, str):
            found.append(entry)
        else:
            raise read.wrong(here, described(entry), "a string or an object")
    return tuple(found)


def _location(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    locations = read.optional_array(item, "locations", path)
    if not locations:
        return None
    first = locations[0]
    here = (*path, "locations", 0)
    if isinstance(first, dict):
        return read.optional_text(first, "path", here)
    if isinstance(first, str):  # the oldest schemas list plain paths
        return first or None
    raise read.wrong(here, described(first), "an object or a string")


def _licenses(read: FieldReader, item: JsonObject, path: Path) -> tuple[PackageLicense, ...]:
    found = []
    for index, entry in enumerate(read.optional_array(item, "licenses", path)):
        here = (*path, "licenses", index)
        if isinstance(entry, str):  # before schema 8
            value, kind, concluded = entry, "name", False
        elif isinstance(entry, dict):
            expression = read.optional_text(entry, "spdxExpression", here)
            value = expression or read.optional_text(entry, "value", here) or ""
            kind = "expression" if expression else "name"
            concluded = entry.get("type") == "concluded"
        else:
            raise read.wrong(here, described(entry), "a string or an object")
        if value:
            found.append(package_license(value, kind, concluded=concluded))
    return tuple(found)


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SBOM, recognises=recognises, read=read_sbom)
