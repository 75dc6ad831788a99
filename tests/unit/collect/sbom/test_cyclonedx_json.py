"""CycloneDX in JSON: every component, however deep, and the forms that versions differ in."""

from __future__ import annotations

import pytest

from policyengine.errors import MalformedEvidence
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import Package, PackageHash, PackageLicense
from policyengine.model.scan import ReportedSubject
from tests.unit.collect.offered import read_sbom

DIGEST = "sha256:" + "d" * 64
IMAGE_ID = "sha256:" + "a" * 64


def bom(*components: JsonValue, **fields: JsonValue) -> JsonObject:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": list(components),
        **fields,
    }


def component(name: str = "p", /, **fields: JsonValue) -> JsonObject:
    return {"type": "library", "name": name, **fields}


def image(**fields: JsonValue) -> JsonObject:
    return {"component": {"type": "container", "name": "app:1", **fields}}


def test_a_component_is_read_with_all_that_is_said_of_it() -> None:
    (package,) = read_sbom(
        bom(
            component(
                "openssl",
                group="debian",
                version="3.0.1",
                purl="pkg:deb/debian/openssl@3.0.1",
                supplier={"name": "Debian"},
                publisher="Somebody",
                licenses=[{"license": {"id": "Apache-2.0"}}],
                hashes=[
                    {"alg": "SHA-256", "content": "AB" * 32},
                    {"alg": "SHA3-512", "content": "cd" * 64},
                ],
                properties=[
                    {"name": "syft:package:foundBy", "value": "dpkg"},
                    {"name": "syft:location:0:path", "value": "/var/lib/dpkg/status"},
                ],
            )
        )
    ).packages
    assert package == Package(
        name="debian/openssl",
        version="3.0.1",
        purl="pkg:deb/debian/openssl@3.0.1",
        type="deb",
        path="/var/lib/dpkg/status",
        supplier="Debian",
        licenses=(PackageLicense(value="Apache-2.0", kind="id"),),
        hashes=(
            PackageHash(algorithm="sha256", value="ab" * 32),
            PackageHash(algorithm="sha3512", value="cd" * 64),
        ),
        pointer="/components/0",
    )


@pytest.mark.parametrize(
    ("licenses", "read"),
    [
        (None, ()),
        ([], ()),
        ([{"license": {"id": "MIT"}}], (("MIT", "id", False),)),
        ([{"license": {"name": "My own"}}], (("My own", "name", False),)),
        ([{"license": {"id": "MIT", "name": "MIT License"}}], (("MIT", "id", False),)),
        ([{"expression": "MIT OR Apache-2.0"}], (("MIT OR Apache-2.0", "expression", False),)),
        (
            [
                {"license": {"id": "MIT", "acknowledgement": "declared"}},
                {"license": {"id": "GPL-3.0-only", "acknowledgement": "concluded"}},
            ],
            (("MIT", "id", False), ("GPL-3.0-only", "id", True)),
        ),
        (
            [{"expression": "GPL-3.0-only", "acknowledgement": "concluded"}],
            (("GPL-3.0-only", "expression", True),),
        ),
    ],
)
def test_the_forms_of_a_license(
    licenses: JsonValue, read: tuple[tuple[str, str, bool], ...]
) -> None:
    (package,) = read_sbom(bom(component(licenses=licenses))).packages
    assert tuple((item.value, item.kind, item.concluded) for item in package.licenses) == read


@pytest.mark.parametrize(
    ("fields", "supplier"),
    [
        ({"supplier": {"name": "S"}, "publisher": "P", "author": "A"}, "S"),
        ({"supplier": {"url": ["https://x.example"]}, "publisher": "P", "author": "A"}, "P"),
        ({"publisher": "P", "manufacturer": {"name": "M"}}, "P"),
        ({"manufacturer": {"name": "M"}, "author": "A"}, "M"),
        ({"authors": [{"name": "A"}, {"email": "b@x.example"}, {"name": "C"}]}, "A, C"),
        ({"author": "A"}, "A"),
        ({"supplier": None, "author": ""}, None),
    ],
)
def test_who_supplies_a_component(fields: JsonObject, supplier: str | None) -> None:
    (package,) = read_sbom(bom({**component(), **fields})).packages
    assert package.supplier == supplier


def test_components_in_components_are_read_each_with_its_place() -> None:
    inner = component("inner", components=[component("innermost"), component("last")])
    subject: JsonObject = {"component": component("app", components=[component("of the subject")])}
    read = read_sbom(bom(component("outer", components=[inner]), component("z"), metadata=subject))
    assert [(package.name, package.pointer) for package in read.packages] == [
        ("of the subject", "/metadata/component/components/0"),
        ("outer", "/components/0"),
        ("inner", "/components/0/components/0"),
        ("innermost", "/components/0/components/0/components/0"),
        ("last", "/components/0/components/0/components/1"),
        ("z", "/components/1"),
    ]


def test_components_nested_as_deep_as_json_may_be_are_read() -> None:
    nested = component("0")
    for depth in range(1, 120):
        nested = component(str(depth), components=[nested])
    assert len(read_sbom(bom(nested)).packages) == 120


def test_files_are_no_packages_but_what_is_in_them_is() -> None:
    read = read_sbom(
        bom(
            {"type": "file", "name": "/bin/sh"},
            {"type": "file", "name": "/app.jar", "purl": "pkg:maven/a/b@1"},
            {"type": "file", "name": "/fat.jar", "components": [component("inside")]},
        )
    )
    assert [package.name for package in read.packages] == ["/app.jar", "inside"]
    assert read.unmapped == (("files", 2),)


def test_what_is_not_mapped_is_counted() -> None:
    observed: JsonValue = {"licenses": [{"license": {"id": "MIT"}}]}
    read = read_sbom(
        bom(
            component(evidence=observed),
            component(evidence={}),
            vulnerabilities=[{"id": "CVE-2026-1"}],
            services=[{}, {}],
            definitions={"standards": []},
            dependencies=[],
        )
    )
    assert read.unmapped == (
        ("definitions", 1),
        ("evidence.licenses", 1),
        ("services", 2),
        ("vulnerabilities", 1),
    )


@pytest.mark.parametrize(
    ("metadata", "subject"),
    [
        (image(version=DIGEST), ReportedSubject(name="app:1", digests=(DIGEST,))),
        (image(name="app", version="1.0"), ReportedSubject(name="app:1.0")),
        (
            image(purl=f"pkg:oci/app@sha256%3A{'d' * 64}?repository_url=registry.example/app"),
            ReportedSubject(name="app:1", digests=(DIGEST,)),
        ),
        (image(purl=f"pkg:generic/app@{DIGEST}"), ReportedSubject(name="app:1")),
        (
            image(
                properties=[
                    {"name": "aquasecurity:trivy:ImageID", "value": IMAGE_ID},
                    {"name": "aquasecurity:trivy:DiffID", "value": "sha256:1"},
                    {"name": "aquasecurity:trivy:DiffID", "value": "sha256:2"},
                    {"name": "aquasecurity:trivy:RepoTag", "value": "app:1"},
                    {"name": "aquasecurity:trivy:RepoDigest", "value": "app@" + DIGEST},
                    {"name": "aquasecurity:trivy:SchemaVersion", "value": "2"},
                ]
            ),
            ReportedSubject(
                name="app:1",
                image_ids=(IMAGE_ID,),
                repo_tags=("app:1",),
                repo_digests=("app@" + DIGEST,),
                diff_ids=("sha256:1", "sha256:2"),
            ),
        ),
        ({"component": {"type": "application", "name": "app", "version": "1"}}, ReportedSubject()),
        ({}, ReportedSubject()),
    ],
)
def test_which_image_a_bom_is_about(metadata: JsonObject, subject: ReportedSubject) -> None:
    assert read_sbom(bom(metadata=metadata)).subject == subject


@pytest.mark.parametrize(
    "tools",
    [
        [{"vendor": "anchore", "name": "syft", "version": "1.38.0"}],
        {"components": [{"type": "application", "name": "syft", "version": "1.38.0"}]},
    ],
)
def test_the_bom_says_what_made_it(tools: JsonValue) -> None:
    metadata: JsonObject = {"timestamp": "2026-03-01T10:00:00Z", "tools": tools}
    read = read_sbom(bom(metadata=metadata, serialNumber="urn:uuid:1"))
    assert (read.source.tool, read.source.tool_version) == ("syft", "1.38.0")
    assert (read.source.format, read.source.format_version) == ("cyclonedx-json", "1.6")
    assert read.created == Instant.parse("2026-03-01T10:00:00Z")
    assert read.serial == "urn:uuid:1"


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6"])
def test_each_version_is_read(version: str) -> None:
    assert read_sbom(bom(component(), specVersion=version)).source.format_version == version


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (bom(specVersion=1.6), "/specVersion: "),
        (bom(specVersion=None), "/specVersion: "),
        (bom("openssl"), "/components/0: "),
        (bom(components={}), "/components: "),
        (bom({"type": "library"}), "/components/0/name: "),
        (bom(component(components=[{"name": 1}])), "/components/0/components/0/name: "),
        (bom(component(components="x")), "/components/0/components: "),
        (bom(component(purl=["pkg:deb/x"])), "/components/0/purl: "),
        (bom(component(licenses={"id": "MIT"})), "/components/0/licenses: "),
        (bom(component(licenses=["MIT"])), "/components/0/licenses/0: "),
        (bom(component(licenses=[{}])), "/components/0/licenses/0/license: "),
        (bom(component(licenses=[{"license": {}}])), "/components/0/licenses/0/license/name: "),
        (bom(component(supplier="Debian")), "/components/0/supplier: "),
        (bom(component(hashes=[{"alg": "MD5"}])), "/components/0/hashes/0/content: "),
        (bom(component(properties=[{"name": "syft:location:0:path", "value": 1}])), "/value: "),
        (bom(component(evidence=[])), "/components/0/evidence: "),
        (bom(metadata=[]), "/metadata: "),
        (bom(metadata={"component": "app"}), "/metadata/component: "),
        (bom(metadata={"tools": "syft"}), "/metadata/tools: "),
        (bom(metadata={"tools": [{"name": {}}]}), "/metadata/tools/0/name: "),
    ],
)
def test_a_wrong_type_is_refused_with_its_place(document: JsonObject, place: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        read_sbom(document)
    assert place in str(caught.value)
