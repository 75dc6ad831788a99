"""CycloneDX in XML, 1.0 to 1.7: https://cyclonedx.org/docs/latest/xml/.

What is read is brought into the shape that the JSON has (``cyclonedx_json`` reads it), and held
against the JSON Schema of its version; all other elements are counted by name. Pointers are
those of the JSON: ``/components/3`` is the fourth ``component`` of ``components``. An element
that may be there once and is there twice is an error, since readers differ in which they take.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.sbom.cyclonedx_json import read_components, with_vex
from policyengine.collect.sbom.official_schemas import CYCLONEDX, schema_problem
from policyengine.collect.xml_text import parse_xml, root_element
from policyengine.errors import MalformedEvidence, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument
from policyengine.model.vex import VexDocument

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAME = "cyclonedx-xml"
_NAMESPACE = "http://cyclonedx.org/schema/bom/"
_VERSIONS = ("1.0", "1.1", *CYCLONEDX)
_ROOT = re.compile(r"\{([^}]*)\}bom")
_COMPONENT_TEXTS = frozenset(
    {
        *("publisher", "group", "name", "version", "description", "scope", "copyright"),
        *("cpe", "purl", "author"),
    }
)
_PERSON = ("name", "email", "phone")


def recognises(data: bytes) -> bool:
    """Say whether ``data`` is CycloneDX in XML."""
    root = root_element(data)
    return root is not None and root[0] == "bom" and "cyclonedx.org/schema" in root[1]


def read_bom(
    data: bytes, origin: Origin, limits: ReadLimits
) -> tuple[SbomDocument | VexDocument, ...]:
    """Read one BOM."""
    bom, version, counts = bom_in_json(data, origin, limits)
    schema = CYCLONEDX.get(version)  # 1.0 and 1.1 have none
    problem = None if schema is None else schema_problem(bom, schema)
    sbom = read_components(
        bom,
        origin,
        _NAME,
        version,
        schema=schema,
        problem=problem,
        uncounted=counts,
    )
    return with_vex(sbom, bom, origin)


def bom_in_json(
    data: bytes, origin: Origin, limits: ReadLimits
) -> tuple[JsonObject, str, Counter[str]]:
    """Return a BOM in the shape of the JSON, its version, and counts of what is not in it."""
    root = parse_xml(data, where=origin.location, limits=limits)
    found = _ROOT.fullmatch(root.tag)
    version = found[1].removeprefix(_NAMESPACE) if found is not None else ""
    if version not in _VERSIONS:
        raise UnsupportedFormat(
            "is CycloneDX of a version that is not read",
            where=f"{origin.location}/bom",
            found=root.tag[:100],
            expected=f"{_NAMESPACE}, {_VERSIONS[0]} to {_VERSIONS[-1]}",
        )
    reader = _Reader(f"{{{_NAMESPACE}{version}}}", origin.location)
    bom: JsonObject = {"bomFormat": "CycloneDX", "specVersion": version, **reader.bom(root)}
    return bom, version, reader.counts


class _Reader:
    """Turns elements of one namespace into the JSON's fields, and counts what it passes over."""

    def __init__(self, namespace: str, where: str) -> None:
        self.counts: Counter[str] = Counter()
        self._namespace = namespace
        self._where = where

    def bom(self, root: Element) -> JsonObject:
        """Return the document's fields."""
        built: JsonObject = {}
        if (serial := root.get("serialNumber")) is not None:
            built["serialNumber"] = serial
        version = root.get("version", "1").strip()
        # No more digits than a JSON number surely has; the schema says the rest.
        built["version"] = int(version) if re.fullmatch(r"[0-9]{1,15}", version) else version
        for name, child in self._children(root, "bom", once=True):
            if name == "metadata":
                built["metadata"] = self._metadata(child)
            elif name == "components":
                built["components"] = self._components(child, "components")
            elif name == "dependencies":
                built["dependencies"] = self._dependencies(child)
            elif name == "vulnerabilities":
                built["vulnerabilities"] = [
                    self._vulnerability(item) for item in self._listed(child, "vulnerability")
                ]
            else:
                self._count(name, child)
        return built

    def _vulnerability(self, element: Element) -> JsonObject:
        """Return what VEX is made of, and of the rest what the schema asks for."""
        built: JsonObject = {}
        for name, child in self._children(element, "vulnerability", once=True):
            if name in {"id", "updated"}:
                built[name] = _text(child)
            elif name == "references":
                built[name] = [
                    {
                        key: _text(one)
                        for key, one in self._children(entry, "reference", once=True)
                        if key == "id"
                    }
                    for entry in self._listed(child, "reference")
                ]
            elif name == "analysis":
                fields = self._children(child, name, once=True)
                built[name] = {
                    key: _text(one)
                    for key, one in fields
                    if key in {"state", "justification", "detail", "lastUpdated"}
                }
            elif name == "affects":
                built[name] = [self._target(entry) for entry in self._listed(child, "target")]
            elif name not in {"description", "detail", "recommendation"}:
                self._count(f"vulnerabilities.{name}", child)
        return built

    def _target(self, element: Element) -> JsonObject:
        built: JsonObject = {}
        for name, child in self._children(element, "target", once=True):
            if name == "ref":
                built[name] = _text(child)
            elif name == "versions":
                built[name] = [
                    {
                        key: _text(one)
                        for key, one in self._children(entry, "version", once=True)
                        if key in {"version", "range", "status"}
                    }
                    for entry in self._listed(child, "version")
                ]
            else:
                self._count(f"affects.{name}", child)
        return built

    def _metadata(self, element: Element) -> JsonObject:
        built: JsonObject = {}
        for name, child in self._children(element, "metadata", once=True):
            if name == "timestamp":
                built[name] = _text(child)
            elif name == "component":
                built[name] = self._component(child, "metadata/component")
            elif name in {"supplier", "manufacture", "manufacturer"}:
                built[name] = self._organisation(child)
            elif name == "authors":
                built[name] = self._people(child, "author")
            elif name == "tools":
                built[name] = self._tools(child)
            else:
                self._count(name, child)
        return built

    def _tools(self, element: Element) -> JsonValue:
        listed: list[JsonValue] = []
        nested: JsonObject = {}
        for name, child in self._children(element, "tools"):
            if name == "tool":
                fields = self._children(child, "tool", once=True)
                tool = {key: _text(one) for key, one in fields if key in {"name", "version"}}
                listed.append({**tool})
            elif name == "components":
                nested["components"] = self._components(child, "tools/components")
            else:
                self._count(name, child)
        return listed if listed or not nested else nested

    def _components(self, element: Element, path: str) -> list[JsonValue]:
        found: list[JsonValue] = []
        for name, child in self._children(element, path):
            if name == "component":
                found.append(self._component(child, f"{path}/{len(found)}"))
            else:
                self._count(name, child)
        return found

    def _component(self, element: Element, path: str) -> JsonObject:
        built: JsonObject = {
            name: value
            for name in ("type", "mime-type", "bom-ref")
            if (value := element.get(name)) is not None
        }
        for name, child in self._children(element, path, once=True):
            if name in _COMPONENT_TEXTS:
                built[name] = _text(child)
            elif name in {"supplier", "manufacturer"}:
                built[name] = self._organisation(child)
            elif name == "authors":
                built[name] = self._people(child, "author")
            elif name == "hashes":
                built[name] = [
                    {"alg": entry.get("alg", ""), "content": _text(entry)}
                    for entry in self._listed(child, "hash")
                ]
            elif name == "licenses":
                built[name] = self._licenses(child, f"{path}/licenses")
            elif name == "properties":
                built[name] = [
                    {"name": entry.get("name", ""), "value": _text(entry)}
                    for entry in self._listed(child, "property")
                ]
            elif name == "components":
                built[name] = self._components(child, f"{path}/components")
            elif name == "modified":
                built[name] = _text(child) == "true"
            elif name == "evidence":
                for inner, part in self._children(child, name):
                    self._count(f"evidence.{inner}", part)
            else:
                self._count(f"components.{name}", child)
        return built

    def _licenses(self, element: Element, path: str) -> list[JsonValue]:
        found: list[JsonValue] = []
        for name, child in self._children(element, path):
            acknowledged: JsonObject = {}
            if (word := child.get("acknowledgement")) is not None:
                acknowledged["acknowledgement"] = word
            if name == "expression":
                found.append({"expression": _text(child), **acknowledged})
            elif name == "license":
                fields = self._children(child, path, once=True)
                named = {key: _text(one) for key, one in fields if key in {"id", "name"}}
                found.append({"license": {**named, **acknowledged}})
            else:
                self._count(f"licenses.{name}", child)
        return found

    def _organisation(self, element: Element) -> JsonObject:
        built: JsonObject = {}
        for name, child in self._children(element, "organization"):
            if name == "name":
                built.setdefault("name", _text(child))
        return built

    def _people(self, element: Element, item: str) -> list[JsonValue]:
        return [
            {
                name: _text(child)
                for name, child in self._children(person, item, once=True)
                if name in _PERSON
            }
            for person in self._listed(element, item)
        ]

    def _dependencies(self, element: Element) -> list[JsonValue]:
        found: list[JsonValue] = []
        for entry in self._listed(element, "dependency"):
            inner: list[JsonValue] = []
            for name, child in self._children(entry, "dependency"):
                if name == "dependency":
                    inner.append(child.get("ref", ""))
                else:
                    self._count(f"dependencies.{name}", child)
            dependency: JsonObject = {"ref": entry.get("ref", "")}
            if inner:
                dependency["dependsOn"] = inner
            found.append(dependency)
        return found

    def _listed(self, element: Element, item: str) -> list[Element]:
        found = []
        for name, child in self._children(element, item):
            if name == item:
                found.append(child)
            else:
                self._count(f"{item}.{name}", child)
        return found

    def _children(
        self, element: Element, path: str, *, once: bool = False
    ) -> list[tuple[str, Element]]:
        """Return the children of our namespace by local name; others are extensions."""
        found = []
        seen = set()
        for child in element:
            tag = child.tag
            if not tag.startswith(self._namespace):
                self.counts["extensions"] += 1
                continue
            name = tag[len(self._namespace) :]
            if once and name in seen:
                raise MalformedEvidence(
                    f"has the element {name!r} twice",
                    where=f"{self._where}/{path}",
                    expected="one",
                    hint="readers differ in which of the two they believe",
                )
            seen.add(name)
            found.append((name, child))
        return found

    def _count(self, name: str, element: Element) -> None:
        self.counts[name] += len(element) or 1


def _text(element: Element) -> str:
    return (element.text or "").strip()


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SBOM,
    media_type="application/vnd.cyclonedx+xml",
    recognises=recognises,
    read=read_bom,
)
