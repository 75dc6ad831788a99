"""CycloneDX in JSON, 1.2 to 1.7 (1.0 and 1.1 are XML alone): https://cyclonedx.org/specification/."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from policyengine.collect.cyclonedx_analysis import cyclonedx_vex, is_vex_alone
from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.sbom.identifiers import hash_algorithm
from policyengine.collect.sbom.licenses import package_license
from policyengine.collect.sbom.official_schemas import CYCLONEDX, schema_problem
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.purl import canonical_purl, purl_digest, purl_type
from policyengine.model.reference import is_digest
from policyengine.model.sbom import Package, PackageHash, PackageLicense, SbomDocument
from policyengine.model.scan import ReportedSubject
from policyengine.model.vex import VexDocument

_NAME = "cyclonedx-json"
VERSIONS = tuple(CYCLONEDX)
# Properties by which tools say where a component lies.
_PATHS = ("syft:location:0:path", "aquasecurity:trivy:FilePath", "aquasecurity:trivy:PkgPath")
_MAPPED = frozenset({"metadata", "components", "dependencies"})
_METADATA = frozenset({"tools", "component", "authors", "supplier", "manufacture", "manufacturer"})
# Read, or single values, or, as properties are, a tool's own matter.
_COMPONENT = frozenset(
    {
        *("supplier", "manufacturer", "authors", "licenses", "hashes", "components", "properties"),
        *("type", "name", "version", "group", "purl", "cpe", "bom-ref", "publisher", "author"),
        *("description", "copyright", "mime-type", "scope", "modified"),
    }
)


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is CycloneDX in JSON, and not a VEX document alone."""
    return (
        isinstance(document, dict)
        and (
            document.get("bomFormat") == "CycloneDX"
            or str(document.get("$schema", "")).startswith("http://cyclonedx.org/schema/bom")
        )
        and not is_vex_alone(document)
    )


def read_bom(document: JsonValue, origin: Origin) -> tuple[SbomDocument | VexDocument, ...]:
    """Read one BOM: an SBOM, and what it says of vulnerabilities as a VEX document beside it."""
    read = FieldReader(origin.location)
    bom = read.root(document)
    version = read.text(bom, "specVersion", ())
    if version not in VERSIONS:
        raise UnsupportedFormat(
            "is CycloneDX of a version that is not read",
            where=f"{origin.location}/specVersion",
            found=version,
            expected=f"{VERSIONS[0]} to {VERSIONS[-1]}",
        )
    schema = CYCLONEDX[version]
    problem = schema_problem(bom, schema)
    sbom = read_components(bom, origin, _NAME, version, schema=schema, problem=problem)
    return with_vex(sbom, bom, origin)


def with_vex(
    sbom: SbomDocument, bom: JsonObject, origin: Origin
) -> tuple[SbomDocument | VexDocument, ...]:
    """Return ``sbom``, and the VEX document that it is too where it has an analysis."""
    listed = bom.get("vulnerabilities")
    analysed = isinstance(listed, list) and any(
        isinstance(item, dict) and item.get("analysis") for item in listed
    )
    if not analysed:
        return (sbom,)
    source = sbom.source
    vex = cyclonedx_vex(
        bom,
        origin,
        source.format,
        source.format_version or "",
        subject=None if sbom.subject == ReportedSubject() else sbom.subject,
        whole=False,
    )
    # What was an unmapped part of the SBOM is read after all.
    counts = tuple((name, count) for name, count in sbom.unmapped if name != "vulnerabilities")
    return replace(sbom, unmapped=counts), vex


def read_components(
    bom: JsonObject,
    origin: Origin,
    name: str,
    version: str,
    *,
    schema: str | None,
    problem: str | None,
    uncounted: Counter[str] | None = None,
) -> SbomDocument:
    """Read a BOM in the shape that the JSON of its version has.

    ``name`` is the format it was written in, ``uncounted`` what of it is not in ``bom``.
    """
    read = FieldReader(origin.location)
    metadata = read.optional_object(bom, "metadata", ())
    unmapped: Counter[str] = Counter(uncounted)
    count_unmapped(unmapped, bom, _MAPPED)
    count_unmapped(unmapped, metadata, _METADATA)
    packages = tuple(_packages(read, bom, metadata, unmapped))
    tool, tool_version = _tool(read, metadata)
    return SbomDocument(
        source=origin.source(name, version=version, tool=tool, tool_version=tool_version),
        subject=_subject(read, metadata),
        created=optional_instant(read, metadata, "timestamp", ("metadata",)),
        serial=read.optional_text(bom, "serialNumber", ()),
        packages=packages,
        authors=_authors(read, metadata),
        dependencies=_dependencies(read, bom),
        schema=schema,
        schema_problem=problem,
        unmapped=in_order(unmapped),
    )


def _authors(read: FieldReader, metadata: JsonObject) -> tuple[str, ...]:
    """Return who made the BOM, or who had it made.

    The tool alone is no author: NTIA's minimum elements ask for the entity behind it.
    """
    names = [
        read.optional_text(item, "name", ("metadata", "authors", index))
        or read.optional_text(item, "email", ("metadata", "authors", index))
        for index, item in enumerate(read.objects(metadata, "authors", ("metadata",)))
    ]
    for field in ("manufacturer", "manufacture", "supplier"):
        organisation = read.optional_object(metadata, field, ("metadata",))
        names.append(read.optional_text(organisation, "name", ("metadata", field)))
    return tuple(dict.fromkeys(name for name in names if name))


def _dependencies(read: FieldReader, bom: JsonObject) -> int:
    return sum(
        len(read.texts(item, "dependsOn", ("dependencies", index)))
        for index, item in enumerate(read.objects(bom, "dependencies", ()))
    )


def _packages(
    read: FieldReader, bom: JsonObject, metadata: JsonObject, unmapped: Counter[str]
) -> Iterator[Package]:
    """Yield all components but plain files, those nested in others after them, each once."""
    path: Path = ("metadata", "component")
    subject = read.optional_object(metadata, "component", ("metadata",))
    pending = [*_components(read, subject, path), *_components(read, bom, ())]
    pending.reverse()
    while pending:
        item, here = pending.pop()
        # Files are no packages, as in SPDX, but for one that is said to be a package too.
        if item.get("type") == "file" and not item.get("purl"):
            unmapped["files"] += 1
        else:
            yield _package(read, item, here, unmapped)
        if "components" in item:
            pending += reversed(_components(read, item, here))


def _components(read: FieldReader, parent: JsonObject, path: Path) -> list[tuple[JsonObject, Path]]:
    return [
        (item, (*path, "components", index))
        for index, item in enumerate(read.objects(parent, "components", path))
    ]


def _package(read: FieldReader, item: JsonObject, path: Path, unmapped: Counter[str]) -> Package:
    name = read.text(item, "name", path)
    group, version, purl, cpe, kind = read.optional_texts(
        item, ("group", "version", "purl", "cpe", "type"), path
    )
    purl, purl_problem = canonical_purl(purl)
    if not item.keys() <= _COMPONENT:
        _count_component(read, item, path, unmapped)
    return Package(
        name=f"{group}/{name}" if group and not name.startswith(f"{group}/") else name,
        version=version,
        purl=purl,
        purl_problem=purl_problem,
        cpes=() if cpe is None else (cpe,),
        type=purl_type(purl) or kind,
        path=_location(read, item, path),
        supplier=_supplier(read, item, path),
        licenses=_licenses(read, item, path),
        hashes=_hashes(read, item, path),
        pointer=json_pointer(path),
    )


def _count_component(
    read: FieldReader, item: JsonObject, path: Path, unmapped: Counter[str]
) -> None:
    """Count what a component has that is not read."""
    found: Counter[str] = Counter()
    count_unmapped(found, item, _COMPONENT | {"evidence"})
    unmapped.update({f"components.{name}": count for name, count in found.items()})
    evidence = read.optional_object(item, "evidence", path)
    observed: Counter[str] = Counter()
    count_unmapped(observed, evidence, frozenset())
    unmapped.update({f"evidence.{name}": count for name, count in observed.items()})


def _hashes(read: FieldReader, item: JsonObject, path: Path) -> tuple[PackageHash, ...]:
    return tuple(
        PackageHash(
            algorithm=hash_algorithm(read.text(entry, "alg", (*path, "hashes", index))),
            value=read.text(entry, "content", (*path, "hashes", index)).lower(),
        )
        for index, entry in enumerate(read.objects(item, "hashes", path))
    )


def _supplier(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    """Return who supplies the component, or else who published, made or wrote it."""
    for field in ("supplier", "manufacturer"):
        if field in item:
            organisation = read.optional_object(item, field, path)
            name = read.optional_text(organisation, "name", (*path, field))
            if name:
                return name
        if field == "supplier" and (name := read.optional_text(item, "publisher", path)):
            return name
    if "authors" in item:  # since 1.6, in place of author
        authors = read.objects(item, "authors", path)
        names = (
            read.optional_text(author, "name", (*path, "authors", index))
            for index, author in enumerate(authors)
        )
        if joined := ", ".join(name for name in names if name):
            return joined
    return read.optional_text(item, "author", path)


def _licenses(read: FieldReader, item: JsonObject, path: Path) -> tuple[PackageLicense, ...]:
    found = []
    for index, choice in enumerate(read.objects(item, "licenses", path)):
        here = (*path, "licenses", index)
        expression = read.optional_text(choice, "expression", here)
        if expression:
            concluded = choice.get("acknowledgement") == "concluded"
            found.append(package_license(expression, "expression", concluded=concluded))
            continue
        license_ = read.object(choice, "license", here)
        concluded = license_.get("acknowledgement") == "concluded"
        identifier = read.optional_text(license_, "id", (*here, "license"))
        if identifier:
            found.append(package_license(identifier, "id", concluded=concluded))
        else:
            name = read.text(license_, "name", (*here, "license"))
            found.append(package_license(name, "name", concluded=concluded))
    return tuple(found)


def _location(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    for index, entry in enumerate(read.objects(item, "properties", path)):
        if entry.get("name") in _PATHS:
            return read.optional_text(entry, "value", (*path, "properties", index))
    return None


def _tool(read: FieldReader, metadata: JsonObject) -> tuple[str | None, str | None]:
    tools = metadata.get("tools")
    path: Path = ("metadata", "tools")
    if isinstance(tools, dict):  # since 1.5
        first = next(iter(read.objects(tools, "components", path)), {})
        path = (*path, "components", 0)
    else:
        first = next(iter(read.objects(metadata, "tools", ("metadata",))), {})
        path = (*path, 0)
    return read.optional_text(first, "name", path), read.optional_text(first, "version", path)


def _subject(read: FieldReader, metadata: JsonObject) -> ReportedSubject:
    """Read what the BOM says it is about.

    Syft writes the manifest digest as the component's version; Trivy writes image ID, layers and
    names as properties; a ``pkg:oci`` purl has the digest as its version.
    """
    component = read.optional_object(metadata, "component", ("metadata",))
    path = ("metadata", "component")
    if component.get("type") != "container":
        return ReportedSubject()
    name = read.optional_text(component, "name", path)
    version = read.optional_text(component, "version", path)
    purl = read.optional_text(component, "purl", path)
    digests = {text for text in (version, purl_digest(purl)) if text and is_digest(text)}
    named: dict[str, list[str]] = {}
    for index, entry in enumerate(read.objects(component, "properties", path)):
        inner = (*path, "properties", index)
        key = read.optional_text(entry, "name", inner) or ""
        value = read.optional_text(entry, "value", inner)
        if value:
            named.setdefault(key.removeprefix("aquasecurity:trivy:"), []).append(value)
    return ReportedSubject(
        name=f"{name}:{version}" if version and version not in digests else name,
        image_ids=tuple(named.get("ImageID", ())),
        digests=tuple(sorted(digests)),
        repo_tags=tuple(named.get("RepoTag", ())),
        repo_digests=tuple(named.get("RepoDigest", ())),
        diff_ids=tuple(named.get("DiffID", ())),
    )


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.SBOM, recognises=recognises, read=read_bom)
