"""Packages of an SBOM, counted over its raw text without the program's readers.

A count leaves out the one package that stands for the image itself, and files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import yaml

from tests.corpus.sample_files import objects, raw_json

_COMPONENT_PLACES = re.compile(
    r"(metadata/component/)?components/component(/components/component)*"
)


def count_packages(path: Path) -> int:
    """Count the packages of a file that is well-formed; its name does not matter."""
    text = _text(path)
    if text.startswith("{"):
        return _in_json(path)
    if text.startswith("<"):
        return _in_xml(text)
    if re.search(r"(?m)^SPDXVersion:", text):
        return _in_tag_value(text)
    return _in_spdx(yaml.safe_load(text))


def _text(path: Path) -> str:
    data = path.read_bytes()
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return data.decode(encoding).lstrip()


def _in_json(path: Path) -> int:
    raw = raw_json(path)
    if "@graph" in raw:
        return sum(item.get("type") == "software_Package" for item in raw["@graph"])
    if "spdxVersion" in raw:
        return _in_spdx(raw)
    if "artifacts" in raw:
        return sum(names == ("artifacts",) for names, item in objects(raw) if "name" in item)
    found = list(objects(raw.get("components", []), ("components",)))
    inside = raw.get("metadata", {}).get("component", {}).get("components", [])
    found += objects(inside, ("components",))
    return sum(
        set(names) == {"components"} and (item.get("type") != "file" or "purl" in item)
        for names, item in found
    )


def _in_spdx(raw: dict[str, Any]) -> int:
    packages: list[dict[str, Any]] = raw.get("packages", [])
    described = set(raw.get("documentDescribes", []))
    for relation in raw.get("relationships", []):
        begin, kind = relation["spdxElementId"], relation["relationshipType"]
        if (begin, kind) == ("SPDXRef-DOCUMENT", "DESCRIBES"):
            described.add(relation["relatedSpdxElement"])
    images: int = sum(
        item.get("SPDXID") in described
        and (item.get("primaryPackagePurpose") == "CONTAINER" or "pkg:oci/" in str(item))
        for item in packages
    )
    return len(packages) - int(images == 1)


def _in_tag_value(text: str) -> int:
    packages = re.split(r"(?m)^PackageName:", text)[1:]
    described = set(re.findall(r"(?m)^Relationship: SPDXRef-DOCUMENT DESCRIBES (\S+)", text))
    images = sum(
        re.findall(r"(?m)^SPDXID: (\S+)", item)[0] in described
        and re.search(r"(?m)^PrimaryPackagePurpose: CONTAINER$| purl pkg:oci/", item) is not None
        for item in packages
    )
    return len(packages) - (images == 1)


def _in_xml(text: str) -> int:
    root = ET.fromstring(re.sub(r"^<\?xml.*?\?>", "", text))  # its encoding was dealt with
    if root.tag.endswith("}RDF"):
        terms = "{http://spdx.org/rdf/terms#}"
        return len(list(root.iter(f"{terms}Package")))
    if not root.tag.endswith("}bom"):
        return len(root.findall("packages"))
    return sum(
        _COMPONENT_PLACES.fullmatch(place) is not None
        and (item.get("type") != "file" or any(child.tag.endswith("}purl") for child in item))
        for place, item in _walked(root, "")
    )


def _walked(element: ET.Element, path: str) -> Iterator[tuple[str, ET.Element]]:
    for child in element:
        place = f"{path}{child.tag.partition('}')[2]}"
        yield place, child
        yield from _walked(child, f"{place}/")
