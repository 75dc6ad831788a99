"""SPDX in JSON, 2.2 and 2.3: https://spdx.github.io/spdx-spec/v2.3/."""

from __future__ import annotations

from collections import Counter

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.sbom.identifiers import hash_algorithm, purl_digest, purl_type
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.reference import is_digest
from policyengine.model.sbom import Package, PackageHash, PackageLicense, SbomDocument
from policyengine.model.scan import ReportedSubject

_NAME = "spdx-json"
_VERSIONS = ("SPDX-2.2", "SPDX-2.3")
_NO_VALUE = frozenset({"NOASSERTION", "NONE"})
_MAPPED = frozenset({"creationInfo", "documentDescribes", "packages"})
# What Trivy says of an image, in annotations of its package, or formerly in attribution texts.
_TRIVY_FACTS = frozenset({"ImageID", "DiffID", "RepoTag", "RepoDigest"})
_DOCUMENT = "SPDXRef-DOCUMENT"


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is SPDX 2 in JSON."""
    return isinstance(document, dict) and "spdxVersion" in document


def read_document(document: JsonValue, origin: Origin) -> tuple[SbomDocument, ...]:
    """Read one document."""
    read = FieldReader(origin.location)
    spdx = read.root(document)
    version = read.text(spdx, "spdxVersion", ())
    if version not in _VERSIONS:
        raise UnsupportedFormat(
            "is SPDX of a version that is not read",
            where=f"{origin.location}/spdxVersion",
            found=version,
            expected=" or ".join(_VERSIONS),
        )
    # Every document has these (SPDX 2.3, clause 6): a stump without them is no empty SBOM.
    read.text(spdx, "SPDXID", ())
    creation = read.object(spdx, "creationInfo", ())
    tool, tool_version = _tool(read.texts(creation, "creators", ("creationInfo",)))
    packages = read.objects(spdx, "packages", ())
    image = _described_image(read, spdx, packages)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, spdx, _MAPPED)
    return (
        SbomDocument(
            source=origin.source(_NAME, version=version[5:], tool=tool, tool_version=tool_version),
            subject=ReportedSubject() if image is None else _subject(read, packages[image], image),
            created=optional_instant(read, creation, "created", ("creationInfo",)),
            serial=read.optional_text(spdx, "documentNamespace", ()),
            packages=tuple(
                _package(read, item, index) for index, item in enumerate(packages) if index != image
            ),
            unmapped=in_order(unmapped),
        ),
    )


def _package(read: FieldReader, item: JsonObject, index: int) -> Package:
    path = ("packages", index)
    purl = _purl(read, item, path)
    return Package(
        name=read.text(item, "name", path),
        version=read.optional_text(item, "versionInfo", path),
        purl=purl,
        type=purl_type(purl),
        supplier=_supplier(read, item, path),
        licenses=_licenses(read, item, path),
        hashes=_hashes(read, item, path),
        pointer=f"/packages/{index}",
    )


def _purl(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    for index, reference in enumerate(read.objects(item, "externalRefs", path)):
        if reference.get("referenceType") == "purl":
            return read.text(reference, "referenceLocator", (*path, "externalRefs", index))
    return None


def _supplier(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    text = read.optional_text(item, "supplier", path)
    if text is None or text in _NO_VALUE:
        return None
    return text.removeprefix("Organization:").removeprefix("Person:").strip() or None


def _licenses(read: FieldReader, item: JsonObject, path: Path) -> tuple[PackageLicense, ...]:
    found = []
    for name, concluded in (("licenseConcluded", True), ("licenseDeclared", False)):
        text = read.optional_text(item, name, path)
        if text is not None and text not in _NO_VALUE:
            found.append(PackageLicense(value=text, kind="expression", concluded=concluded))
    return tuple(found)


def _hashes(read: FieldReader, item: JsonObject, path: Path) -> tuple[PackageHash, ...]:
    return tuple(
        PackageHash(
            algorithm=hash_algorithm(read.text(entry, "algorithm", (*path, "checksums", index))),
            value=read.text(entry, "checksumValue", (*path, "checksums", index)).lower(),
        )
        for index, entry in enumerate(read.objects(item, "checksums", path))
    )


def _described_image(read: FieldReader, spdx: JsonObject, packages: list[JsonObject]) -> int | None:
    """Return the index of the one package that stands for the image itself, if there is one."""
    described = set(read.texts(spdx, "documentDescribes", ()))
    for index, relation in enumerate(read.objects(spdx, "relationships", ())):
        if (
            relation.get("relationshipType") == "DESCRIBES"
            and relation.get("spdxElementId") == _DOCUMENT
        ):
            path = ("relationships", index)
            described.add(read.text(relation, "relatedSpdxElement", path))
    found = [
        index
        for index, item in enumerate(packages)
        if read.optional_text(item, "SPDXID", ("packages", index)) in described
        and _is_image(read, item, ("packages", index))
    ]
    return found[0] if len(found) == 1 else None


def _is_image(read: FieldReader, item: JsonObject, path: Path) -> bool:
    return item.get("primaryPackagePurpose") == "CONTAINER" or (
        _purl(read, item, path) or ""
    ).startswith(("pkg:oci/", "pkg:docker/"))


def _subject(read: FieldReader, item: JsonObject, index: int) -> ReportedSubject:
    path = ("packages", index)
    version = read.optional_text(item, "versionInfo", path) or ""
    named = (version, purl_digest(_purl(read, item, path)))
    digests = {text for text in named if text and is_digest(text)}
    digests |= {
        f"sha256:{entry.value}"
        for entry in _hashes(read, item, path)
        if entry.algorithm == "sha256" and is_digest(f"sha256:{entry.value}")
    }
    name = read.optional_text(item, "name", path)
    facts = _trivy_facts(read, item, path)
    return ReportedSubject(
        name=f"{name}:{version}" if name and version and not is_digest(version) else name,
        image_ids=tuple(facts.get("ImageID", ())),
        digests=tuple(sorted(digests)),
        repo_tags=tuple(facts.get("RepoTag", ())),
        repo_digests=tuple(facts.get("RepoDigest", ())),
        diff_ids=tuple(facts.get("DiffID", ())),
    )


def _trivy_facts(read: FieldReader, item: JsonObject, path: Path) -> dict[str, list[str]]:
    texts = list(read.texts(item, "attributionTexts", path))
    texts += [
        read.text(note, "comment", (*path, "annotations", index))
        for index, note in enumerate(read.objects(item, "annotations", path))
    ]
    facts: dict[str, list[str]] = {}
    for text in texts:
        name, colon, value = text.partition(": ")
        if colon and name in _TRIVY_FACTS:
            facts.setdefault(name, []).append(value)
    return facts


def _tool(creators: list[str]) -> tuple[str | None, str | None]:
    """Return name and version of the first tool: ``Tool: syft-1.2.3``."""
    for creator in creators:
        if creator.startswith("Tool:"):
            text = creator.removeprefix("Tool:").strip()
            name, dash, version = text.rpartition("-")
            if dash and version[:1].isdigit():
                return name, version
            return text or None, None
    return None, None


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SBOM, recognises=recognises, read=read_document)
