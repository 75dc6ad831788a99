"""The ``sbom`` section: packages of all SBOMs, each once, with every place that lists it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from policyengine.document.times import instant_fields
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import Package, PackageHash, PackageLicense, SbomDocument


class _PackageFacts(NamedTuple):
    """What makes two entries the same package: everything but where it is written."""

    name: str
    version: str
    purl: str
    path: str
    type: str
    supplier: str
    licenses: tuple[PackageLicense, ...]
    hashes: tuple[PackageHash, ...]


def sbom_section(documents: Sequence[SbomDocument], matches: Sequence[str]) -> JsonObject:
    """Return ``sbom``; ``matches`` says of each SBOM how it is known to be about the image."""
    groups: dict[_PackageFacts, tuple[Package, list[JsonValue]]] = {}
    for index, document in enumerate(documents):
        for package in document.packages:
            origin: JsonObject = {"source": index, "pointer": package.pointer}
            known = groups.get(facts := _facts(package))
            if known is None:
                groups[facts] = (package, [origin])
            else:
                known[1].append(origin)
    ordered = sorted(groups, key=lambda facts: (facts[:6], repr(facts[6:])))
    return {
        "documents": [
            _document(index, document, match)
            for index, (document, match) in enumerate(zip(documents, matches, strict=True))
        ],
        "packages": [_package(*groups[facts]) for facts in ordered],
    }


def _facts(package: Package) -> _PackageFacts:
    return _PackageFacts(
        package.name,
        package.version or "",
        package.purl or "",
        package.path or "",
        package.type or "",
        package.supplier or "",
        package.licenses,
        package.hashes,
    )


def _package(package: Package, reported_by: list[JsonValue]) -> JsonObject:
    return {
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "type": package.type,
        "path": package.path,
        "supplier": package.supplier,
        "licenses": [
            {"value": item.value, "kind": item.kind, "concluded": item.concluded}
            for item in package.licenses
        ],
        "hashes": [{"algorithm": item.algorithm, "value": item.value} for item in package.hashes],
        "reported_by": reported_by,
    }


def _document(index: int, document: SbomDocument, match: str) -> JsonObject:
    return {
        "source": index,
        "format": document.source.format,
        "format_version": document.source.format_version,
        "tool": document.source.tool,
        "tool_version": document.source.tool_version,
        **instant_fields("created", document.created),
        "serial": document.serial,
        "package_count": len(document.packages),
        "subject_match": match,
    }
