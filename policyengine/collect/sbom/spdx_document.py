"""SPDX 2.2 and 2.3 in the shape of their JSON: https://spdx.github.io/spdx-spec/v2.3/.

All the other forms of SPDX 2 are brought into this shape by their own files and read here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from policyengine.collect.format import Origin, count_unmapped, in_order, optional_instant
from policyengine.collect.sbom.identifiers import hash_algorithm
from policyengine.collect.sbom.licenses import package_license
from policyengine.collect.sbom.official_schemas import SPDX_2, schema_problem
from policyengine.errors import MalformedEvidence, UnsupportedFormat
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, json_pointer
from policyengine.model.purl import canonical_purl, purl_digest, purl_type
from policyengine.model.reference import is_digest
from policyengine.model.sbom import Package, PackageHash, PackageLicense, SbomDocument
from policyengine.model.scan import ReportedSubject

_VERSIONS = ("SPDX-2.2", "SPDX-2.3")
NO_VALUE = frozenset({"NOASSERTION", "NONE"})
_MAPPED = frozenset({"creationInfo", "documentDescribes", "packages", "relationships"})
# What a package has beside single values that is read.
_PACKAGE = frozenset(
    {
        *("SPDXID", "name", "versionInfo", "supplier", "originator", "downloadLocation"),
        *("filesAnalyzed", "licenseConcluded", "licenseDeclared", "copyrightText", "sourceInfo"),
        *("description", "summary", "homepage", "comment", "primaryPackagePurpose", "checksums"),
        *("externalRefs", "licenseComments"),
    }
)
_CPES = frozenset({"cpe22Type", "cpe23Type"})
# Relationships by which one element is part of, or needed by, another (clause 11).
_DEPENDENCY = frozenset(
    {
        *("DEPENDS_ON", "DEPENDENCY_OF", "CONTAINS", "CONTAINED_BY", "DYNAMIC_LINK", "STATIC_LINK"),
        *("BUILD_DEPENDENCY_OF", "DEV_DEPENDENCY_OF", "OPTIONAL_DEPENDENCY_OF", "PACKAGE_OF"),
        *("PROVIDED_DEPENDENCY_OF", "RUNTIME_DEPENDENCY_OF", "TEST_DEPENDENCY_OF"),
        *("HAS_PREREQUISITE", "PREREQUISITE_FOR", "EXPANDED_FROM_ARCHIVE", "PATCH_FOR"),
    }
)
# What Trivy says of an image, in annotations of its package, or formerly in attribution texts.
_TRIVY_FACTS = frozenset({"ImageID", "DiffID", "RepoTag", "RepoDigest"})
_DOCUMENT = "SPDXRef-DOCUMENT"


def read_spdx(
    spdx: JsonObject,
    origin: Origin,
    name: str,
    *,
    pointers: Sequence[str] | None = None,
    uncounted: Counter[str] | None = None,
    held_to_schema: bool = True,
) -> SbomDocument:
    """Read one document.

    ``name`` is the format it was written in; ``pointers`` are the places of its packages there,
    where these are not the ones in ``spdx``; ``uncounted`` is what of it is not in ``spdx``.
    ``held_to_schema`` is False where ``spdx`` has only what is read, and less than is required.
    """
    read = FieldReader(origin.location)
    version = read.text(spdx, "spdxVersion", ())
    refuse_other_version(version, where=f"{origin.location}/spdxVersion")
    # Every document has these (SPDX 2.3, clause 6): a stump without them is no empty SBOM.
    read.text(spdx, "SPDXID", ())
    creation = read.object(spdx, "creationInfo", ())
    creators = read.texts(creation, "creators", ("creationInfo",))
    tool, tool_version = _tool(creators)
    packages = read.objects(spdx, "packages", ())
    relations = read.objects(spdx, "relationships", ())
    image = _described_image(read, spdx, packages)
    unmapped: Counter[str] = Counter(uncounted)
    count_unmapped(unmapped, spdx, _MAPPED)
    for item in packages:
        found: Counter[str] = Counter()
        count_unmapped(found, item, _PACKAGE)
        unmapped.update({f"packages.{field}": count for field, count in found.items()})
    return SbomDocument(
        source=origin.source(name, version=version[5:], tool=tool, tool_version=tool_version),
        subject=ReportedSubject() if image is None else _subject(read, packages[image], image),
        created=optional_instant(read, creation, "created", ("creationInfo",)),
        serial=read.optional_text(spdx, "documentNamespace", ()),
        packages=tuple(
            _package(read, item, index, pointers[index] if pointers else f"/packages/{index}")
            for index, item in enumerate(packages)
            if index != image
        ),
        authors=tuple(dict.fromkeys(who for text in creators if (who := actor_name(text)))),
        dependencies=sum(
            read.optional_text(item, "relationshipType", ("relationships", index)) in _DEPENDENCY
            for index, item in enumerate(relations)
        )
        + sum(
            len(read.optional_array(item, "hasFiles", ("packages", index)))
            for index, item in enumerate(packages)
        ),
        schema=SPDX_2 if held_to_schema else None,
        schema_problem=schema_problem(spdx, SPDX_2) if held_to_schema else None,
        unmapped=in_order(unmapped),
    )


def refuse_other_version(version: str, *, where: str) -> None:
    """Raise UnsupportedFormat for a version of SPDX that is not read here."""
    if version not in _VERSIONS:
        raise UnsupportedFormat(
            "is SPDX of a version that is not read",
            where=where,
            found=version,
            expected=" or ".join(_VERSIONS),
        )


def refuse_cut(spdx: JsonObject, *, where: str, known: Iterable[str] = ()) -> None:
    """Raise MalformedEvidence for what a document that was cut lacks.

    For the forms whose text is whole wherever it ends between two lines: an element that is named
    and not there, and what the document describes, which is mostly written last and which it has
    to say (clause 11.1). ``known`` are elements that are not in ``spdx``.
    """
    read = FieldReader(where)
    present = {"SPDXRef-DOCUMENT", *known}
    for section in ("packages", "files", "snippets"):
        present.update(
            name
            for index, item in enumerate(read.objects(spdx, section, ()))
            if (name := read.optional_text(item, "SPDXID", (section, index))) is not None
        )
    named: list[tuple[str, Path]] = [
        (read.text(relation, field, ("relationships", index)), ("relationships", index, field))
        for index, relation in enumerate(read.objects(spdx, "relationships", ()))
        for field in ("spdxElementId", "relatedSpdxElement")
    ]
    described = read.texts(spdx, "documentDescribes", ())
    named += [(name, ("documentDescribes", index)) for index, name in enumerate(described)]
    relations = read.objects(spdx, "relationships", ())
    if not described and not any(
        str(relation.get("relationshipType")) in {"DESCRIBES", "DESCRIBED_BY"}
        for relation in relations
    ):
        raise MalformedEvidence(
            "does not say what it describes: it may be cut",
            where=where,
            expected=f"a relationship {_DOCUMENT} DESCRIBES",
            hint="write it again, or as JSON, of which no part can be missing unseen",
        )
    for name, path in named:
        # Elements of other documents have the document's name before theirs.
        if name not in present and name.startswith("SPDXRef-"):
            raise MalformedEvidence(
                "names an element that the document does not have: it may be cut",
                where=f"{where}{json_pointer(path)}",
                found=name[:100],
                hint="write it again",
            )


def actor_name(text: str) -> str | None:
    """Return the name in ``Organization: NAME (mail)``; None for a tool or no assertion."""
    for kind in ("Organization:", "Person:"):
        if text.startswith(kind):
            return text.removeprefix(kind).strip().removesuffix("()").strip() or None
    return None


def _package(read: FieldReader, item: JsonObject, index: int, pointer: str) -> Package:
    path = ("packages", index)
    purls, cpes = _identifiers(read, item, path)
    purl, purl_problem = canonical_purl(purls[0] if purls else None)
    return Package(
        name=read.text(item, "name", path),
        version=read.optional_text(item, "versionInfo", path),
        purl=purl,
        purl_problem=purl_problem,
        cpes=tuple(cpes),
        type=purl_type(purl),
        supplier=_supplier(read, item, path),
        licenses=_licenses(read, item, path),
        hashes=_hashes(read, item, path),
        pointer=pointer,
    )


def _identifiers(read: FieldReader, item: JsonObject, path: Path) -> tuple[list[str], list[str]]:
    """Return the package URLs and CPEs of a package."""
    purls, cpes = [], []
    for index, reference in enumerate(read.objects(item, "externalRefs", path)):
        kind = read.optional_text(reference, "referenceType", (*path, "externalRefs", index))
        if kind == "purl":
            purls.append(read.text(reference, "referenceLocator", (*path, "externalRefs", index)))
        elif kind in _CPES:
            cpes.append(read.text(reference, "referenceLocator", (*path, "externalRefs", index)))
    return purls, cpes


def _purl(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    purls, _ = _identifiers(read, item, path)
    return purls[0] if purls else None


def _supplier(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    text = read.optional_text(item, "supplier", path)
    if text is None or text in NO_VALUE:
        return None
    return text.removeprefix("Organization:").removeprefix("Person:").strip() or None


def _licenses(read: FieldReader, item: JsonObject, path: Path) -> tuple[PackageLicense, ...]:
    found = []
    for name, concluded in (("licenseConcluded", True), ("licenseDeclared", False)):
        text = read.optional_text(item, name, path)
        if text is not None and text not in NO_VALUE:
            found.append(package_license(text, "expression", concluded=concluded))
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
