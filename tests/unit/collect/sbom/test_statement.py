"""SBOMs in in-toto statements: read as what they are, about what the statement is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policyengine.collect.format import Origin
from policyengine.collect.sbom.statement import is_sbom_predicate, read_sbom_predicate
from policyengine.errors import EvidenceError, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ReportedSubject
from tests.unit.collect.offered import read_json, read_sbom

HEX = "d" * 64
CYCLONEDX: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"component": {"type": "container", "name": "x", "version": "sha256:" + "e" * 64}},
    "components": [{"type": "library", "name": "zlib", "version": "1"}],
}
SPDX: dict[str, Any] = {
    "spdxVersion": "SPDX-2.3",
    "SPDXID": "SPDXRef-DOCUMENT",
    "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: buildkit-v0.16.0"]},
    "packages": [{"SPDXID": "SPDXRef-p", "name": "zlib", "versionInfo": "1"}],
}
SYFT: dict[str, Any] = {
    "artifacts": [{"name": "zlib", "version": "1"}],
    "source": {"type": "image", "metadata": {}},
}


def statement(predicate: Any, predicate_type: str, **changes: Any) -> dict[str, Any]:
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": predicate_type,
        "subject": [{"name": "pkg:docker/app@1", "digest": {"sha256": HEX}}],
        "predicate": predicate,
        **changes,
    }


@pytest.mark.parametrize(
    ("document", "name", "pointer"),
    [
        (statement(SPDX, "https://spdx.dev/Document"), "spdx-json", "/predicate/packages/0"),
        (statement(SPDX, "https://spdx.dev/Document/v2.3"), "spdx-json", "/predicate/packages/0"),
        (
            statement(CYCLONEDX, "https://cyclonedx.org/bom"),
            "cyclonedx-json",
            "/predicate/components/0",
        ),
        (
            statement(CYCLONEDX, "https://cyclonedx.org/bom/v1.6"),
            "cyclonedx-json",
            "/predicate/components/0",
        ),
        (
            statement({"Data": CYCLONEDX}, "https://cyclonedx.org/bom"),
            "cyclonedx-json",
            "/predicate/Data/components/0",
        ),
        (
            statement({"Data": json.dumps(SPDX)}, "https://spdx.dev/Document"),
            "spdx-json",
            "/predicate/Data/packages/0",
        ),
        (statement(SYFT, "https://syft.dev/bom"), "syft-json", "/predicate/artifacts/0"),
        (
            statement(SPDX, "https://spdx.dev/Document", _type="https://in-toto.io/Statement/v1"),
            "spdx-json",
            "/predicate/packages/0",
        ),
    ],
    ids=["BuildKit", "SPDX 2.3", "Trivy", "CycloneDX 1.6", "cosign", "cosign text", "syft", "v1"],
)
def test_the_sbom_in_a_statement_is_read(document: dict[str, Any], name: str, pointer: str) -> None:
    read = read_sbom(document)
    assert read.source.format == name
    assert read.source.location == "-"
    assert [(item.name, item.pointer) for item in read.packages] == [("zlib", pointer)]
    assert read.predicate_type == document["predicateType"]
    assert read.source.attested_by is None
    # What the SBOM says of another image does not count: the statement is what is signed.
    assert read.subject == ReportedSubject(digests=("sha256:" + HEX,))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (statement(SPDX, "https://spdx.dev/Document", subject=[]), "/subject: .* found an empty"),
        (statement(SPDX, "https://spdx.dev/Document", subject=None), "/subject: .* found null"),
        (
            statement(SPDX, "https://spdx.dev/Document", subject=[{"digest": {"sha1": "a" * 40}}]),
            "/subject/0/digest/sha256: .* found nothing",
        ),
        (
            statement(SPDX, "https://spdx.dev/Document", subject=[{"digest": {"sha256": "abc"}}]),
            "expected 64 hexadecimal digits",
        ),
        (statement(SPDX, "https://cyclonedx.org/bom"), "is not what the predicate type"),
        (statement(CYCLONEDX, "https://spdx.dev/Document"), "is not what the predicate type"),
        (statement(None, "https://spdx.dev/Document"), "/predicate: is not what"),
        (statement({"Data": "{"}, "https://spdx.dev/Document"), "/predicate/Data at byte 1"),
        (
            statement({"Data": {"Data": SPDX}}, "https://spdx.dev/Document"),
            "/predicate/Data: is not",
        ),
        (statement({**SPDX, "packages": 1}, "https://spdx.dev/Document"), "/predicate/packages: "),
        (statement({}, "https://slsa.dev/provenance/v1"), "which is trust evidence"),
        (statement(SPDX, "https://spdx.dev/Documents"), "which is trust evidence"),
    ],
)
def test_a_statement_that_does_not_fit_is_refused(document: dict[str, Any], message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        read_json(document, EvidenceKind.SBOM)


@pytest.mark.parametrize("predicate_type", [None, 1, [], "", "https://slsa.dev/provenance/v1"])
def test_other_predicates_are_no_sboms(predicate_type: Any) -> None:
    assert not is_sbom_predicate(predicate_type)


def test_a_predicate_can_be_read_by_whoever_verified_it() -> None:
    origin = Origin(location="a.sigstore.json", sha256="a" * 64, media_type="application/json")
    (read,) = read_sbom_predicate("https://spdx.dev/Document", SPDX, origin, path=("payload",))
    assert isinstance(read, SbomDocument)
    assert read.packages[0].pointer == "/payload/packages/0"
    assert read.source.location == "a.sigstore.json"
    with pytest.raises(UnsupportedFormat, match="expected an SBOM's predicate type"):
        read_sbom_predicate("https://slsa.dev/provenance/v1", SPDX, origin)
