"""Syft's own JSON.

Source: anchore/syft, schema/json. The schema changes its version often; the fields that are read
have been there, under these names or the older ones handled here, since version 1.
"""

from __future__ import annotations

from policyengine.collect.format import Origin, ReportFormat, optional_instant
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import Package, PackageLicense, SbomDocument
from policyengine.model.scan import ReportedSubject

_NAME = "syft-json"
_NEWEST_MAJOR = 16
_UNMAPPED = ("files", "secrets")

# The types of source that are not an image.
_NO_IMAGES = frozenset({"directory", "file"})


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of Syft's JSON."""
    return isinstance(document, dict) and "artifacts" in document and "source" in document


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
    counts = tuple((name, len(read.optional_array(sbom, name, ()))) for name in _UNMAPPED)
    return (
        SbomDocument(
            source=origin.source(
                _NAME,
                version=version,
                tool=read.optional_text(descriptor, "name", ("descriptor",)),
                tool_version=read.optional_text(descriptor, "version", ("descriptor",)),
            ),
            subject=_subject(read, sbom),
            created=optional_instant(read, descriptor, "timestamp", ("descriptor",)),
            serial=None,
            packages=tuple(
                _package(read, item, index)
                for index, item in enumerate(read.objects(sbom, "artifacts", ()))
            ),
            unmapped=tuple((name, count) for name, count in counts if count),
        ),
    )


def _package(read: FieldReader, item: JsonObject, index: int) -> Package:
    path = ("artifacts", index)
    locations = read.optional_array(item, "locations", path)
    first = locations[0] if locations else None
    return Package(
        name=read.text(item, "name", path),
        version=read.optional_text(item, "version", path),
        purl=read.optional_text(item, "purl", path),
        type=read.optional_text(item, "type", path),
        # The oldest schemas list locations as plain paths.
        path=read.optional_text(first, "path", (*path, "locations", 0))
        if isinstance(first, dict)
        else (first if isinstance(first, str) else None),
        licenses=_licenses(read, item, path),
        pointer=f"/artifacts/{index}",
    )


def _licenses(read: FieldReader, item: JsonObject, path: Path) -> tuple[PackageLicense, ...]:
    found = []
    for index, entry in enumerate(read.optional_array(item, "licenses", path)):
        here = (*path, "licenses", index)
        if isinstance(entry, str):  # before schema 8
            found.append(PackageLicense(value=entry, kind="name"))
        elif isinstance(entry, dict):
            expression = read.optional_text(entry, "spdxExpression", here)
            found.append(
                PackageLicense(
                    value=expression or read.text(entry, "value", here),
                    kind="expression" if expression else "name",
                    concluded=entry.get("type") == "concluded",
                )
            )
        else:
            raise read.wrong(here, repr(entry), "a string or an object")
    return tuple(found)


def _subject(read: FieldReader, sbom: JsonObject) -> ReportedSubject:
    source = read.optional_object(sbom, "source", ())
    field = "target" if "target" in source else "metadata"
    target = source.get(field)
    kind = read.optional_text(source, "type", ("source",))
    other = kind if kind in _NO_IMAGES else None
    if not isinstance(target, dict):
        name = target if isinstance(target, str) else None
        return ReportedSubject(name=name, other_than_image=other)
    path = ("source", field)
    image_id = read.optional_text(target, "imageID", path)
    digest = read.optional_text(target, "manifestDigest", path)
    return ReportedSubject(
        name=read.optional_text(target, "userInput", path),
        other_than_image=other,
        image_ids=(image_id,) if image_id else (),
        digests=(digest,) if digest else (),
        repo_tags=tuple(read.texts(target, "tags", path)),
        repo_digests=tuple(read.texts(target, "repoDigests", path)),
        diff_ids=tuple(
            read.text(layer, "digest", (*path, "layers", index))
            for index, layer in enumerate(read.objects(target, "layers", path))
        ),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SBOM, recognises=recognises, read=read_sbom)
