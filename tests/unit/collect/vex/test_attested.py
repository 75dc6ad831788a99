"""VEX documents as predicates of statements are read, about the statement's subject."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.collect.trust.verify import verify_material
from policyengine.model.json_value import JsonValue
from policyengine.model.scan import ReportedSubject
from tests.evidence_values import DIGEST
from tests.unit.collect.offered import read_json
from tests.unit.collect.vex.whole_documents import cyclonedx, openvex


def statement(predicate_type: str, predicate: JsonValue) -> dict[str, Any]:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "app", "digest": {"sha256": DIGEST.removeprefix("sha256:")}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }


@pytest.mark.parametrize(
    "predicate_type", ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"]
)
def test_openvex_in_a_statement_is_evidence_that_nobody_signed(predicate_type: str) -> None:
    found = verify_material(read_json(statement(predicate_type, openvex())).material, None)
    (document,) = found.vexes
    assert document.author == "Example Security"
    assert document.subject == ReportedSubject(digests=(DIGEST,))
    assert document.source.attested_by is not None
    assert not document.source.attested_by.verified
    (record,) = found.trusts
    assert [item.content for item in record.attestations] == ["vex"]


def test_cyclonedx_of_vulnerabilities_alone_in_a_statement_is_vex() -> None:
    given = read_json(statement("https://cyclonedx.org/bom", cyclonedx()))
    vexes = given.vexes or verify_material(given.material, None).vexes
    assert [item.vulnerability for item in vexes[0].statements] == ["CVE-2026-0001"]
    assert vexes[0].subject == ReportedSubject(digests=(DIGEST,))
