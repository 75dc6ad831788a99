"""Syft's JSON, from its first versions to today's."""

from __future__ import annotations

import pytest

from policyengine.errors import MalformedEvidence
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import Package, PackageLicense
from policyengine.model.scan import ReportedSubject
from tests.unit.collect.offered import read_sbom

IMAGE_ID = "sha256:" + "a" * 64
DIGEST = "sha256:" + "b" * 64
LAYER = "sha256:" + "c" * 64


def sbom(*artifacts: JsonValue, **fields: JsonValue) -> JsonObject:
    return {
        "artifacts": list(artifacts),
        "source": {"type": "image", "metadata": {"userInput": "app:1"}},
        "schema": {"version": "16.1.0"},
        **fields,
    }


def artifact(**fields: JsonValue) -> JsonObject:
    return {"name": "openssl", **fields}


def test_an_artifact_is_read_with_all_that_is_said_of_it() -> None:
    (package,) = read_sbom(
        sbom(
            artifact(
                version="3.0.1",
                type="deb",
                purl="pkg:deb/debian/openssl@3.0.1",
                locations=[{"path": "/var/lib/dpkg/status", "layerID": LAYER}],
                licenses=[{"value": "Apache-2.0", "spdxExpression": "Apache-2.0"}],
            )
        )
    ).packages
    assert package == Package(
        name="openssl",
        version="3.0.1",
        purl="pkg:deb/debian/openssl@3.0.1",
        type="deb",
        path="/var/lib/dpkg/status",
        licenses=(PackageLicense(value="Apache-2.0", kind="expression"),),
        pointer="/artifacts/0",
    )


@pytest.mark.parametrize(
    ("licenses", "read"),
    [
        (None, ()),
        (["GPL-2", ""], (("GPL-2", "name", False),)),
        ([{"value": "My own", "spdxExpression": ""}], (("My own", "name", False),)),
        (
            [{"value": "MIT", "spdxExpression": "MIT", "type": "concluded"}],
            (("MIT", "expression", True),),
        ),
        ([{"value": "", "spdxExpression": "", "contents": "Do what you want."}], ()),
    ],
)
def test_the_forms_of_a_license(
    licenses: JsonValue, read: tuple[tuple[str, str, bool], ...]
) -> None:
    (package,) = read_sbom(sbom(artifact(licenses=licenses))).packages
    assert tuple((item.value, item.kind, item.concluded) for item in package.licenses) == read


@pytest.mark.parametrize(
    ("locations", "path"),
    [
        (None, None),
        ([], None),
        (["/lib/apk/db/installed"], "/lib/apk/db/installed"),
        ([{"path": "/a"}, {"path": "/b"}], "/a"),
        ([{"accessPath": "/a"}], None),
    ],
)
def test_where_an_artifact_lies(locations: JsonValue, path: str | None) -> None:
    (package,) = read_sbom(sbom(artifact(locations=locations))).packages
    assert package.path == path


@pytest.mark.parametrize("field", ["metadata", "target"])
def test_which_image_an_sbom_is_about(field: str) -> None:
    facts: JsonObject = {
        "userInput": "app:1",
        "imageID": IMAGE_ID,
        "manifestDigest": DIGEST,
        "tags": ["app:1"],
        "repoDigests": ["app@" + DIGEST],
        "layers": [{"digest": LAYER, "size": 7}],
    }
    assert read_sbom(sbom(source={"type": "image", field: facts})).subject == ReportedSubject(
        name="app:1",
        image_ids=(IMAGE_ID,),
        digests=(DIGEST,),
        repo_tags=("app:1",),
        repo_digests=("app@" + DIGEST,),
        diff_ids=(LAYER,),
    )


def test_an_sbom_of_a_directory_says_so() -> None:
    subject = read_sbom(sbom(source={"type": "directory", "metadata": {"path": "/src"}})).subject
    assert subject.other_than_image == "directory"


def test_the_sbom_says_what_made_it() -> None:
    read = read_sbom(sbom(descriptor={"name": "syft", "version": "1.38.0"}))
    assert (read.source.tool, read.source.tool_version) == ("syft", "1.38.0")
    assert (read.source.format, read.source.format_version) == ("syft-json", "16.1.0")


def test_the_first_versions_are_read() -> None:
    image: JsonObject = {"digest": DIGEST, "tags": ["app:1"]}
    read = read_sbom({"artifacts": [artifact(version="1")], "image": image, "Source": ""})
    assert read.subject == ReportedSubject(digests=(DIGEST,), repo_tags=("app:1",))
    assert [package.version for package in read.packages] == ["1"]


def test_what_is_not_mapped_is_counted() -> None:
    read = read_sbom(sbom(artifact(), files=[{}, {}], artifactRelationships=[{}]))
    assert read.unmapped == (("artifactRelationships", 1), ("files", 2))


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"artifacts": None, "source": {}}, "/artifacts: "),
        ({"artifacts": {}, "source": {}}, "/artifacts: "),
        (sbom("openssl"), "/artifacts/0: "),
        (sbom({}), "/artifacts/0/name: "),
        (sbom(artifact(version=3)), "/artifacts/0/version: "),
        (sbom(artifact(locations=[7])), "/artifacts/0/locations/0: "),
        (sbom(artifact(licenses=[7])), "/artifacts/0/licenses/0: "),
        (sbom(artifact(licenses=[{"value": 7}])), "/artifacts/0/licenses/0/value: "),
        (sbom(schema="16"), "/schema: "),
        (sbom(source=[]), "/source: "),
        (sbom(source={"metadata": {"tags": [1]}}), "/source/metadata/tags/0: "),
        (sbom(source={"metadata": 7}), "/source/metadata: "),
    ],
)
def test_a_wrong_type_is_refused_with_its_place(document: JsonObject, place: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        read_sbom(document)
    assert place in str(caught.value)
