"""SPDX in RDF/XML, 2.2 and 2.3: https://spdx.org/rdf/terms/.

RDF says the same in many ways (nested or named, typed by element or by property), so the graph
that ``rdflib`` makes of it is read, brought into the shape of the JSON. ``rdflib`` parses with the
standard library's SAX, so the bytes are first held against the rules for XML from outside.
Pointers are the identifiers: ``/SPDXRef-Package``.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.sbom.spdx_document import read_spdx
from policyengine.collect.xml_text import parse_xml, root_element
from policyengine.errors import MalformedEvidence
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

    _Node: TypeAlias = Node

_NAME = "spdx-rdf"
_SPDX = "http://spdx.org/rdf/terms#"
_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_DOAP_HOMEPAGE = "http://usefulinc.com/ns/doap#homepage"
_COMMENT = "http://www.w3.org/2000/01/rdf-schema#comment"
_LISTED = ("http://spdx.org/licenses/", "https://spdx.org/licenses/")
_REFERENCES = "http://spdx.org/rdf/references/"
_DEEPEST = 50
_MOST_PARTS = 5_000
_TEXTS = (
    *("name", "versionInfo", "supplier", "originator", "downloadLocation", "sourceInfo"),
    *("copyrightText", "summary", "description", "packageFileName", "licenseComments"),
)
_NONE = {f"{_SPDX}none": "NONE", f"{_SPDX}noassertion": "NOASSERTION"}
_COUNTED = (
    ("File", "files"),
    ("Snippet", "snippets"),
    ("ExtractedLicensingInfo", "hasExtractedLicensingInfos"),
    ("Review", "reviews"),
)


def recognises(data: bytes) -> bool:
    """Say whether ``data`` is SPDX in RDF/XML."""
    root = root_element(data)
    return root is not None and root[0] == "RDF" and "spdx.org/rdf" in root[1]


def read_document(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[SbomDocument, ...]:
    """Read one document."""
    parse_xml(data, where=origin.location, limits=limits)
    reader = _Reader(_graph(data, origin.location), origin.location)
    spdx, pointers = reader.document()
    return (
        read_spdx(
            spdx,
            origin,
            _NAME,
            pointers=pointers,
            uncounted=reader.counts,
            held_to_schema=False,
        ),
    )


def _graph(data: bytes, where: str) -> Graph:
    from xml.sax import SAXException

    from rdflib import Graph
    from rdflib.exceptions import Error, ParserError

    # It logs what it cannot turn into Python values, with a traceback; the texts are read here.
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)
    graph = Graph()
    try:
        graph.parse(data=data, format="xml", publicID="https://document.invalid/")
    except (SAXException, Error, ParserError, ValueError, AssertionError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise MalformedEvidence(f"is not valid RDF/XML: {reason}", where=where) from None
    return graph


class _Reader:
    """Reads one graph."""

    def __init__(self, graph: Graph, where: str) -> None:
        from rdflib import BNode, Literal, URIRef

        self.counts: Counter[str] = Counter()
        self._graph = graph
        self._where = where
        self._parts = 0
        self._uri = URIRef
        self._blank = BNode
        self._literal = Literal

    def document(self) -> tuple[JsonObject, list[str]]:
        """Return the document in the JSON's shape, and the pointers of its packages."""
        documents = self._typed("SpdxDocument")
        if len(documents) != 1:
            raise self._wrong("the graph", f"{len(documents)} documents", "one SpdxDocument")
        (root,) = documents
        packages = sorted(
            ((self._package(node), self._pointer(node)) for node in self._typed("Package")),
            key=lambda item: (item[1], str(item[0].get("name")), repr(item[0])),
        )
        spdx: JsonObject = {
            "spdxVersion": self._text(root, "specVersion") or "",
            "SPDXID": "SPDXRef-DOCUMENT",
            "documentNamespace": str(root).partition("#")[0],
            "packages": [item for item, _ in packages],
            "relationships": [*self._relations()],
        }
        described: list[JsonValue] = [
            self._identifier(node) for node in self._all(root, "describesPackage")
        ]
        fields: tuple[tuple[str, JsonValue], ...] = (
            ("name", self._text(root, "name")),
            ("dataLicense", self._license(self._one(root, "dataLicense"))),
            ("creationInfo", self._creation(root)),
            ("documentDescribes", described),
        )
        for field, value in fields:
            if value:
                spdx[field] = value
        for kind, name in _COUNTED:
            self.counts[name] += len(self._typed(kind))
        return spdx, [pointer for _, pointer in packages]

    def _creation(self, root: _Node) -> JsonObject | None:
        node = self._one(root, "creationInfo")
        if node is None:
            return None
        creation: JsonObject = {
            "creators": [*sorted(str(item) for item in self._all(node, "creator"))]
        }
        for field in ("created", "licenseListVersion"):
            if (text := self._text(node, field)) is not None:
                creation[field] = text
        return creation

    def _package(self, node: _Node) -> JsonObject:
        built: JsonObject = {"SPDXID": self._identifier(node)}
        for field in _TEXTS:
            if (text := self._text(node, field)) is not None:
                built[field] = text
        if (analysed := self._text(node, "filesAnalyzed")) is not None:
            built["filesAnalyzed"] = {"true": True, "false": False}.get(analysed, analysed)
        if (purpose := self._one(node, "primaryPackagePurpose")) is not None:
            word = str(purpose).removeprefix(f"{_SPDX}purpose_")
            built["primaryPackagePurpose"] = word.upper().replace("_", "-")
        for field in ("licenseConcluded", "licenseDeclared"):
            text = self._license(self._one(node, field))
            if text is not None:
                built[field] = text
        checksums = [self._checksum(item) for item in self._all(node, "checksum")]
        references = [self._reference(item) for item in self._all(node, "externalRef")]
        if checksums:
            built["checksums"] = [*sorted(checksums, key=str)]
        if references:
            built["externalRefs"] = [*sorted(references, key=str)]
        texts: list[JsonValue] = [*sorted(str(x) for x in self._all(node, "attributionText"))]
        if texts:
            built["attributionTexts"] = texts
        notes: list[JsonValue] = []
        for note in self._all(node, "annotation"):
            comments = self._graph.objects(note, self._uri(_COMMENT))
            notes += [{"comment": str(comment)} for comment in comments]
        if notes:
            built["annotations"] = [*sorted(notes, key=str)]
        return built

    def _checksum(self, node: _Node) -> JsonObject:
        algorithm = self._one(node, "algorithm")
        word = str(algorithm or "").removeprefix(f"{_SPDX}checksumAlgorithm_")
        return {
            "algorithm": word.upper(),
            "checksumValue": self._text(node, "checksumValue") or "",
        }

    def _reference(self, node: _Node) -> JsonObject:
        kind = str(self._one(node, "referenceType") or "")
        category = str(self._one(node, "referenceCategory") or "")
        word = category.removeprefix(f"{_SPDX}referenceCategory_")
        return {
            "referenceCategory": {"packageManager": "PACKAGE-MANAGER"}.get(word, word.upper()),
            "referenceType": kind.removeprefix(_REFERENCES),
            "referenceLocator": self._text(node, "referenceLocator") or "",
        }

    def _relations(self) -> Iterator[JsonObject]:
        found = []
        for begin, _, node in self._graph.triples((None, self._uri(f"{_SPDX}relationship"), None)):
            kind = str(self._one(node, "relationshipType") or "")
            word = kind.removeprefix(f"{_SPDX}relationshipType_")
            end = self._one(node, "relatedSpdxElement")
            found.append((self._identifier(begin), _upper_snake(word), self._identifier(end)))
        for one, kind, other in sorted(found):
            yield {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}

    def _license(self, node: _Node | None, depth: int = 0) -> str | None:
        """Write the licence at ``node`` as an expression."""
        if node is None:
            return None
        if depth > _DEEPEST:
            raise self._wrong("a licence", f"more than {_DEEPEST} levels", "fewer")
        # Sets that share members are a small graph and a huge expression.
        self._parts = self._parts + 1 if depth else 0
        if self._parts > _MOST_PARTS:
            raise self._wrong("a licence", f"more than {_MOST_PARTS} parts", "fewer")
        text = str(node)
        if text in _NONE:
            return _NONE[text]
        for beginning in _LISTED:
            if text.startswith(beginning):
                return text.removeprefix(beginning)
        kinds = {str(kind) for kind in self._graph.objects(node, self._uri(_RDF_TYPE))}
        for kind, word in (("ConjunctiveLicenseSet", "AND"), ("DisjunctiveLicenseSet", "OR")):
            if _SPDX + kind in kinds:
                members = sorted(
                    f"({inner})" if " " in inner else inner
                    for item in self._all(node, "member")
                    if (inner := self._license(item, depth + 1)) is not None
                )
                return f" {word} ".join(members) or None
        if f"{_SPDX}OrLaterOperator" in kinds:
            return f"{self._license(self._one(node, 'member'), depth + 1)}+"
        if f"{_SPDX}WithExceptionOperator" in kinds:
            exception = self._one(node, "licenseException")
            name = None if exception is None else self._text(exception, "licenseExceptionId")
            name = name or str(exception).rpartition("/")[2]
            return f"{self._license(self._one(node, 'member'), depth + 1)} WITH {name}"
        if isinstance(node, self._literal):
            return text
        return self._text(node, "licenseId") or text.rpartition("#")[2]

    def _typed(self, kind: str) -> list[_Node]:
        nodes = self._graph.subjects(self._uri(_RDF_TYPE), self._uri(_SPDX + kind))
        return sorted(set(nodes), key=str)

    def _all(self, node: _Node, field: str) -> list[_Node]:
        return list(self._graph.objects(node, self._uri(_SPDX + field)))

    def _one(self, node: _Node, field: str) -> _Node | None:
        found = self._all(node, field)
        if len(found) > 1:
            names = " and ".join(sorted(str(item)[:40] for item in found))
            raise self._wrong(f"{field} of {self._identifier(node)}", names, "one value")
        return found[0] if found else None

    def _text(self, node: _Node, field: str) -> str | None:
        found = self._one(node, field)
        return None if found is None else _NONE.get(str(found), str(found))

    def _identifier(self, node: _Node | None) -> str:
        if node is None or isinstance(node, self._blank):
            return ""
        text = str(node)
        return text.rpartition("#")[2] if "#" in text else _NONE.get(text, text)

    def _pointer(self, node: _Node) -> str:
        return json_pointer((self._identifier(node),))

    def _wrong(self, place: str, found: str, expected: str) -> MalformedEvidence:
        return MalformedEvidence(
            f"{place[:80]} does not fit SPDX",
            where=self._where,
            found=found[:200],
            expected=expected,
        )


def _upper_snake(word: str) -> str:
    """Return ``dependsOn`` of RDF as ``DEPENDS_ON`` of the JSON."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in word).upper()


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SBOM,
    media_type="application/rdf+xml",
    recognises=recognises,
    read=read_document,
)
