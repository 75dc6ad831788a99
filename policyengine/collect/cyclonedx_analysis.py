"""CycloneDX's vulnerabilities with an analysis, 1.4 to 1.7: https://cyclonedx.org/capabilities/vex/.

A BOM without components is a VEX document (``collect/vex``); one with components is an SBOM that
is one too (``collect/sbom``). A product is what ``affects`` refers to: a component of the same BOM,
by its purl or as the image that the BOM is about, or a BOM link whose reference is a package URL.
Where versions are listed with a status, the statement is about those that have the status that it
says; ranges are not followed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from policyengine.collect.format import (
    Origin,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.vex_products import product_named
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, json_pointer
from policyengine.model.purl import purl_parts
from policyengine.model.scan import ReportedSubject
from policyengine.model.vex import VexDocument, VexProduct, VexStatement, VexStatus

_MAPPED = frozenset({"metadata", "vulnerabilities"})
_STATES = {
    "not_affected": VexStatus.NOT_AFFECTED,
    "false_positive": VexStatus.NOT_AFFECTED,
    "exploitable": VexStatus.AFFECTED,
    "resolved": VexStatus.FIXED,
    "resolved_with_pedigree": VexStatus.FIXED,
    "in_triage": VexStatus.UNDER_INVESTIGATION,
}
_ENTRY = frozenset({"analysis", "affects", "references", "source", "ratings", "cwes", "advisories"})


def is_vex_alone(bom: JsonObject) -> bool:
    """Say whether ``bom`` is a BOM of vulnerabilities and of nothing else."""
    return (
        bom.get("bomFormat") == "CycloneDX"
        and bool(bom.get("vulnerabilities"))
        and not bom.get("components")
    )


def cyclonedx_vex(
    bom: JsonObject,
    origin: Origin,
    name: str,
    version: str,
    *,
    subject: ReportedSubject | None = None,
    uncounted: Counter[str] | None = None,
    whole: bool = True,
) -> VexDocument:
    """Read the vulnerabilities of a BOM in the shape that JSON has.

    ``name`` is the format it was written in, ``uncounted`` what of it is not in ``bom``,
    ``subject`` the image that the BOM is about. ``whole`` False counts nothing but what the
    vulnerabilities hold: the rest is the SBOM's.
    """
    read = FieldReader(origin.location)
    metadata = read.optional_object(bom, "metadata", ())
    time = optional_instant(read, metadata, "timestamp", ("metadata",))
    unmapped: Counter[str] = Counter(uncounted)
    if whole:
        count_unmapped(unmapped, bom, _MAPPED)
    products = _products(read, bom, metadata, subject or _image(read, metadata))
    statements = []
    for index, item in enumerate(read.objects(bom, "vulnerabilities", ())):
        statement = _statement(read, item, index, products, time=time, unmapped=unmapped)
        if statement is not None:
            statements.append(statement)
    number = bom.get("version")
    return VexDocument(
        source=origin.source(name, version=version),
        id=read.optional_text(bom, "serialNumber", ()),
        author=_author(read, metadata),
        version=str(number) if isinstance(number, int) else None,
        timestamp=time,
        statements=tuple(statements),
        unmapped=in_order(unmapped),
    )


def _statement(
    read: FieldReader,
    item: JsonObject,
    index: int,
    products: dict[str, VexProduct],
    *,
    time: Instant | None,
    unmapped: Counter[str],
) -> VexStatement | None:
    path: Path = ("vulnerabilities", index)
    analysis = read.optional_object(item, "analysis", path)
    state = read.optional_text(analysis, "state", (*path, "analysis"))
    name = read.optional_text(item, "id", path)
    if state is None or name is None:
        # A finding of some scanner, which says nothing of whether it matters here.
        unmapped["vulnerabilities without an analysis"] += 1
        return None
    status = _STATES.get(state)
    if status is None:
        raise read.wrong((*path, "analysis", "state"), repr(state[:80]), ", ".join(_STATES))
    count_unmapped(unmapped, item, _ENTRY)
    justification, detail = read.optional_texts(
        analysis, ("justification", "detail"), (*path, "analysis")
    )
    aliases = tuple(
        read.text(reference, "id", (*path, "references", number))
        for number, reference in enumerate(read.objects(item, "references", path))
        if reference.get("id")
    )
    own = optional_instant(read, analysis, "lastUpdated", (*path, "analysis"))
    return VexStatement(
        vulnerability=name,
        aliases=tuple(alias for alias in dict.fromkeys(aliases) if alias != name),
        status=status,
        products=tuple(
            product
            for number, target in enumerate(read.objects(item, "affects", path))
            for product in _affected(
                read,
                target,
                (*path, "affects", number),
                status,
                products=products,
                unmapped=unmapped,
            )
        ),
        justification=justification or ("false_positive" if state == "false_positive" else None),
        impact_statement=detail if status is VexStatus.NOT_AFFECTED else None,
        action_statement=detail if status is VexStatus.AFFECTED else None,
        timestamp=own or optional_instant(read, item, "updated", path) or time,
        pointer=json_pointer(path),
    )


def _affected(
    read: FieldReader,
    target: JsonObject,
    path: Path,
    status: VexStatus,
    *,
    products: dict[str, VexProduct],
    unmapped: Counter[str],
) -> list[VexProduct]:
    ref = read.text(target, "ref", path)
    known = products.get(ref)
    product = product_named(ref) if known is None else known
    listed = read.objects(target, "versions", path)
    if not listed:
        return [product]
    wanted = "affected" if status is VexStatus.AFFECTED else "unaffected"
    every = status is VexStatus.UNDER_INVESTIGATION
    found = []
    for index, entry in enumerate(listed):
        here = (*path, "versions", index)
        version, text = read.optional_texts(entry, ("version", "range"), here)
        word = read.optional_text(entry, "status", here) or "affected"
        if word != wanted and not every:
            continue
        if version is None:
            unmapped["affects.versions.range"] += 1
            found.append(replace(product, unknown=f"the range {text} was not followed"))
        else:
            found.append(_of_version(product, version))
    # What is listed is of another status than the statement's: it is about none of these versions.
    return found or [replace(product, unknown="the versions have another status")]


def _of_version(product: VexProduct, version: str) -> VexProduct:
    if product.unknown is not None or product.purl is None:
        # Which version of an image is meant, its digest says.
        return replace(product, unknown=product.unknown or "a version of what has no package URL")
    parts = purl_parts(product.purl)
    if parts is None or parts.version == version:
        return product
    if parts.version is not None:
        return replace(product, unknown=f"the version {version} is not that of the component")
    from packageurl import PackageURL

    # A path of the specification may hold any version: it is quoted by the library.
    named = PackageURL.from_string(product.purl)._replace(version=version).to_string()
    return replace(product, purl=named)


def _products(
    read: FieldReader, bom: JsonObject, metadata: JsonObject, image: ReportedSubject | None
) -> dict[str, VexProduct]:
    """Return the components of the BOM by their ``bom-ref``."""
    found: dict[str, VexProduct] = {}
    component = read.optional_object(metadata, "component", ("metadata",))
    pending: list[tuple[JsonObject, Path]] = [(component, ("metadata", "component"))]
    pending += [
        (item, ("components", index))
        for index, item in enumerate(read.objects(bom, "components", ()))
    ]
    serial = read.optional_text(bom, "serialNumber", ())
    while pending:
        item, path = pending.pop()
        ref, purl, name = read.optional_texts(item, ("bom-ref", "purl", "name"), path)
        if ref is not None:
            product = _component(ref, purl, name)
            if item is component and image is not None:
                product = VexProduct(text=name or ref, image=image)
            found[ref] = product
            if serial is not None:
                # A BOM link to the same document.
                number = bom.get("version", 1)
                link = serial.removeprefix("urn:uuid:")
                found[f"urn:cdx:{link}/{number}#{ref}"] = product
        pending += [
            (inner, (*path, "components", index))
            for index, inner in enumerate(read.objects(item, "components", path))
        ]
    return found


def _component(ref: str, purl: str | None, name: str | None) -> VexProduct:
    if purl is not None:
        return product_named(purl)
    if ref.startswith("pkg:"):
        return product_named(ref)
    return VexProduct(text=name or ref, unknown="is known by no package URL")


def _image(read: FieldReader, metadata: JsonObject) -> ReportedSubject | None:
    """Return the image that the document is about, where its component is one."""
    component = read.optional_object(metadata, "component", ("metadata",))
    if component.get("type") != "container":
        return None
    path = ("metadata", "component")
    purl, version = read.optional_texts(component, ("purl", "version"), path)
    named = product_named(purl) if purl is not None else None
    if named is not None and named.image is not None:
        return named.image
    product = product_named(version) if version is not None else None
    return product.image if product is not None else None


def _author(read: FieldReader, metadata: JsonObject) -> str | None:
    """Return who made the document, or had it made; several are one author together."""
    names = [
        read.optional_text(item, "name", ("metadata", "authors", index))
        or read.optional_text(item, "email", ("metadata", "authors", index))
        for index, item in enumerate(read.objects(metadata, "authors", ("metadata",)))
    ]
    if not any(names):
        for field in ("manufacturer", "manufacture", "supplier"):
            organisation = read.optional_object(metadata, field, ("metadata",))
            names.append(read.optional_text(organisation, "name", ("metadata", field)))
    return ", ".join(dict.fromkeys(name for name in names if name)) or None
