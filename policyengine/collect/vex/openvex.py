"""OpenVEX 0.0.1 and 0.2.0: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md."""

from __future__ import annotations

from collections import Counter

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.vex_products import product_named, product_of_digests
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path, described
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.reference import is_digest
from policyengine.model.vex import VexDocument, VexProduct, VexStatement, VexStatus

_NAME = "openvex"
_CONTEXT = "https://openvex.dev/ns"
_VERSIONS = ("", "/v0.0.0", "/v0.0.1", "/v0.2.0")
_MAPPED = frozenset({"statements"})
_MAPPED_IN_STATEMENT = frozenset({"vulnerability", "products", "subcomponents"})
_MAPPED_IN_PRODUCT = frozenset({"identifiers", "hashes", "subcomponents"})
_STATUSES = ", ".join(VexStatus)


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is OpenVEX; some writers leave its context empty."""
    return (
        isinstance(document, dict)
        and isinstance(context := document.get("@context"), str)
        and isinstance(document.get("statements"), list)
        and (context.startswith(_CONTEXT) or (not context and "author" in document))
    )


def read_document(document: JsonValue, origin: Origin) -> tuple[VexDocument, ...]:
    """Read one document."""
    read = FieldReader(origin.location)
    root = read.root(document)
    context = read.optional_text(root, "@context", ()) or _CONTEXT
    if context.removeprefix(_CONTEXT) not in _VERSIONS:
        raise UnsupportedFormat(
            "is OpenVEX of a version that is not read",
            where=f"{origin.location}/@context",
            found=context[:100],
            expected="0.0.1 or 0.2.0",
        )
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, root, _MAPPED)
    time = _time(read, root, ())
    statements = tuple(
        _statement(read, item, index, time, unmapped)
        for index, item in enumerate(read.required_objects(root, "statements", ()))
    )
    version = root.get("version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int | str)):
        raise read.wrong(("version",), described(version), "an integer or a string")
    tooling = read.optional_text(root, "tooling", ())
    return (
        VexDocument(
            source=origin.source(
                _NAME, version=context.removeprefix(_CONTEXT).lstrip("/v") or None, tool=tooling
            ),
            id=read.optional_text(root, "@id", ()),
            author=read.optional_text(root, "author", ()),
            role=read.optional_text(root, "role", ()),
            version=None if version is None else str(version),
            timestamp=time,
            statements=statements,
            unmapped=in_order(unmapped),
        ),
    )


def _statement(
    read: FieldReader,
    item: JsonObject,
    index: int,
    time: Instant | None,
    unmapped: Counter[str],
) -> VexStatement:
    path: Path = ("statements", index)
    count_unmapped(unmapped, item, _MAPPED_IN_STATEMENT)
    name, aliases = _vulnerability(read, item, path)
    word = read.text(item, "status", path)
    if word not in {status.value for status in VexStatus}:
        raise read.wrong((*path, "status"), repr(word[:80]), _STATUSES)
    # Version 0.0.1 has the subcomponents beside the products, for all of them.
    shared = read.texts(item, "subcomponents", path)
    justification, impact, action = read.optional_texts(
        item, ("justification", "impact_statement", "action_statement"), path
    )
    return VexStatement(
        vulnerability=name,
        aliases=aliases,
        status=VexStatus(word),
        products=tuple(
            product
            for number, named in enumerate(read.optional_array(item, "products", path))
            for product in _products(read, named, (*path, "products", number), shared, unmapped)
        ),
        justification=justification,
        impact_statement=impact,
        action_statement=action,
        timestamp=_time(read, item, path) or time,
        pointer=json_pointer(path),
    )


def _vulnerability(read: FieldReader, item: JsonObject, path: Path) -> tuple[str, tuple[str, ...]]:
    value = item.get("vulnerability")
    if isinstance(value, str) and value:
        return value, ()
    here = (*path, "vulnerability")
    fields = read.object(item, "vulnerability", path)
    name = read.optional_text(fields, "name", here) or read.text(fields, "@id", here)
    return name, tuple(read.texts(fields, "aliases", here))


def _products(
    read: FieldReader, value: JsonValue, path: Path, shared: list[str], unmapped: Counter[str]
) -> tuple[VexProduct, ...]:
    """Return the product, once for each of the names that it has."""
    if isinstance(value, str):
        return (product_named(value, shared),)
    if not isinstance(value, dict):
        raise read.wrong(path, described(value), "a string or an object")
    count_unmapped(unmapped, value, _MAPPED_IN_PRODUCT)
    subcomponents = [*shared, *_subcomponents(read, value, path)]
    names = [read.optional_text(value, "@id", path), _purl(read, value, path)]
    found = [product_named(name, subcomponents) for name in dict.fromkeys(names) if name]
    digests = _digests(read, value, path)
    # A digest that the product has beside its name says more surely what it is.
    if digests and all(product.image is None and product.purl is None for product in found):
        text = names[0] or names[1] or digests[0]
        image = product_of_digests(text, digests).image
        named = product_named(text, subcomponents)
        found = [VexProduct(text=text, image=image, subcomponents=named.subcomponents)]
        if subcomponents and not named.subcomponents:
            found = [named]
    if not found:
        raise read.wrong((*path, "@id"), "nothing", "an IRI, an identifier or a hash")
    return tuple(found)


def _subcomponents(read: FieldReader, product: JsonObject, path: Path) -> list[str]:
    found = []
    for index, item in enumerate(read.optional_array(product, "subcomponents", path)):
        here = (*path, "subcomponents", index)
        if isinstance(item, str):
            found.append(item)
            continue
        if not isinstance(item, dict):
            raise read.wrong(here, described(item), "a string or an object")
        # One that can be known by its hash alone is a subcomponent all the same.
        found.append(
            _purl(read, item, here) or read.optional_text(item, "@id", here) or "known by hash"
        )
    return found


def _purl(read: FieldReader, item: JsonObject, path: Path) -> str | None:
    identifiers = read.optional_object(item, "identifiers", path)
    return read.optional_text(identifiers, "purl", (*path, "identifiers"))


def _digests(read: FieldReader, item: JsonObject, path: Path) -> tuple[str, ...]:
    hashes = read.optional_object(item, "hashes", path)
    value = read.optional_text(hashes, "sha-256", (*path, "hashes"))
    digest = f"sha256:{(value or '').lower()}"
    return (digest,) if is_digest(digest) else ()


def _time(read: FieldReader, item: JsonObject, path: Path) -> Instant | None:
    made = optional_instant(read, item, "timestamp", path)
    updated = optional_instant(read, item, "last_updated", path)
    return max((time for time in (made, updated) if time is not None), default=None)


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.VEX, recognises=recognises, read=read_document)
