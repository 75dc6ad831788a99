"""A document is recognised by what is in it, and what is not read is named."""

from __future__ import annotations

import pytest

from policyengine.collect.recognise import FORMATS
from policyengine.errors import EvidenceError, MalformedEvidence, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonObject, JsonValue
from tests.unit.collect.offered import read_bytes, read_json
from tests.unit.collect.scan.whole_reports import WHOLE

TRIVY: JsonObject = {"SchemaVersion": 2, "ArtifactName": "app:1"}
GRYPE: JsonObject = {"matches": [], "source": {"type": "image", "target": {}}}
CYCLONEDX: JsonObject = {"bomFormat": "CycloneDX", "specVersion": "1.6"}
SPDX: JsonObject = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "creationInfo": {}}
SYFT: JsonObject = {"artifacts": [], "source": {"type": "image", "metadata": {}}}
TRUST: JsonValue = [{"Name": "app", "SignedTags": [], "Signers": [], "AdministrativeKeys": []}]


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (TRIVY, EvidenceKind.SCAN),
        (GRYPE, EvidenceKind.SCAN),
        (CYCLONEDX, EvidenceKind.SBOM),
        (SPDX, EvidenceKind.SBOM),
        (SYFT, EvidenceKind.SBOM),
        (TRUST, EvidenceKind.TRUST),
    ],
    ids=["trivy", "grype", "cyclonedx", "spdx", "syft", "docker trust"],
)
def test_a_document_is_read_as_its_own_kind_and_no_other(
    document: JsonValue, kind: EvidenceKind
) -> None:
    for given in (None, kind):
        reports = read_json(document, given)
        assert [len(reports.scans), len(reports.sboms), len(reports.trusts)] == [
            int(kind is each) for each in (EvidenceKind.SCAN, EvidenceKind.SBOM, EvidenceKind.TRUST)
        ]
    for other in {EvidenceKind.SCAN, EvidenceKind.SBOM, EvidenceKind.TRUST} - {kind}:
        with pytest.raises(UnsupportedFormat) as caught:
            read_json(document, other)
        assert f"which is {kind} evidence" in str(caught.value)
        assert f"give it with --{kind}" in str(caught.value)


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({**TRIVY, **GRYPE}, "trivy-json and grype-json"),
        ({**CYCLONEDX, **SPDX}, "cyclonedx-json and spdx-json"),
        ({**GRYPE, **SYFT}, "grype-json and syft-json"),
        ({**TRIVY, "version": "2.1.0", "runs": []}, "trivy-json and sarif"),
        ({**GRYPE, "ok": True, "vulnerabilities": []}, "grype-json and snyk-json"),
    ],
)
def test_a_document_of_two_formats_is_refused(document: JsonObject, names: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        read_json(document)
    assert f"has the shape of two formats; found {names}" in str(caught.value)


@pytest.mark.parametrize("name", WHOLE)
def test_each_shape_of_a_scan_report_is_of_one_format(name: str) -> None:
    assert len([item.name for item in FORMATS if item.recognises(WHOLE[name])]) == 1


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({**TRIVY, "SchemaVersion": 3}, "found SchemaVersion 3"),
        ({**TRIVY, "SchemaVersion": "2"}, "found SchemaVersion '2'"),
        ({**TRIVY, "SchemaVersion": 2.0}, "found SchemaVersion 2.0"),
        ({**TRIVY, "SchemaVersion": True}, "found SchemaVersion True"),
        ({**CYCLONEDX, "specVersion": "1.8"}, "/specVersion: is CycloneDX of a version"),
        ({**CYCLONEDX, "specVersion": "1.1"}, "found 1.1; expected 1.2 to 1.7"),
        ({**SPDX, "spdxVersion": "SPDX-2.1"}, "found SPDX-2.1; expected SPDX-2.2 or SPDX-2.3"),
        ({**SPDX, "spdxVersion": "SPDX-3.0"}, "found SPDX-3.0"),
        ({**SYFT, "schema": {"version": "17.0.0"}}, "/schema/version: is Syft JSON of a version"),
        ({**SYFT, "schema": {"version": "next"}}, "found next"),
        ({"version": "2.0.0", "runs": []}, "/version: is SARIF of a version that is not read"),
    ],
)
def test_a_version_that_is_not_known_is_refused(document: JsonObject, found: str) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        read_json(document)
    assert found in str(caught.value)


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"@context": "https://openvex.dev/ns/v0.2.0", "statements": {}}, "OpenVEX"),
        ({"payloadType": "application/vnd.in-toto+json", "signatures": []}, "a DSSE envelope"),
        (
            {"_type": "https://in-toto.io/Provenance/v0.0", "predicateType": "x"},
            "an in-toto statement",
        ),
        ({"schemaVersion": 2, "layers": [], "config": {}}, "an image manifest"),
        ({"schemaVersion": 2, "manifests": []}, "an image index"),
        ({"schema_version": "1", "evidence": {}}, "an input document of this program"),
        ({"apiVersion": "v1", "kind": "Pod"}, "a Kubernetes resource"),
        ({"manifest_hash": "sha256:0", "packages": {}}, "a Clair index report"),
        ({"matches": [], "source": {}, "descriptor": {"name": "xeol"}}, "a Xeol report"),
        (None, "null, as the first versions of Trivy wrote"),
    ],
)
def test_a_format_that_is_known_and_not_read_is_named(document: JsonValue, name: str) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        read_json(document)
    assert name in str(caught.value)
    assert "which is not read" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<!DOCTYPE html><html>", "HTML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><testsuites/>', "XML"),
        (b"name: app\n", None),
        (b"\x28\xb5\x2f\xfd....", "Zstandard data"),
    ],
)
def test_text_that_is_no_json_is_named(data: bytes, name: str | None) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_bytes(data)
    assert (f"is {name}" if name else "is not valid JSON") in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        {"matches": []},
        {"matches": [{"name": "x"}]},
        {"artifacts": []},
        {"SchemaVersion": 2},
        {"Results": []},
        {"components": []},
        {"packages": [], "name": "left-pad"},
        [{"Target": "app"}],
        [{"Target": "app", "Vulnerabilities": []}, 1],
        [{"Name": "app", "SignedTags": []}],
        {"bomFormat": "cyclonedx", "specVersion": "1.6"},
    ],
)
def test_a_document_that_only_resembles_one_is_refused(document: JsonValue) -> None:
    with pytest.raises(EvidenceError):
        read_json(document)


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>',
        b'<!-- by hand --><c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.0"/>',
        b'\xef\xbb\xbf<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
    ],
)
def test_cyclonedx_in_xml_is_recognised(data: bytes) -> None:
    (document,) = read_bytes(data, EvidenceKind.SBOM).sboms
    assert document.source.format == "cyclonedx-xml"
    with pytest.raises(UnsupportedFormat, match="which is sbom evidence"):
        read_bytes(data, EvidenceKind.SCAN)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'<bom xmlns="http://cyclonedx.org/schema/bom/1.8"/>', "CycloneDX of a version"),
        (b'<bom xmlns="http://cyclonedx.org/schema/bom/"/>', "CycloneDX of a version"),
        (b"SPDXVersion: SPDX-2.1\n", "at line 1: is SPDX of a version"),
        (b"# by hand\nSPDXVersion: SPDX-3.0\n", "at line 2: is SPDX of a version"),
        (b"SPDXVersion: SPDX-2.3\n", "/SPDXID"),
        (b'SPDXID: "SPDXRef-DOCUMENT"\nspdxVersion: "SPDX-2.1"\n', "/spdxVersion: is SPDX"),
        (b'SPDXID: "SPDXRef-DOCUMENT"\nspdxVersion: "SPDX-2.3"\n', "/creationInfo"),
        (b"<Document><spdxVersion>SPDX-2.1</spdxVersion></Document>", "/spdxVersion: is SPDX"),
        (b"<SpdxDocument><Document/><Document/></SpdxDocument>", "has no document, or several"),
        (
            (
                b'<rdf:RDF xmlns:spdx="http://spdx.org/rdf/terms#" '
                b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
            ),
            "0 documents",
        ),
    ],
)
def test_an_sbom_that_is_no_json_is_refused_for_what_is_wrong_with_it(
    data: bytes, message: str
) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_bytes(data)
    assert message in str(caught.value)
