"""SPDX 3.0 in JSON-LD: a graph of elements, named or in their places."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.errors import EvidenceError
from policyengine.model.sbom import Package, PackageHash, PackageLicense
from policyengine.model.scan import ReportedSubject
from tests.unit.collect.offered import read_json, read_sbom

HEX = "d" * 64
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
CREATION: dict[str, Any] = {
    "type": "CreationInfo",
    "@id": "_:c",
    "specVersion": "3.0.1",
    "created": "2026-01-01T00:00:00Z",
    "createdBy": ["urn:ann"],
    "createdUsing": [{"type": "Tool", "name": "made-1.2"}],
}
ANN: dict[str, Any] = {"type": "Person", "spdxId": "urn:ann", "name": "Ann"}
DOCUMENT: dict[str, Any] = {"type": "SpdxDocument", "spdxId": "urn:doc", "creationInfo": "_:c"}


def package(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "software_Package", "spdxId": f"urn:{name}", "name": name, **fields}


def relation(begin: str, kind: str, *ends: str) -> dict[str, Any]:
    return {"type": "Relationship", "from": begin, "relationshipType": kind, "to": [*ends]}


def graph(*elements: dict[str, Any], document: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    return {"@context": CONTEXT, "@graph": [CREATION, ANN, document, *elements]}


def test_a_package_is_read_with_all_that_is_said_of_it() -> None:
    read = read_sbom(
        graph(
            package(
                "zlib",
                software_packageVersion="1.3",
                software_packageUrl="pkg:deb/debian/zlib@1.3",
                suppliedBy="urn:ann",
                verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": HEX.upper()}],
                externalIdentifier=[
                    {
                        "type": "ExternalIdentifier",
                        "externalIdentifierType": "cpe23",
                        "identifier": "cpe:2.3:z",
                    }
                ],
            ),
            {
                "type": "simplelicensing_LicenseExpression",
                "spdxId": "urn:l",
                "simplelicensing_licenseExpression": "Zlib",
            },
            relation("urn:zlib", "hasConcludedLicense", "urn:l"),
            relation("urn:zlib", "hasDeclaredLicense", "https://spdx.org/licenses/MIT"),
            relation("urn:zlib", "dependsOn", "urn:a", "urn:b"),
            relation("urn:zlib", "other", "urn:a"),
            {"type": "security_Vulnerability", "spdxId": "urn:v"},
        )
    )
    assert read.packages == (
        Package(
            name="zlib",
            version="1.3",
            purl="pkg:deb/debian/zlib@1.3",
            cpes=("cpe:2.3:z",),
            type="deb",
            supplier="Ann",
            licenses=(
                PackageLicense(value="Zlib", kind="expression", concluded=True),
                PackageLicense(value="MIT", kind="id"),
            ),
            hashes=(PackageHash(algorithm="sha256", value=HEX),),
            pointer="/@graph/3",
        ),
    )
    assert (read.source.tool, read.source.tool_version) == ("made", "1.2")
    assert (read.authors, read.serial, read.dependencies) == (("Ann",), "urn:doc", 2)
    assert read.unmapped == (("relationships", 1), ("security_Vulnerability", 1))


@pytest.mark.parametrize(
    "fields",
    [
        {
            "software_primaryPurpose": "container",
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": HEX}],
        },
        {"software_packageUrl": f"pkg:oci/app@sha256:{HEX}"},
        {"software_primaryPurpose": "container", "software_packageVersion": f"sha256:{HEX}"},
    ],
)
@pytest.mark.parametrize("described_by", ["rootElement", "describes"])
def test_the_described_image_is_the_subject_and_no_package(
    fields: dict[str, Any], described_by: str
) -> None:
    image = package("app", **fields)
    if described_by == "describes":
        document = graph(image, package("in"), relation("urn:doc", "describes", "urn:app"))
    else:
        document = graph(image, package("in"), document={**DOCUMENT, "rootElement": ["urn:app"]})
    read = read_sbom(document)
    assert read.subject == ReportedSubject(name="app", digests=(f"sha256:{HEX}",))
    assert [item.name for item in read.packages] == ["in"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (graph(package("a"), package("a")), "/@graph/4/spdxId: has two elements of one identifier"),
        (graph({**package("a"), "name": 1}), "/@graph/3/name"),
        (graph({"spdxId": "urn:x"}), "/@graph/3/@type: .* found nothing"),
        (graph(document={**DOCUMENT, "type": "Bundle"}), "has no document"),
        (graph(document={**DOCUMENT, "creationInfo": "_:other"}), "has no creation information"),
        ({"@context": CONTEXT, "@graph": []}, "has no document"),
        ({"@context": CONTEXT, "type": "Person"}, "is SPDX 3 of one element"),
        (
            {"@context": CONTEXT, "@graph": [{**CREATION, "specVersion": "3.1.0"}, DOCUMENT]},
            "found 3.1.0; expected 3.0",
        ),
        (graph(relation("urn:a", "dependsOn") | {"to": [1]}), "/@graph/3/to/0"),
        (graph(package("a", suppliedBy=1)), "/@graph/3/suppliedBy: .* expected an object or an id"),
    ],
)
def test_a_graph_that_does_not_fit_is_refused(document: Any, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        read_json(document)
