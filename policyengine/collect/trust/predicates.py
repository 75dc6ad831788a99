"""Predicates that are scan reports or SBOMs: read as such, and marked as attested and by whom.

SPDX and CycloneDX predicates are the document itself, or, as older versions of cosign and trivy
wrote, an object with the document under ``Data``. cosign's vulnerability predicate has the
scanner's own report under ``scanner.result``. Any other predicate stays an attestation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from policyengine.collect.format import Origin, Report
from policyengine.errors import MalformedEvidence
from policyengine.model.evidence import AttestedBy, EvidenceKind, EvidenceSource
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ReportedSubject, ScanReport
from policyengine.model.trust import AttestedSubject
from policyengine.model.trust_material import Statement

_VULNERABILITIES = "https://cosign.sigstore.dev/attestation/vuln/v1"


def content_kind(predicate_type: str) -> EvidenceKind | None:
    """Return the kind of evidence that a predicate of this type is; None for the others."""
    return next((kind for pattern, kind, _ in _TYPES if pattern.fullmatch(predicate_type)), None)


def predicate_report(
    statement: Statement, source: EvidenceSource, attested: AttestedBy
) -> ScanReport | SbomDocument | None:
    """Read the predicate of ``statement`` as evidence about its subjects.

    None where the predicate has no document (a scanner may leave its report out). Raises an
    EvidenceError for a document that cannot be read.
    """
    # The formats include the one that calls this.
    from policyengine.collect.recognise import recognise

    for pattern, kind, document_of in _TYPES:
        if not pattern.fullmatch(statement.predicate_type):
            continue
        where = f"{source.location}: the predicate"
        predicate: JsonObject = dict(statement.predicate or {})  # type: ignore[arg-type]  # JSON's own types
        document = document_of(predicate)
        if isinstance(document, str):
            document = parse_json(document.encode(), where=where)
        if not document:
            return None
        chosen = recognise(document, kind=kind, where=where)
        reports = chosen.read(
            document, Origin(location=where, sha256=source.sha256, media_type=source.media_type)
        )
        if len(reports) != 1:
            raise MalformedEvidence(
                "is a predicate of several reports", where=where, found=str(len(reports))
            )
        return _attested(reports[0], statement.subjects, attested)
    return None


def _attested(
    report: Report, subjects: tuple[AttestedSubject, ...], attested: AttestedBy
) -> ScanReport | SbomDocument:
    assert isinstance(report, ScanReport | SbomDocument)  # of the kinds in the table
    digests = tuple(
        f"{algorithm}:{value}" for subject in subjects for algorithm, value in subject.digests
    )
    # What was signed is that it is about these: the document's own words come second.
    subject = ReportedSubject(digests=digests)
    return replace(report, source=replace(report.source, attested_by=attested), subject=subject)


def _whole(predicate: JsonObject) -> JsonValue:
    data = predicate.get("Data")
    return predicate if data is None else data


def _result(predicate: JsonObject) -> JsonValue:
    scanner = predicate.get("scanner")
    return scanner.get("result") if isinstance(scanner, dict) else None


_TYPES: tuple[tuple[re.Pattern[str], EvidenceKind, Callable[[JsonObject], JsonValue]], ...] = (
    (re.compile(r"https://cyclonedx\.org/(bom|schema)(/v?[0-9.]+)?"), EvidenceKind.SBOM, _whole),
    (re.compile(r"https://spdx\.dev/Document(/v?[0-9.]+)?"), EvidenceKind.SBOM, _whole),
    (re.compile(r"https://syft\.dev/bom"), EvidenceKind.SBOM, _whole),
    (re.compile(re.escape(_VULNERABILITIES)), EvidenceKind.SCAN, _result),
)
