"""SPDX in XML, 2.2 and 2.3.

The specification defines the XML by the JSON (clause 4.4): an element a field, repeated for the
items of an array. What is an array, a boolean or a number, the official schema says. Pointers
are those of the JSON: ``/packages/3`` is the fourth ``packages`` element.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.sbom.official_schemas import SPDX_2, read_vendored
from policyengine.collect.sbom.spdx_document import read_spdx
from policyengine.collect.xml_text import parse_xml, root_element
from policyengine.errors import MalformedEvidence
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAME = "spdx-xml"
_LONGEST_INTEGER = 15
_BOOLEANS = {"true": True, "false": False}
# The second is the root in which early tools wrapped the document.
_ROOTS = ("Document", "SpdxDocument")


def recognises(data: bytes) -> bool:
    """Say whether ``data`` is SPDX in XML."""
    root = root_element(data)
    return root is not None and root[0] in _ROOTS


def read_document(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[SbomDocument, ...]:
    """Read one document."""
    root = parse_xml(data, where=origin.location, limits=limits)
    if root.tag == "SpdxDocument":
        inner = list(root)
        if len(inner) != 1:
            raise MalformedEvidence(
                "has no document, or several, in its root element",
                where=f"{origin.location}/SpdxDocument",
                found=str(len(inner)),
                expected="1",
            )
        root = inner[0]
    attributes: Counter[str] = Counter()
    spdx = _object(root, read_vendored(SPDX_2), attributes)
    return (read_spdx(spdx, origin, _NAME, uncounted=attributes),)


def _object(element: Element, schema: JsonObject, attributes: Counter[str]) -> JsonObject:
    properties = _inner(schema, "properties")
    found: dict[str, list[Element]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(child)
        attributes["attributes"] += len(child.attrib)
    built: JsonObject = {}
    for name, children in found.items():
        field = _inner(properties, name)
        listed = field.get("type") == "array"
        values = [
            _value(child, _inner(field, "items") if listed else field, attributes)
            for child in children
        ]
        # Twice what is there once at most stays a list, which its reader refuses.
        built[name] = values if listed or len(values) > 1 else values[0]
    return built


def _value(element: Element, schema: JsonObject, attributes: Counter[str]) -> JsonValue:
    kind = schema.get("type")
    if kind == "object" or len(element):
        return _object(element, schema, attributes)
    text = (element.text or "").strip()
    if kind == "boolean":
        return _BOOLEANS.get(text, text)
    if kind == "integer" and text.isascii() and text.isdecimal() and len(text) <= _LONGEST_INTEGER:
        return int(text)
    return text


def _inner(schema: JsonObject, name: str) -> JsonObject:
    value = schema.get(name)
    return value if isinstance(value, dict) else {}


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SBOM,
    media_type="application/xml",
    recognises=recognises,
    read=read_document,
)
