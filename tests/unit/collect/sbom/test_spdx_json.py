"""SPDX 2 in JSON: packages, what stands for no value, and the image that is described."""

from __future__ import annotations

import pytest

from policyengine.errors import MalformedEvidence
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import Package, PackageHash, PackageLicense
from policyengine.model.scan import ReportedSubject
from tests.unit.collect.offered import read_sbom

HEX = "d" * 64
DIGEST = f"sha256:{HEX}"
IMAGE_ID = "sha256:" + "a" * 64


def spdx(*packages: JsonValue, **fields: JsonValue) -> JsonObject:
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "creationInfo": {"created": "2026-03-01T10:00:00Z", "creators": ["Tool: syft-1.38.0"]},
        "packages": list(packages),
        **fields,
    }


def package(name: str = "p", **fields: JsonValue) -> JsonObject:
    return {"SPDXID": f"SPDXRef-{name}", "name": name, **fields}


def purl(text: str) -> JsonValue:
    return [
        {"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:p"},
        {"referenceType": "purl", "referenceLocator": text},
    ]


def described(*packages: JsonObject, **fields: JsonValue) -> JsonObject:
    relationships: JsonValue = [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": item["SPDXID"],
        }
        for item in packages
    ]
    return spdx(*packages, package("inside"), relationships=relationships, **fields)


def test_a_package_is_read_with_all_that_is_said_of_it() -> None:
    (read,) = read_sbom(
        spdx(
            package(
                "openssl",
                versionInfo="3.0.1",
                supplier="Organization: Debian (security@debian.example)",
                licenseConcluded="Apache-2.0",
                licenseDeclared="Apache-2.0 OR MIT",
                checksums=[{"algorithm": "SHA256", "checksumValue": HEX.upper()}],
                externalRefs=purl("pkg:deb/debian/openssl@3.0.1"),
            )
        )
    ).packages
    assert read == Package(
        name="openssl",
        version="3.0.1",
        purl="pkg:deb/debian/openssl@3.0.1",
        cpes=("cpe:2.3:a:p",),
        type="deb",
        supplier="Debian (security@debian.example)",
        licenses=(
            PackageLicense(value="Apache-2.0", kind="expression", concluded=True),
            PackageLicense(value="Apache-2.0 OR MIT", kind="expression"),
        ),
        hashes=(PackageHash(algorithm="sha256", value=HEX),),
        pointer="/packages/0",
    )


@pytest.mark.parametrize("none", ["NOASSERTION", "NONE", "", None])
def test_what_stands_for_no_value_is_none(none: str | None) -> None:
    (read,) = read_sbom(
        spdx(package(supplier=none, licenseConcluded=none, licenseDeclared=none))
    ).packages
    assert (read.supplier, read.licenses) == (None, ())


@pytest.mark.parametrize(
    ("creator", "tool", "version"),
    [
        ("Tool: syft-1.38.0", "syft", "1.38.0"),
        ("Tool: trivy-0.68.1", "trivy", "0.68.1"),
        ("Tool: GitHub.com-Dependency-Graph", "GitHub.com-Dependency-Graph", None),
        ("Tool:", None, None),
        ("Organization: Example", None, None),
    ],
)
def test_the_document_says_what_made_it(
    creator: str, tool: str | None, version: str | None
) -> None:
    creation: JsonObject = {
        "created": "2026-03-01T10:00:00Z",
        "creators": ["Person: Somebody", creator],
    }
    read = read_sbom(spdx(creationInfo=creation, documentNamespace="https://spdx.example/1"))
    assert (read.source.tool, read.source.tool_version) == (tool, version)
    assert (read.source.format, read.source.format_version) == ("spdx-json", "2.3")
    assert read.created == Instant.parse("2026-03-01T10:00:00Z")
    assert read.serial == "https://spdx.example/1"


@pytest.mark.parametrize(
    ("image", "subject"),
    [
        (
            package(
                "app",
                versionInfo="1",
                primaryPackagePurpose="CONTAINER",
                checksums=[{"algorithm": "SHA256", "checksumValue": HEX.upper()}],
            ),
            ReportedSubject(name="app:1", digests=(DIGEST,)),
        ),
        (
            package("app", versionInfo=DIGEST, primaryPackagePurpose="CONTAINER"),
            ReportedSubject(name="app", digests=(DIGEST,)),
        ),
        (
            package("app", externalRefs=purl(f"pkg:oci/app@sha256%3A{HEX}?tag=1")),
            ReportedSubject(name="app", digests=(DIGEST,)),
        ),
        (
            package(
                "app",
                primaryPackagePurpose="CONTAINER",
                attributionTexts=[f"ImageID: {IMAGE_ID}", "RepoTag: app:1", "Class: x"],
            ),
            ReportedSubject(name="app", image_ids=(IMAGE_ID,), repo_tags=("app:1",)),
        ),
        (
            package(
                "app",
                primaryPackagePurpose="CONTAINER",
                annotations=[
                    {"comment": f"ImageID: {IMAGE_ID}"},
                    {"comment": "DiffID: sha256:1"},
                    {"comment": "DiffID: sha256:2"},
                    {"comment": f"RepoDigest: app@{DIGEST}"},
                ],
            ),
            ReportedSubject(
                name="app",
                image_ids=(IMAGE_ID,),
                diff_ids=("sha256:1", "sha256:2"),
                repo_digests=(f"app@{DIGEST}",),
            ),
        ),
    ],
    ids=["checksum", "version", "purl", "attribution texts", "annotations"],
)
def test_the_described_image_is_the_subject_and_no_package(
    image: JsonObject, subject: ReportedSubject
) -> None:
    read = read_sbom(described(image))
    assert read.subject == subject
    assert [(item.name, item.pointer) for item in read.packages] == [("inside", "/packages/1")]
    read = read_sbom(spdx(image, package("inside"), documentDescribes=[image["SPDXID"]]))
    assert read.subject == subject


@pytest.mark.parametrize(
    "document",
    [
        described(package("app", primaryPackagePurpose="APPLICATION")),
        described(
            package("one", primaryPackagePurpose="CONTAINER"),
            package("two", primaryPackagePurpose="CONTAINER"),
        ),
        spdx(package("base", primaryPackagePurpose="CONTAINER"), package("inside")),
    ],
    ids=["an application", "two images", "an image that is not described"],
)
def test_without_one_described_image_all_packages_are_packages(document: JsonObject) -> None:
    read = read_sbom(document)
    assert read.subject == ReportedSubject()
    packages = document["packages"]
    assert isinstance(packages, list)
    assert len(read.packages) == len(packages)


def test_what_is_not_mapped_is_counted() -> None:
    read = read_sbom(spdx(package(), files=[{}, {}], snippets=[{}], annotations=[]))
    assert read.unmapped == (("files", 2), ("snippets", 1))


def test_a_document_without_packages_says_nothing_about_them() -> None:
    assert read_sbom(spdx(packages=None)).packages == ()


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"spdxVersion": "SPDX-2.3"}, "/SPDXID: "),
        ({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT"}, "/creationInfo: "),
        (spdx(spdxVersion=2.3), "/spdxVersion: "),
        (spdx(packages={}), "/packages: "),
        (spdx("openssl"), "/packages/0: "),
        (spdx({"SPDXID": "SPDXRef-p"}), "/packages/0/name: "),
        (spdx(package(SPDXID=[])), "/packages/0/SPDXID: "),
        (spdx(package(versionInfo=3.0)), "/packages/0/versionInfo: "),
        (spdx(package(supplier={})), "/packages/0/supplier: "),
        (spdx(package(licenseDeclared=["MIT"])), "/packages/0/licenseDeclared: "),
        (spdx(package(checksums=[{"algorithm": "SHA1"}])), "/checksums/0/checksumValue: "),
        (spdx(package(externalRefs=[{"referenceType": "purl"}])), "/externalRefs/0/referenceLoc"),
        (spdx(relationships="x"), "/relationships: "),
        (spdx(documentDescribes=[{}]), "/documentDescribes/0: "),
        (spdx(creationInfo={"creators": [{}]}), "/creationInfo/creators/0: "),
        (spdx(creationInfo="today"), "/creationInfo: "),
    ],
)
def test_a_wrong_type_is_refused_with_its_place(document: JsonObject, place: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        read_sbom(document)
    assert place in str(caught.value)
