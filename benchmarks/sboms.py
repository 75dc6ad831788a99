"""SBOMs of 5,000 packages, from the bytes in memory to the checked input document.

JSON against ``orjson.loads`` of the same bytes, validation by the official schema included; the
other forms against the seconds that they may take, with reading their text alone as the floor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import orjson

from benchmarks.measure import Comparison, in_turn
from benchmarks.reports import cyclonedx_bom, document_of, the_image

_ENTRIES = 5_000
_WANTED_RATIO = 8
_WANTED_EXTRA = 0.050
_WANTED_SECONDS = 3.0
_WANTED_GRAPH_RATIO = 3


def main() -> None:
    """Measure, and print a line each."""
    image = the_image()
    for name, text in (
        ("CycloneDX JSON", orjson.dumps(cyclonedx_bom(_ENTRIES))),
        ("SPDX JSON", orjson.dumps(spdx_document(_ENTRIES))),
    ):
        result = in_turn(partial(document_of, text, image), partial(orjson.loads, text))
        met = result.ours <= _WANTED_RATIO * result.floor + _WANTED_EXTRA
        _print(name, text, result, f"<= {_WANTED_RATIO} x + {_WANTED_EXTRA * 1e3:.0f} ms", met=met)
    others: tuple[tuple[str, str, Callable[[bytes], object]], ...] = (
        ("CycloneDX XML", cyclonedx_xml(_ENTRIES), ET.fromstring),
        ("SPDX tag-value", spdx_tag_value(_ENTRIES), bytes.splitlines),
        ("SPDX XML", spdx_xml(_ENTRIES), ET.fromstring),
        ("SPDX YAML", spdx_yaml(_ENTRIES), bytes.splitlines),
    )
    for name, written, floor in others:
        text = written.encode()
        result = in_turn(partial(document_of, text, image), partial(floor, text), runs=3)
        met = result.ours <= _WANTED_SECONDS
        _print(name, text, result, f"<= {_WANTED_SECONDS:.0f} s", met=met)
    text = spdx_rdf(_ENTRIES).encode()
    result = in_turn(partial(document_of, text, image), partial(_rdf_graph, text), runs=3)
    met = result.ratio <= _WANTED_GRAPH_RATIO
    _print("SPDX RDF", text, result, f"<= {_WANTED_GRAPH_RATIO} x the graph", met=met)


def _rdf_graph(text: bytes) -> object:
    from rdflib import Graph

    return Graph().parse(data=text, format="xml")


def _print(name: str, text: bytes, result: Comparison, wanted: str, *, met: bool) -> None:
    print(result.line(f"{name}, {_ENTRIES} packages, {len(text) / 1e6:.1f} MB", wanted, met=met))


def _facts(number: int) -> tuple[str, str, str]:
    """Return name, version and package URL."""
    name, version = f"lib{number}", f"1.{number % 90}"
    return name, version, f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12"


def spdx_document(count: int) -> dict[str, object]:
    """Return an SPDX document in JSON."""
    relations = [
        {
            "spdxElementId": "SPDXRef-DOCUMENT" if number == 0 else "SPDXRef-0",
            "relationshipType": "DESCRIBES" if number == 0 else "CONTAINS",
            "relatedSpdxElement": f"SPDXRef-{number}",
        }
        for number in range(count)
    ]
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "app",
        "dataLicense": "CC0-1.0",
        "documentNamespace": "https://sbom.example/1",
        "creationInfo": {
            "created": "2026-01-31T08:00:00Z",
            "creators": ["Organization: Example", "Tool: syft-1.38.0"],
        },
        "packages": [_spdx_package(number) for number in range(count)],
        "relationships": relations,
    }


def _spdx_package(number: int) -> dict[str, object]:
    name, version, purl = _facts(number)
    return {
        "SPDXID": f"SPDXRef-{number}",
        "name": name,
        "versionInfo": version,
        "supplier": "Person: Debian Maintainers (maintainers@packages.example)",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "GPL-2.0-only AND LicenseRef-public-domain",
        "copyrightText": "NOASSERTION",
        "checksums": [{"algorithm": "SHA256", "checksumValue": f"{number:064x}"}],
        "externalRefs": [
            {
                "referenceCategory": "SECURITY",
                "referenceType": "cpe23Type",
                "referenceLocator": f"cpe:2.3:a:{name}:{name}:{version}:*:*:*:*:*:*:*",
            },
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": purl,
            },
        ],
    }


def cyclonedx_xml(count: int) -> str:
    """Return a BOM in XML with the facts of the one in JSON."""
    components = []
    for number in range(count):
        name, version, purl = _facts(number)
        components.append(
            f'<component type="library" bom-ref="r{number}">'
            "<publisher>Debian Maintainers</publisher>"
            f"<name>{name}</name><version>{version}</version>"
            f'<hashes><hash alg="SHA-256">{number:064x}</hash></hashes>'
            "<licenses><license><id>GPL-2.0-only</id></license>"
            "<license><name>public-domain</name></license></licenses>"
            f"<cpe>cpe:2.3:a:{name}:{name}:{version}:*:*:*:*:*:*:*</cpe><purl>{escape(purl)}</purl>"
            '<properties><property name="syft:location:0:path">/var/lib/dpkg/status</property>'
            "</properties></component>"
        )
    return (
        '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">'
        "<metadata><timestamp>2026-01-31T08:00:00Z</timestamp></metadata>"
        f"<components>{''.join(components)}</components></bom>"
    )


def spdx_tag_value(count: int) -> str:
    """Return an SPDX document in tag-value form."""
    lines = [
        *("SPDXVersion: SPDX-2.3", "DataLicense: CC0-1.0", "SPDXID: SPDXRef-DOCUMENT"),
        *("DocumentName: app", "DocumentNamespace: https://sbom.example/1"),
        *("Creator: Tool: syft-1.38.0", "Created: 2026-01-31T08:00:00Z"),
    ]
    for number in range(count):
        name, version, purl = _facts(number)
        lines += [
            *("", f"PackageName: {name}", f"SPDXID: SPDXRef-{number}"),
            *(f"PackageVersion: {version}", "PackageSupplier: Organization: Debian"),
            *("PackageDownloadLocation: NOASSERTION", "FilesAnalyzed: false"),
            *(f"PackageChecksum: SHA256: {number:064x}", "PackageLicenseConcluded: NOASSERTION"),
            "PackageLicenseDeclared: GPL-2.0-only AND LicenseRef-public-domain",
            *("PackageCopyrightText: <text>two", "lines</text>"),
            f"ExternalRef: PACKAGE-MANAGER purl {purl}",
        ]
    lines += [f"Relationship: SPDXRef-0 CONTAINS SPDXRef-{number}" for number in range(1, count)]
    return "\n".join([*lines, "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-0", ""])


def spdx_xml(count: int) -> str:
    """Return an SPDX document in XML: the fields of the JSON."""
    return f'<?xml version="1.0"?>{_element("Document", spdx_document(count))}'


def _element(name: str, value: object) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        inner = "".join(_element(key, item) for key, item in value.items())
    else:
        inner = escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}>{inner}</{name}>"


def spdx_yaml(count: int) -> str:
    """Return an SPDX document in YAML: the fields of the JSON, in blocks."""
    return "".join(_block(spdx_document(count), ""))


def _block(value: object, indent: str) -> list[str]:
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list):
                lines += [f"{indent}{key}:\n", *_block(item, f"{indent}  ")]
            else:
                lines.append(f"{indent}{key}: {orjson.dumps(item).decode()}\n")
    elif isinstance(value, list):
        for item in value:
            inner = _block(item, f"{indent}  ")
            inner[0] = f"{indent}- {inner[0][len(indent) + 2 :]}"
            lines += inner
    else:
        lines.append(f"{indent}{orjson.dumps(value).decode()}\n")
    return lines


def spdx_rdf(count: int) -> str:
    """Return an SPDX document in RDF/XML."""
    terms = "http://spdx.org/rdf/terms#"
    packages = []
    for number in range(count):
        name, version, purl = _facts(number)
        packages.append(
            f'<spdx:Package rdf:about="https://sbom.example/1#SPDXRef-{number}">'
            f"<spdx:name>{name}</spdx:name><spdx:versionInfo>{version}</spdx:versionInfo>"
            "<spdx:supplier>Organization: Debian</spdx:supplier>"
            '<spdx:licenseDeclared rdf:resource="http://spdx.org/licenses/GPL-2.0-only"/>'
            "<spdx:externalRef><spdx:ExternalRef>"
            '<spdx:referenceType rdf:resource="http://spdx.org/rdf/references/purl"/>'
            f"<spdx:referenceLocator>{escape(purl)}</spdx:referenceLocator>"
            "</spdx:ExternalRef></spdx:externalRef></spdx:Package>"
        )
    document = """
<spdx:SpdxDocument rdf:about="https://sbom.example/1#SPDXRef-DOCUMENT">
 <spdx:specVersion>SPDX-2.3</spdx:specVersion>
 <spdx:creationInfo><spdx:CreationInfo>
  <spdx:created>2026-01-31T08:00:00Z</spdx:created>
  <spdx:creator>Tool: syft-1.38.0</spdx:creator>
 </spdx:CreationInfo></spdx:creationInfo>
</spdx:SpdxDocument>"""
    return (
        f'<rdf:RDF xmlns:spdx="{terms}" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"{document}{''.join(packages)}</rdf:RDF>"
    )
