"""CSAF 2.0: https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html.

The profile VEX (section 4.5), and every other document with a product status. One statement is made
of each status that a vulnerability has, and of each justification in it.

A product is known by the package URL of its identification helper. Where it is a component of
another product (section 3.2.2.4), the other is the product and it the subcomponent if the other is
an image; if the other is known by no package URL, the component counts alone only if it is a build
of a distribution (deb, rpm, apk) with its version, which is the distribution's everywhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from policyengine.collect.format import (
    Origin,
    ReportFormat,
    count_unmapped,
    in_order,
    optional_instant,
)
from policyengine.collect.vex_products import product_named
from policyengine.errors import UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.purl import purl_parts
from policyengine.model.vex import VexDocument, VexProduct, VexStatement, VexStatus

_NAME = "csaf"
_VERSION = "2.0"
_MAPPED = frozenset({"document", "product_tree", "vulnerabilities"})
_MAPPED_IN_VULNERABILITY = frozenset({"product_status", "flags", "ids", "threats", "remediations"})
_STATUSES = {
    "known_not_affected": VexStatus.NOT_AFFECTED,
    "known_affected": VexStatus.AFFECTED,
    "first_affected": VexStatus.AFFECTED,
    "last_affected": VexStatus.AFFECTED,
    "fixed": VexStatus.FIXED,
    "first_fixed": VexStatus.FIXED,
    "under_investigation": VexStatus.UNDER_INVESTIGATION,
}
_DISTRIBUTIONS = ("deb/", "rpm/", "apk/")
_NO_IDENTITY = "is known by no package URL"


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` is CSAF."""
    if not isinstance(document, dict):
        return False
    inner = document.get("document")
    return isinstance(inner, dict) and "csaf_version" in inner


def read_document(document: JsonValue, origin: Origin) -> tuple[VexDocument, ...]:
    """Read one document."""
    read = FieldReader(origin.location)
    root = read.root(document)
    about = read.object(root, "document", ())
    version = read.text(about, "csaf_version", ("document",))
    if version != _VERSION:
        raise UnsupportedFormat(
            "is CSAF of a version that is not read",
            where=f"{origin.location}/document/csaf_version",
            found=version[:80],
            expected=_VERSION,
        )
    tracking = read.object(about, "tracking", ("document",))
    at = ("document", "tracking")
    if read.text(tracking, "status", at) == "draft":
        raise UnsupportedFormat(
            "is a draft, whose content may be wrong",
            where=f"{origin.location}/document/tracking/status",
            expected="final or interim",
        )
    publisher = read.object(about, "publisher", ("document",))
    time = optional_instant(read, tracking, "current_release_date", at)
    unmapped: Counter[str] = Counter()
    count_unmapped(unmapped, root, _MAPPED)
    vulnerabilities = read.objects(root, "vulnerabilities", ())
    if not vulnerabilities:
        raise UnsupportedFormat(
            "is CSAF without vulnerabilities, which says nothing of any",
            where=origin.location,
            expected="the profile VEX or a security advisory with a product status",
        )
    tree = _ProductTree(read, read.optional_object(root, "product_tree", ()))
    statements = [
        statement
        for index, item in enumerate(vulnerabilities)
        for statement in _statements(read, item, index, tree, time=time, unmapped=unmapped)
    ]
    return (
        VexDocument(
            source=origin.source(_NAME, version=version),
            id=read.optional_text(tracking, "id", at),
            author=read.optional_text(publisher, "name", ("document", "publisher")),
            role=read.optional_text(publisher, "category", ("document", "publisher")),
            version=read.optional_text(tracking, "version", at),
            timestamp=time,
            statements=tuple(statements),
            unmapped=in_order(unmapped),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Component:
    product: str
    of: str


class _ProductTree:
    """The products of a document by their ids: branches, full names, relationships, groups."""

    def __init__(self, read: FieldReader, tree: JsonObject) -> None:
        self._purls: dict[str, str | None] = {}
        self._components: dict[str, _Component] = {}
        self._groups: dict[str, list[str]] = {}
        path: Path = ("product_tree",)
        for index, item in enumerate(read.objects(tree, "full_product_names", path)):
            self._add(read, item, (*path, "full_product_names", index))
        pending = [(tree, path)]
        while pending:
            parent, here = pending.pop()
            for index, branch in enumerate(read.objects(parent, "branches", here)):
                inner = (*here, "branches", index)
                if "product" in branch:
                    self._add(read, read.object(branch, "product", inner), (*inner, "product"))
                pending.append((branch, inner))
        for index, item in enumerate(read.objects(tree, "relationships", path)):
            inner = (*path, "relationships", index)
            named = read.object(item, "full_product_name", inner)
            identifier = self._add(read, named, (*inner, "full_product_name"))
            self._components[identifier] = _Component(
                product=read.text(item, "product_reference", inner),
                of=read.text(item, "relates_to_product_reference", inner),
            )
        for index, item in enumerate(read.objects(tree, "product_groups", path)):
            inner = (*path, "product_groups", index)
            group = read.text(item, "group_id", inner)
            self._groups[group] = read.texts(item, "product_ids", inner)

    def _add(self, read: FieldReader, item: JsonObject, path: Path) -> str:
        identifier = read.text(item, "product_id", path)
        helper = read.optional_object(item, "product_identification_helper", path)
        purl = read.optional_text(helper, "purl", (*path, "product_identification_helper"))
        self._purls.setdefault(identifier, purl)
        return identifier

    def members(self, read: FieldReader, item: JsonObject, path: Path) -> set[str]:
        """Return the products that a flag or threat of a vulnerability is about."""
        found = set(read.texts(item, "product_ids", path))
        for group in read.texts(item, "group_ids", path):
            found.update(self._groups.get(group, ()))
        return found

    def product(self, identifier: str) -> VexProduct:
        """Return the product with this id."""
        component = self._components.get(identifier)
        purl = self._purls.get(identifier)
        if component is None or purl is not None:
            return self._named(identifier, purl)
        return self._inside(identifier, component)

    def _named(self, identifier: str, purl: str | None) -> VexProduct:
        if purl is None:
            return VexProduct(text=identifier, unknown=_NO_IDENTITY)
        return replace(product_named(purl), text=identifier)

    def _inside(self, identifier: str, component: _Component) -> VexProduct:
        purl = self._purls.get(component.product)
        if purl is None:
            return VexProduct(text=identifier, unknown=_NO_IDENTITY)
        whole = self._purls.get(component.of)
        if whole is not None:
            return replace(product_named(whole, (purl,)), text=identifier)
        parts = purl_parts(purl)
        if parts is None or parts.version is None or not parts.name.startswith(_DISTRIBUTIONS):
            return VexProduct(
                text=identifier, unknown="is part of a product that is known by no package URL"
            )
        return self._named(identifier, purl)


def _statements(
    read: FieldReader,
    item: JsonObject,
    index: int,
    tree: _ProductTree,
    *,
    time: Instant | None,
    unmapped: Counter[str],
) -> list[VexStatement]:
    path: Path = ("vulnerabilities", index)
    count_unmapped(unmapped, item, _MAPPED_IN_VULNERABILITY)
    names = _names(read, item, path)
    if not names:
        unmapped["vulnerabilities without an identifier"] += 1
        return []
    justifications = _said(read, item, path, tree, field="flags", text="label")
    impacts = _said(read, item, path, tree, field="threats", text="details", category="impact")
    actions = _said(read, item, path, tree, field="remediations", text="details")
    found = []
    statuses = read.optional_object(item, "product_status", path)
    for field in statuses:
        here = (*path, "product_status", field)
        status = _STATUSES.get(field)
        identifiers = read.texts(statuses, field, (*path, "product_status"))
        if status is None:
            unmapped[f"product_status.{field}"] += len(identifiers)
            continue
        affected = status is VexStatus.AFFECTED
        not_affected = status is VexStatus.NOT_AFFECTED
        groups: defaultdict[tuple[str | None, str | None, str | None], list[str]] = defaultdict(
            list
        )
        for identifier in identifiers:
            key = (
                justifications.get(identifier) if not_affected else None,
                impacts.get(identifier) if not_affected else None,
                actions.get(identifier) if affected else None,
            )
            groups[key].append(identifier)
        for (justification, impact, action), members in groups.items():
            place = identifiers.index(members[0])
            found.append(
                VexStatement(
                    vulnerability=names[0],
                    aliases=names[1:],
                    status=status,
                    products=tuple(tree.product(member) for member in members),
                    justification=justification,
                    impact_statement=impact,
                    action_statement=action,
                    timestamp=time,
                    pointer=json_pointer((*here, place)),
                )
            )
    return found


def _names(read: FieldReader, item: JsonObject, path: Path) -> tuple[str, ...]:
    names = [read.optional_text(item, "cve", path)]
    for index, entry in enumerate(read.objects(item, "ids", path)):
        names.append(read.optional_text(entry, "text", (*path, "ids", index)))
    return tuple(dict.fromkeys(name for name in names if name))


def _said(
    read: FieldReader,
    item: JsonObject,
    path: Path,
    tree: _ProductTree,
    *,
    field: str,
    text: str,
    category: str | None = None,
) -> dict[str, str]:
    """Return the ``text`` that entries of ``field`` have for each product."""
    found: dict[str, str] = {}
    for index, entry in enumerate(read.objects(item, field, path)):
        here = (*path, field, index)
        if category is not None and entry.get("category") != category:
            continue
        words = read.optional_text(entry, text, here)
        if words is not None:
            for product in tree.members(read, entry, here):
                found.setdefault(product, words)
    return found


FORMAT = ReportFormat(name=_NAME, kind=EvidenceKind.VEX, recognises=recognises, read=read_document)
