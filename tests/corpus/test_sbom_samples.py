"""Every SBOM among the samples: read with as many packages as it has, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import EvidenceError
from policyengine.model.sbom import SbomDocument
from tests.corpus.sample_files import (
    at_pointer,
    by_name,
    folders_of,
    objects,
    raw_json,
    read_file,
    samples,
)

CYCLONEDX = ("sbom/cyclonedx-json", "sbom/syft-cyclonedx-history", "sbom/trivy-history")
SPDX = ("sbom/spdx-json", "sbom/syft-spdx-history")
SYFT = ("sbom/syft-json", "sbom/syft-json-history")
REFUSED = {
    # Newer than what is read.
    "schemaTestData__1.7__invalid-license-id-1.7.json": "found 1.7; expected 1.2 to 1.6",
    "exampledata__cyclonedx-1.7.json": "found 1.7; expected 1.2 to 1.6",
    "cdx-1-7-valid-sbom.cdx.json": "found 1.7; expected 1.2 to 1.6",
    # Broken on purpose: creators as objects, and a document without most of it.
    "bad__example7-go-module.spdx.json": "/creationInfo/creators/0: .* found an object",
    "bad__example7-third-party-modules.spdx.json": "/creationInfo/creators/0: .* found an object",
    "test-spdx-spdx-id-invalid.json": "/creationInfo: .* found nothing",
}
NOT_JSON = {b"<": "is CycloneDX in XML, which is not read", b"S": "is SPDX in tag-value form"}
# Counted by hand in a few files, so that the counts below are not all small.
KNOWN = {
    "guac__testdata__exampledata__big-mongo-cyclonedx.json": 293,
    "bom-examples__juice-shop__v11.1.2__bom.json": 840,
    "syft__alpine__syft-json__sbom.syft.json": 14,
}


def read_or_refused(path: Path) -> SbomDocument | None:
    message = NOT_JSON.get(path.read_bytes()[:1]) or by_name(path, REFUSED)
    if message is None:
        (document,) = read_file(path).sboms
        return document
    with pytest.raises(EvidenceError, match=message):
        read_file(path)
    return None


@pytest.mark.parametrize("path", samples(*CYCLONEDX))
def test_a_cyclonedx_bom_is_read_whole(path: Path) -> None:
    document = read_or_refused(path)
    if document is None:
        return
    components = [
        item
        for names, item in objects(raw_json(path))
        if names and set(names) <= {"components"}
        if item.get("type") != "file" or "purl" in item
    ]
    assert len(document.packages) == len(components)
    assert by_name(path, KNOWN) in {None, len(components)}
    purls = {item["purl"] for item in components if item.get("purl")}
    assert {package.purl for package in document.packages} - {None} == purls
    licensed = sum(bool(item.get("licenses")) for item in components)
    assert sum(bool(package.licenses) for package in document.packages) == licensed


def described_images(document: Any) -> set[str]:
    """Return the identifiers of the images that an SPDX document says it describes."""
    identifiers = set(document.get("documentDescribes", []))
    for relation in document.get("relationships", []):
        if (relation["spdxElementId"], relation["relationshipType"]) == (
            "SPDXRef-DOCUMENT",
            "DESCRIBES",
        ):
            identifiers.add(relation["relatedSpdxElement"])
    return {
        item["SPDXID"]
        for item in document.get("packages", [])
        if item["SPDXID"] in identifiers
        and (
            item.get("primaryPackagePurpose") == "CONTAINER"
            or any(
                reference["referenceLocator"].startswith("pkg:oci/")
                for reference in item.get("externalRefs", [])
            )
        )
    }


@pytest.mark.parametrize("path", samples(*SPDX))
def test_an_spdx_document_is_read_whole(path: Path) -> None:
    document = read_or_refused(path)
    if document is None:
        return
    raw = raw_json(path)
    packages = raw.get("packages", [])
    images = described_images(raw)
    inside = [
        f"/packages/{index}"
        for index, item in enumerate(packages)
        if len(images) != 1 or item["SPDXID"] not in images
    ]
    assert [package.pointer for package in document.packages] == inside
    purls = {
        reference["referenceLocator"]
        for item in packages
        if item["SPDXID"] not in images
        for reference in item.get("externalRefs", [])
        if reference["referenceType"] == "purl"
    }
    assert {package.purl for package in document.packages} - {None} <= purls
    assert bool(purls) == any(package.purl for package in document.packages)


@pytest.mark.parametrize("path", samples(*SYFT))
def test_a_syft_document_is_read_whole(path: Path) -> None:
    document = read_or_refused(path)
    assert document is not None
    artifacts = [
        item
        for names, item in objects(raw_json(path))
        if names == ("artifacts",) and "name" in item
    ]
    assert len(document.packages) == len(artifacts)
    assert by_name(path, KNOWN) in {None, len(artifacts)}
    licensed = sum(bool(item.get("licenses")) for item in artifacts)
    assert sum(bool(package.licenses) for package in document.packages) == licensed


@pytest.mark.parametrize("path", samples(*CYCLONEDX, *SPDX, *SYFT))
def test_every_package_points_to_its_place_in_the_sbom(path: Path) -> None:
    document = read_or_refused(path)
    if document is None:
        return
    raw = raw_json(path)
    for package in document.packages:
        place = at_pointer(raw, package.pointer)
        assert package.name.endswith(place["name"])
        assert package.version == (place.get("version") or place.get("versionInfo") or None)


@pytest.mark.parametrize(
    "path",
    samples(*(folder for folder in folders_of("sbom") if folder not in {*CYCLONEDX, *SPDX, *SYFT})),
)
def test_an_sbom_of_another_format_is_refused(path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_file(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    if path.parent.name == "cyclonedx-xml":
        assert "is CycloneDX in XML, which is not read" in str(caught.value)
