"""Whatever bytes come: they are read whole, or refused with an error for people."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.document import assemble
from policyengine.errors import EvidenceError
from policyengine.model.json_value import JsonValue
from tests.evidence_values import NOW, image_evidence
from tests.unit.collect.offered import read_bytes, read_json
from tests.unit.collect.scan import whole_reports as scan_reports

DIGEST = "sha256:" + "d" * 64
# One small document a format, with something in every field that is read.
WHOLE: dict[str, Any] = {
    "trivy": {
        "SchemaVersion": 2,
        "CreatedAt": "2026-01-01T00:00:00Z",
        "ArtifactName": "app:1",
        "ArtifactType": "container_image",
        "Trivy": {"Version": "0.68.1"},
        "Metadata": {
            "OS": {"Family": "debian", "Name": "12", "EOSL": True},
            "ImageID": DIGEST,
            "DiffIDs": [DIGEST],
            "RepoTags": ["app:1"],
            "RepoDigests": ["app@" + DIGEST],
        },
        "Results": [
            {
                "Target": "app/go.mod",
                "Class": "lang-pkgs",
                "Type": "gomod",
                "Vulnerabilities": [
                    {
                        "VulnerabilityID": "CVE-2026-1",
                        "VendorIDs": ["GHSA-1"],
                        "PkgName": "p",
                        "PkgPath": "p",
                        "PkgIdentifier": {"PURL": "pkg:golang/p@1"},
                        "InstalledVersion": "1",
                        "FixedVersion": "2",
                        "Status": "fixed",
                        "Layer": {"Digest": DIGEST, "DiffID": DIGEST},
                        "Severity": "HIGH",
                        "Title": "t",
                        "PrimaryURL": "u",
                        "CVSS": {"nvd": {"V3Vector": "CVSS:3.1/AV:N", "V3Score": 9.8}},
                        "PublishedDate": "2026-01-01T00:00:00Z",
                        "LastModifiedDate": "2026-01-01T00:00:00Z",
                    }
                ],
                "Secrets": [{"RuleID": "r", "Title": "t", "Severity": "LOW", "StartLine": 1}],
                "Misconfigurations": [
                    {"ID": "i", "AVDID": "a", "Title": "t", "Message": "m", "Status": "FAIL"}
                ],
                "Licenses": [
                    {
                        "Severity": "HIGH",
                        "Category": "restricted",
                        "PkgName": "p",
                        "FilePath": "/p",
                        "Name": "GPL-3.0-only",
                    }
                ],
            }
        ],
    },
    "grype": {
        "matches": [
            {
                "vulnerability": {
                    "id": "GHSA-1",
                    "dataSource": "u",
                    "severity": "High",
                    "urls": ["u"],
                    "cvss": [
                        {
                            "source": "s",
                            "version": "3.1",
                            "vector": "v",
                            "metrics": {"baseScore": 1},
                        }
                    ],
                    "cvssV2": {"vector": "v", "baseScore": 1},
                    "fix": {
                        "versions": ["2"],
                        "state": "fixed",
                        "available": [{"date": "2026-01-01"}],
                    },
                    "epss": [{"epss": 0.1, "percentile": 0.2}],
                    "knownExploited": [{"cve": "CVE-2026-1"}],
                },
                "relatedVulnerabilities": [{"id": "CVE-2026-1"}],
                "artifact": {
                    "name": "p",
                    "version": "1",
                    "type": "npm",
                    "purl": "pkg:npm/p@1",
                    "locations": [{"path": "/p", "layerID": DIGEST}],
                },
            }
        ],
        "source": {
            "type": "image",
            "target": {
                "userInput": "app:1",
                "imageID": DIGEST,
                "manifestDigest": DIGEST,
                "tags": ["app:1"],
                "repoDigests": ["app@" + DIGEST],
                "layers": [{"digest": DIGEST}],
            },
        },
        "distro": {"name": "debian", "version": "12"},
        "descriptor": {
            "name": "grype",
            "version": "0.104.0",
            "timestamp": "2026-01-01T00:00:00Z",
            "db": {"status": {"schemaVersion": "v6", "built": "2026-01-01T00:00:00Z"}},
        },
    },
    "cyclonedx": {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:1",
        "metadata": {
            "timestamp": "2026-01-01T00:00:00Z",
            "tools": {"components": [{"name": "syft", "version": "1"}]},
            "component": {
                "type": "container",
                "name": "app",
                "version": DIGEST,
                "purl": "pkg:oci/app@" + DIGEST,
                "properties": [{"name": "aquasecurity:trivy:ImageID", "value": DIGEST}],
            },
        },
        "components": [
            {
                "type": "library",
                "group": "g",
                "name": "p",
                "version": "1",
                "purl": "pkg:npm/p@1",
                "supplier": {"name": "s"},
                "publisher": "p",
                "manufacturer": {"name": "m"},
                "authors": [{"name": "a"}],
                "author": "a",
                "licenses": [{"license": {"id": "MIT"}}, {"expression": "MIT"}],
                "hashes": [{"alg": "SHA-256", "content": "ab"}],
                "properties": [{"name": "syft:location:0:path", "value": "/p"}],
                "evidence": {"licenses": [{"license": {"id": "MIT"}}]},
                "components": [{"type": "library", "name": "inner"}],
            }
        ],
        "vulnerabilities": [{"id": "CVE-2026-1"}],
    },
    "spdx": {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "documentNamespace": "https://spdx.example/1",
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: syft-1"]},
        "documentDescribes": ["SPDXRef-app"],
        "packages": [
            {
                "SPDXID": "SPDXRef-app",
                "name": "app",
                "versionInfo": "1",
                "primaryPackagePurpose": "CONTAINER",
                "checksums": [{"algorithm": "SHA256", "checksumValue": "d" * 64}],
                "attributionTexts": ["ImageID: " + DIGEST],
                "annotations": [{"comment": "DiffID: " + DIGEST}],
            },
            {
                "SPDXID": "SPDXRef-p",
                "name": "p",
                "versionInfo": "1",
                "supplier": "Organization: s",
                "licenseConcluded": "MIT",
                "licenseDeclared": "MIT",
                "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/p@1"}],
            },
        ],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-app",
            }
        ],
    },
    "syft": {
        "artifacts": [
            {
                "name": "p",
                "version": "1",
                "type": "npm",
                "purl": "pkg:npm/p@1",
                "locations": [{"path": "/p"}],
                "licenses": [{"value": "MIT", "spdxExpression": "MIT", "type": "declared"}, "MIT"],
            }
        ],
        "source": {
            "type": "image",
            "metadata": {"userInput": "app:1", "imageID": DIGEST, "layers": [{"digest": DIGEST}]},
        },
        "descriptor": {"name": "syft", "version": "1", "timestamp": "2026-01-01T00:00:00Z"},
        "schema": {"version": "16.1.0"},
    },
    "docker trust": [
        {
            "Name": "app:1",
            "SignedTags": [{"SignedTag": "1", "Digest": "ab" * 32, "Signers": ["release"]}],
            "Signers": [{"Name": "release", "Keys": [{"ID": "1"}]}],
            "AdministrativeKeys": [{"Name": "Root", "Keys": [{"ID": "2"}]}],
        }
    ],
    "spdx 3": {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {
                "type": "CreationInfo",
                "@id": "_:creation",
                "specVersion": "3.0.1",
                "created": "2026-01-01T00:00:00Z",
                "createdBy": ["https://spdx.example/author"],
                "createdUsing": ["https://spdx.example/tool"],
            },
            {"type": "Person", "spdxId": "https://spdx.example/author", "name": "a"},
            {"type": "Tool", "spdxId": "https://spdx.example/tool", "name": "syft-1"},
            {
                "type": "SpdxDocument",
                "spdxId": "https://spdx.example/1",
                "creationInfo": "_:creation",
                "rootElement": ["https://spdx.example/app"],
            },
            {
                "type": "software_Package",
                "spdxId": "https://spdx.example/app",
                "name": "app",
                "software_packageVersion": DIGEST,
                "software_primaryPurpose": "container",
            },
            {
                "type": "software_Package",
                "spdxId": "https://spdx.example/p",
                "name": "p",
                "software_packageVersion": "1",
                "software_packageUrl": "pkg:npm/p@1",
                "suppliedBy": "https://spdx.example/author",
                "externalIdentifier": [
                    {
                        "type": "ExternalIdentifier",
                        "externalIdentifierType": "cpe23",
                        "identifier": "cpe:2.3:a:p",
                    }
                ],
                "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "ab"}],
            },
            {
                "type": "simplelicensing_LicenseExpression",
                "spdxId": "https://spdx.example/mit",
                "simplelicensing_licenseExpression": "MIT",
            },
            {
                "type": "Relationship",
                "spdxId": "https://spdx.example/r",
                "from": "https://spdx.example/p",
                "relationshipType": "hasDeclaredLicense",
                "to": ["https://spdx.example/mit"],
            },
        ],
    },
    "statement": {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://spdx.dev/Document",
        "subject": [{"name": "app", "digest": {"sha256": "d" * 64}}],
        "predicate": {
            "spdxVersion": "SPDX-2.3",
            "SPDXID": "SPDXRef-DOCUMENT",
            "documentNamespace": "https://spdx.example/1",
            "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: syft-1"]},
            "packages": [{"SPDXID": "SPDXRef-p", "name": "p", "versionInfo": "1"}],
        },
    },
}
WHOLE |= scan_reports.WHOLE
STRANGE: list[Any] = [None, True, 0, -1.5, 2**80, "", "x", "\x00", [], [[]], {}, {"": 1}, [None]]
FORMATS = pytest.mark.parametrize("name", WHOLE)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in ``value``."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def with_value(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of ``document`` that has ``value`` at ``path``."""
    if not path:
        return value
    changed = document.copy()
    changed[path[0]] = with_value(document[path[0]], path[1:], value)
    return changed


def refused(document: JsonValue) -> str | None:
    try:
        read_json(document)
    except EvidenceError as error:
        return str(error)
    return None


@FORMATS
def test_the_whole_document_is_read(name: str) -> None:
    assert refused(WHOLE[name]) is None


@FORMATS
def test_any_value_at_any_place_is_read_or_refused(name: str) -> None:
    count = 0
    for path in places(WHOLE[name]):
        for value in STRANGE:
            message = refused(with_value(WHOLE[name], path, value))
            assert message is None or message.startswith("-"), path
            count += message is not None
    assert count > 40


@pytest.mark.parametrize("name", [*scan_reports.WHOLE, "trivy", "grype"])
def test_what_is_read_of_any_scan_report_fits_the_input_document(name: str) -> None:
    evidence = image_evidence()
    for path in places(WHOLE[name]):
        for value in STRANGE:
            try:
                reports = read_json(with_value(WHOLE[name], path, value))
            except EvidenceError:
                continue
            assemble(evidence, reports, environment=None, evaluated_at=NOW, allow_mismatch=True)


def renamed(document: Any, path: tuple[Any, ...]) -> Any:
    """Return a copy of ``document`` in which the last field of ``path`` has another name."""
    if len(path) == 1:
        return {f"{key}x" if key == path[0] else key: item for key, item in document.items()}
    changed = document.copy()
    changed[path[0]] = renamed(document[path[0]], path[1:])
    return changed


def told(document: JsonValue) -> tuple[int, Counter[str], int] | None:
    """Return findings, parts that are not mapped, and whole scans; None if it is refused."""
    try:
        reports = read_json(document).scans
    except EvidenceError:
        return None
    found = (
        len(report.vulnerabilities)
        + len(report.secrets)
        + len(report.misconfigurations)
        + len(report.licenses)
        for report in reports
    )
    unmapped = Counter(name for report in reports for name, _ in report.unmapped)
    return sum(found), unmapped, sum(report.covers_vulnerabilities for report in reports)


@pytest.mark.parametrize("name", [*scan_reports.WHOLE, "trivy", "grype"])
def test_a_field_by_another_name_never_loses_a_finding_in_silence(name: str) -> None:
    whole = told(WHOLE[name])
    assert whole is not None
    for path in places(WHOLE[name]):
        if not path or isinstance(path[-1], int):
            continue
        rest = told(renamed(WHOLE[name], path))
        if rest is not None and rest[0] < whole[0]:
            assert rest[1] - whole[1] or rest[2] < whole[2], path


@FORMATS
def test_a_text_of_another_type_is_an_error_and_no_missing_value(name: str) -> None:
    document = WHOLE[name]
    accepted = {
        "/".join(str(part) for part in path if not isinstance(part, int))
        for path in places(document)
        if isinstance(value_at(document, path), str)
        and refused(with_value(document, path, [["x"]])) is None
    }
    assert accepted == NEVER_READ_AS_TEXT.get(name, set())


# Compared with known words only, or read only where a better field is missing, or not read.
NEVER_READ_AS_TEXT: dict[str, set[str]] = {
    "spdx 3": {
        "@graph/software_primaryPurpose",
        "@graph/externalIdentifier/type",
        "@graph/verifiedUsing/type",
    },
    "statement": {"subject/name"},
    "trivy": {"Results/Misconfigurations/ID"},
    "grype": {"matches/vulnerability/knownExploited/cve"},
    "cyclonedx": {
        "metadata/component/type",
        *("components/publisher", "components/manufacturer/name", "components/authors/name"),
        *("components/author", "components/properties/name"),
        *("components/evidence/licenses/license/id", "vulnerabilities/id"),
    },
    "spdx": {
        "packages/primaryPackagePurpose",
        "relationships/spdxElementId",
    },
    "syft": {"artifacts/licenses/type", "artifacts/licenses/value"},
    "docker trust": set(),
    "wiz": {"result/secrets/description"},
    "snyk": {
        "applications/vulnerabilities/id",
        "vulnerabilities/moduleName",
        "vulnerabilities/name",
        "vulnerabilities/packageName",
    },
    "prisma cloud": {"consoleURL", "results/packages/name"},
    "gitlab": {"vulnerabilities/id", "vulnerabilities/message"},
    "sarif": {
        "runs/results/level",
        "runs/results/rule/id",
        "runs/results/suppressions/kind",
        "runs/tool/driver/rules/properties/cvssV3",
        "runs/tool/driver/rules/properties/fixed_version",
    },
    "anchorectl": {"feed"},
    "anchore policy": {"finalAction"},
    "anchore enterprise policy": {
        "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/registry.example/app:1/detail/result/result/1111111111111111111111111111111111111111111111111111111111111111/result/rows"
    },
    "aqua": {"resources/resource/sensitive_items", "resources/vulnerabilities/ref_vulns/name"},
    "aqua task": {"image_name"},
    "asff": {
        "Findings/Description",
        "Findings/GeneratorId",
        "Findings/ProductArn",
        "Findings/Title",
    },
    "inspector": {"findings/type"},
    "ecr": {
        "imageScanFindings/enhancedFindings/awsAccountId",
        "imageScanFindings/enhancedFindings/resources/details/awsEcrContainerImage/imageHash",
        "imageScanFindings/enhancedFindings/resources/details/awsEcrContainerImage/imageTags",
        "imageScanFindings/enhancedFindings/resources/details/awsEcrContainerImage/platform",
        "imageScanFindings/enhancedFindings/resources/details/awsEcrContainerImage/registry",
        "imageScanFindings/enhancedFindings/resources/details/awsEcrContainerImage/repositoryName",
        "imageScanFindings/enhancedFindings/resources/id",
        "imageScanFindings/enhancedFindings/resources/region",
        "imageScanFindings/enhancedFindings/resources/type",
        "imageScanFindings/enhancedFindings/type",
        "imageScanStatus/description",
    },
    "dependency-track": {"meta/application"},
    "xray export": {"data/id"},
    "osv-scanner": {"results/packages/vulnerabilities/affected/ranges/events/introduced"},
    "sysdig panels": {"schedule/frequency"},
    "trivy kubernetes": {"ClusterName", "Resources/Namespace"},
    "trivy operator": {
        "items/metadata/name",
        "items/status/detailReport/results/id",
        "items/status/detailReport/results/severity",
    },
}


def value_at(document: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        document = document[part]
    return document


@FORMATS
def test_a_report_that_is_cut_anywhere_is_refused(name: str) -> None:
    data = json.dumps(WHOLE[name]).encode()
    for end in range(len(data)):
        with pytest.raises(EvidenceError):
            read_bytes(data[:end])


@FORMATS
def test_a_packed_report_that_is_cut_anywhere_is_refused(name: str) -> None:
    data = gzip.compress(json.dumps(WHOLE[name]).encode())
    for end in range(len(data)):
        with pytest.raises(EvidenceError):
            read_bytes(data[:end])


@FORMATS
@given(data=st.data())
@settings(max_examples=60)
def test_a_report_with_changed_bytes_is_read_or_refused(name: str, data: st.DataObject) -> None:
    whole = bytearray(json.dumps(WHOLE[name]).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_bytes(bytes(whole))
    except EvidenceError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_without_a_crash(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_bytes(data)


@given(st.binary(max_size=200))
def test_any_bytes_after_a_gzip_header_are_refused_without_a_crash(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_bytes(b"\x1f\x8b" + data)
