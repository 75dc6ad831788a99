"""Predicates that are scan reports, VEX documents or SBOMs: read, and marked as attested by whom.

cosign's vulnerability predicate has the scanner's own report under ``scanner.result``; SBOMs are
read by ``collect/sbom/statement.py``. Any other predicate stays an attestation.
"""

from __future__ import annotations

from dataclasses import replace

from policyengine.collect.format import Origin
from policyengine.collect.sbom.statement import is_sbom_predicate, read_sbom_predicate
from policyengine.collect.vex import openvex
from policyengine.model.evidence import AttestedBy, EvidenceKind, EvidenceSource
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ReportedSubject, ScanReport
from policyengine.model.trust import AttestedSubject
from policyengine.model.trust_material import Statement
from policyengine.model.vex import VexDocument

# https://github.com/openvex/spec, ATTESTING.md: the predicate type is the document's @context.
_OPENVEX = "https://openvex.dev/ns"
_VULNERABILITIES = "https://cosign.sigstore.dev/attestation/vuln/v1"


def content_kind(predicate_type: str) -> EvidenceKind | None:
    """Return the kind of evidence that a predicate of this type is; None for the others."""
    if is_sbom_predicate(predicate_type):
        return EvidenceKind.SBOM
    if predicate_type.startswith(_OPENVEX):
        return EvidenceKind.VEX
    return EvidenceKind.SCAN if predicate_type == _VULNERABILITIES else None


def predicate_reports(
    statement: Statement, source: EvidenceSource, attested: AttestedBy
) -> tuple[ScanReport | VexDocument | SbomDocument, ...]:
    """Read the predicate of ``statement`` as evidence about its subjects.

    Nothing where the predicate has no document (a scanner may leave its report out). Raises an
    EvidenceError for a document that cannot be read.
    """
    origin = Origin(location=source.location, sha256=source.sha256, media_type=source.media_type)
    predicate: JsonObject = dict(statement.predicate or {})  # type: ignore[arg-type]  # JSON's own types
    reports: tuple[ScanReport | VexDocument | SbomDocument, ...] = ()
    if is_sbom_predicate(statement.predicate_type):
        reports = read_sbom_predicate(statement.predicate_type, predicate, origin)
    elif statement.predicate_type.startswith(_OPENVEX):
        reports = openvex.read_document(
            predicate, replace(origin, location=f"{origin.location}/predicate")
        )
    elif statement.predicate_type == _VULNERABILITIES and (result := _result(predicate)):
        reports = _scans(result, origin)
    # What was signed is that it is about these: the document's own words do not count.
    subject = ReportedSubject(digests=_digests(statement.subjects))
    return tuple(
        replace(report, source=replace(report.source, attested_by=attested), subject=subject)
        for report in reports
    )


def _scans(result: JsonValue, origin: Origin) -> tuple[ScanReport, ...]:
    # The formats include the one that calls this.
    from policyengine.collect.recognise import recognise

    where = f"{origin.location}/predicate/scanner/result"
    chosen = recognise(result, kind=EvidenceKind.SCAN, where=where)
    read = chosen.read(result, replace(origin, location=where))
    return tuple(report for report in read if isinstance(report, ScanReport))


def _digests(subjects: tuple[AttestedSubject, ...]) -> tuple[str, ...]:
    return tuple(
        f"{algorithm}:{value}" for subject in subjects for algorithm, value in subject.digests
    )


def _result(predicate: JsonObject) -> JsonValue:
    scanner = predicate.get("scanner")
    return scanner.get("result") if isinstance(scanner, dict) else None
