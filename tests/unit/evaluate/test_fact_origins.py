"""Every fact of a document has somebody who said it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from policyengine.document import InputDocument, assemble
from policyengine.errors import UsageError
from policyengine.evaluate.fact_origins import COMMAND, fact_origins, fact_path
from policyengine.model.json_value import JsonValue, json_pointer
from policyengine.model.sbom import Package
from policyengine.model.scan import ReportedSubject, ScannerVerdict, SourceSeverity
from policyengine.model.vex import VexDocument, VexProduct, VexStatement, VexStatus
from tests.evidence_values import (
    DIGEST,
    NOW,
    gathered,
    image,
    image_evidence,
    sbom_document,
    scan_report,
    signature,
    source,
    trust_record,
    vulnerability,
)


def statement(identifier: str, pointer: str) -> VexStatement:
    return VexStatement(
        vulnerability=identifier,
        status=VexStatus.NOT_AFFECTED,
        products=(VexProduct(text="app", image=ReportedSubject(digests=(DIGEST,))),),
        justification="component_not_present",
        timestamp=NOW,
        pointer=pointer,
    )


def rich() -> InputDocument:
    grype = scan_report(
        vulnerability(
            severity_word="High",
            pointer="/matches/3",
            other_severities=(SourceSeverity(source="nvd", word="LOW"),),
        ),
        scanner="grype",
        source=source("grype.json", "grype-json"),
        verdicts=(
            ScannerVerdict(policy="p", passed=True, word="ok", reason=None, pointer="/verdict"),
        ),
    )
    vex = VexDocument(
        source=source("vex.json", "openvex"),
        id="1",
        author="A",
        statements=(
            statement("CVE-2026-0001", "/statements/0"),
            statement("CVE-1999-0001", "/statements/1"),
        ),
    )
    package = Package(
        name="a", version="1", purl="pkg:npm/a@1", type="npm", licenses=(), pointer="/components/0"
    )
    return assemble(
        image_evidence(
            having=image({"User": "1000", "Env": ["A=b"], "Labels": {"a/b": "c~d"}}),
            sources=(source("image#config", "image-config"), source("image#m", "image-manifest")),
        ),
        gathered(
            scans=(scan_report(vulnerability(), source=source("trivy.json")), grype),
            vexes=(vex,),
            sboms=(sbom_document(package),),
            trusts=(trust_record(signature()),),
        ),
        environment="production",
        evaluated_at=NOW,
    )


DOCUMENT = rich()


def paths(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from paths(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


def test_every_fact_of_a_rich_document_is_said_by_somebody() -> None:
    sections = set(DOCUMENT.content)
    assert {"image", "scan", "vex", "sbom", "trust", "evidence"} <= sections
    count = 0
    for path in paths(DOCUMENT.content):
        count += 1
        assert fact_path(DOCUMENT.content, json_pointer(path)) == path
        origins = fact_origins(DOCUMENT, path)
        assert origins, path
        if path and path[0] in {"scan", "vex", "sbom", "trust", "image"}:
            assert all(origin.kind != COMMAND and origin.sha256 for origin in origins), path
    assert count > 300


TRIVY = ("trivy.json", "/Results/0/Vulnerabilities/0")
GRYPE = ("grype.json", "/matches/3")


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/scan/vulnerabilities/0", [GRYPE, TRIVY]),
        ("/scan/vulnerabilities/0/package/name", [GRYPE, TRIVY]),
        ("/scan/vulnerabilities/0/severities/0/word", [GRYPE]),
        ("/scan/vulnerabilities/0/severities/2/word", [TRIVY]),
        ("/scan/vulnerabilities/0/fixes/0", [GRYPE]),
        ("/scan/vulnerabilities/0/reported_by/1", [TRIVY]),
        ("/scan/vulnerabilities/0/vex/0/status", [("vex.json", "/statements/0")]),
        ("/scan/reports/1/scanner", [("grype.json", None)]),
        ("/scan/verdicts/0/word", [("grype.json", "/verdict")]),
        ("/scan/vulnerabilities", [("trivy.json", None), ("grype.json", None)]),
        ("/vex/unused/0", [("vex.json", "/statements/1")]),
        ("/vex/documents/0/author", [("vex.json", None)]),
        ("/sbom/packages/0/version", [("sbom.json", "/components/0")]),
        ("/trust/signatures/0/signer", [("trust.json", "/0/SignedTags/0")]),
        ("/image/config/Labels/a~1b", [("image#config", "/config/Labels/a~1b")]),
        ("/image/user/uid", [("image#config", "/config/User")]),
        ("/evidence/scan/sources/1/sha256", [("grype.json", None)]),
        ("/environment", [("the command: environment", None)]),
        ("/evaluated_at_ns", [("the command: evaluated_at_ns", None)]),
    ],
)
def test_a_fact_is_traced_to_its_files_and_places(pointer: str, expected: Any) -> None:
    origins = fact_origins(DOCUMENT, fact_path(DOCUMENT.content, pointer))
    assert [(origin.location, origin.pointer) for origin in origins] == expected


@pytest.mark.parametrize(
    "pointer",
    [
        "scan",
        "/nothing",
        "/scan/vulnerabilities/1",
        "/scan/vulnerabilities/-1",
        "/scan/vulnerabilities/x",
        "/scan/vulnerabilities/" + "9" * 5000,
        "/environment/x",
        "/scan/vulnerabilities/0/",
    ],
)
def test_a_pointer_that_leads_nowhere_is_refused(pointer: str) -> None:
    with pytest.raises(UsageError):
        fact_path(DOCUMENT.content, pointer)
