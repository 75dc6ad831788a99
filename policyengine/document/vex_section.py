"""Which VEX statements are about which findings of this image.

A statement applies to a finding where

1. it names the vulnerability, by its id or an alias;
2. its product is the image, by digest or, where it has none, by name, and either names no
   subcomponents or one that is the finding's package; or its product is the finding's package
   itself. A package URL means a package where type, namespace and name are the same, the version
   is, if it has one, and each of its qualifiers is there with the same value;
3. the document was not attested for another image;
4. the same author has not made a later statement about the same finding. Statements of different
   authors, and those of one author whose times do not tell which is the later, are all kept.

All others are listed as unused, with the reason. A package that is a product is not known to be in
the image because it has a subcomponent that is: another package may bring the same one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from policyengine.document.finding_groups import FindingGroup, finding_groups
from policyengine.document.subject_match import MISMATCH, UNKNOWN, match_subject
from policyengine.document.times import instant_fields
from policyengine.model.image import ImageEvidence
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.purl import PurlParts, purl_parts
from policyengine.model.scan import ScanReport
from policyengine.model.vex import VexDocument, VexProduct, VexStatement

Applied = Mapping[tuple[int, str], Sequence[JsonObject]]

_BY_DIGEST = "image-digest"
_BY_NAME = "image-name"
_BY_PACKAGE = "package"


class _Match(NamedTuple):
    document: int
    statement: VexStatement
    how: str
    product: VexProduct


def vex_section(
    documents: Sequence[VexDocument], scans: Sequence[ScanReport], image: ImageEvidence
) -> tuple[JsonObject, Applied]:
    """Return ``vex``, and the statements that apply, by report and pointer of the finding."""
    groups = finding_groups(scans)
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        for name in (group.identifier, *group.names):
            by_name[name.upper()].append(number)
    matches: defaultdict[int, list[_Match]] = defaultdict(list)
    unused: list[tuple[int, VexStatement, str]] = []
    for index, document in enumerate(documents):
        foreign = document.subject is not None and _is_other(document, image)
        for statement in document.statements:
            if foreign:
                unused.append((index, statement, "the document was attested for another image"))
                continue
            found, reason = _applies(index, statement, groups, by_name, image)
            for number, match in found:
                matches[number].append(match)
            if not found:
                unused.append((index, statement, reason))
    applied: dict[tuple[int, str], list[JsonObject]] = {}
    used: set[tuple[int, str]] = set()
    for number in sorted(matches):
        for match in _latest(matches[number], documents):
            used.add((match.document, match.statement.pointer))
            entry = _statement(match, documents[match.document], image)
            for item in groups[number].reported:
                applied.setdefault((item.source, item.finding.pointer), []).append(entry)
    superseded = {
        (match.document, match.statement.pointer): match.statement
        for found in matches.values()
        for match in found
    }
    unused += [
        (index, statement, "a later statement of the same author takes its place")
        for (index, pointer), statement in superseded.items()
        if (index, pointer) not in used
    ]
    return {
        "documents": [
            _document(index, document, image) for index, document in enumerate(documents)
        ],
        "unused": [
            _unused(*item) for item in sorted(unused, key=lambda item: (item[0], item[1].pointer))
        ],
    }, applied


def _applies(
    index: int,
    statement: VexStatement,
    groups: Sequence[FindingGroup],
    by_name: Mapping[str, Sequence[int]],
    image: ImageEvidence,
) -> tuple[list[tuple[int, _Match]], str]:
    numbers = sorted(
        {
            number
            for name in (statement.vulnerability, *statement.aliases)
            for number in by_name.get(name.upper(), ())
        }
    )
    if not numbers:
        return [], "no scanner reports the vulnerability"
    found: list[tuple[int, _Match]] = []
    reasons: dict[str, None] = {}
    for product in statement.products:
        how, reason = _image_match(product, image)
        found += [
            (number, _Match(index, statement, matched, product))
            for number in numbers
            if (matched := _product_match(product, how, groups[number])) is not None
        ]
        if reason is not None:
            reasons[reason] = None
    return _each_once(found), "; ".join(reasons) or "no product is the image or the package"


def _each_once(found: list[tuple[int, _Match]]) -> list[tuple[int, _Match]]:
    """Keep one match a finding: of several products the first."""
    once: dict[int, _Match] = {}
    for number, match in found:
        once.setdefault(number, match)
    return list(once.items())


def _image_match(product: VexProduct, image: ImageEvidence) -> tuple[str | None, str | None]:
    """Return how the product is known to be the image, or why it is not."""
    if product.unknown is not None:
        return None, f"{product.text}: {product.unknown}"
    if product.image is None:
        return None, None
    match = match_subject(product.image, image)
    if match.how == MISMATCH:
        return None, f"{product.text} is another image"
    if match.how == UNKNOWN:
        return None, f"{product.text} cannot be compared with the image"
    return (_BY_NAME if match.how == "name" else _BY_DIGEST), None


def _product_match(product: VexProduct, how: str | None, group: FindingGroup) -> str | None:
    if product.image is None:
        if product.purl is None or product.subcomponents:
            return None
        return _BY_PACKAGE if _is_package(product.purl, group) else None
    if how is None:
        return None
    if not product.subcomponents:
        return how
    return how if any(_is_package(purl, group) for purl in product.subcomponents) else None


def _is_package(purl: str, group: FindingGroup) -> bool:
    """Say whether ``purl`` means the package, by the purl of a scanner that reports it."""
    wanted = _parts(purl)
    if wanted is None:
        return False
    known = {item.finding.package.purl for item in group.reported}
    return any(_means(wanted, _parts(other)) for other in known if other is not None)


def _means(wanted: PurlParts, known: PurlParts | None) -> bool:
    return (
        known is not None
        and wanted.name == known.name
        and wanted.version in {None, known.version}
        and wanted.subpath in {None, known.subpath}
        and wanted.qualifiers <= known.qualifiers
    )


@lru_cache(maxsize=65536)
def _parts(purl: str) -> PurlParts | None:
    return purl_parts(purl)


def _latest(matches: Iterable[_Match], documents: Sequence[VexDocument]) -> list[_Match]:
    """Leave out what the same author has said otherwise since.

    Authors of attested documents are told apart from those who only say who they are.
    """
    kept = []
    by_author: defaultdict[tuple[str | None, bool, str | None], list[_Match]] = defaultdict(list)
    for match in matches:
        document = documents[match.document]
        attested = document.source.attested_by
        verified = attested is not None and attested.verified
        signer = None if attested is None else attested.signer
        by_author[document.author, verified, signer].append(match)
    for (author, verified, _), found in by_author.items():
        times = [match.statement.timestamp for match in found]
        # Two documents without an author are not of the same one.
        if (author is None and not verified) or any(time is None for time in times):
            kept += found
            continue
        latest = max(time for time in times if time is not None)
        kept += [match for match in found if match.statement.timestamp == latest]
    return sorted(kept, key=lambda match: (match.document, match.statement.pointer))


def _is_other(document: VexDocument, image: ImageEvidence) -> bool:
    return document.subject is not None and match_subject(document.subject, image).how == MISMATCH


def _verified(document: VexDocument, image: ImageEvidence) -> bool:
    attested = document.source.attested_by
    return (
        attested is not None
        and attested.verified
        and document.subject is not None
        and match_subject(document.subject, image).how == "digest"
    )


def _signer(document: VexDocument, image: ImageEvidence) -> str | None:
    attested = document.source.attested_by
    return attested.signer if attested is not None and _verified(document, image) else None


def _document(index: int, document: VexDocument, image: ImageEvidence) -> JsonObject:
    return {
        "source": index,
        "format": document.source.format,
        "id": document.id,
        "author": document.author,
        "role": document.role,
        "version": document.version,
        **instant_fields("timestamp", document.timestamp),
        "statements": len(document.statements),
        "verified": _verified(document, image),
        "signer": _signer(document, image),
    }


def _statement(match: _Match, document: VexDocument, image: ImageEvidence) -> JsonObject:
    statement = match.statement
    return {
        "source": match.document,
        "pointer": statement.pointer,
        "author": document.author,
        "document": document.id,
        "verified": _verified(document, image),
        "signer": _signer(document, image),
        "vulnerability": statement.vulnerability,
        "status": statement.status.value,
        "justification": statement.justification,
        "impact_statement": statement.impact_statement,
        "action_statement": statement.action_statement,
        **instant_fields("timestamp", statement.timestamp),
        "matched_by": match.how,
        "product": match.product.text,
    }


def _unused(index: int, statement: VexStatement, reason: str) -> JsonObject:
    products: list[JsonValue] = [product.text for product in statement.products]
    return {
        "source": index,
        "pointer": statement.pointer,
        "vulnerability": statement.vulnerability,
        "status": statement.status.value,
        "products": products,
        "reason": reason,
    }
