"""Documents handed to the collectors as a user would pipe them in."""

from __future__ import annotations

import io
import json

from policyengine.collect.files import STDIN, EvidenceOffer, read_evidence
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.json_value import JsonValue
from policyengine.model.limits import DEFAULT_LIMITS, ReadLimits
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ScanReport
from policyengine.model.trust import TrustRecord


def read_bytes(
    data: bytes, kind: EvidenceKind | None = None, limits: ReadLimits = DEFAULT_LIMITS
) -> GatheredReports:
    offer = EvidenceOffer(path=STDIN, kind=kind)
    return read_evidence([offer], limits=limits, stdin=io.BytesIO(data))


def read_json(document: JsonValue, kind: EvidenceKind | None = None) -> GatheredReports:
    return read_bytes(json.dumps(document).encode(), kind)


def read_scan(document: JsonValue) -> ScanReport:
    (report,) = read_json(document, EvidenceKind.SCAN).scans
    return report


def read_sbom(document: JsonValue) -> SbomDocument:
    (sbom,) = read_json(document, EvidenceKind.SBOM).sboms
    return sbom


def read_trust(document: JsonValue) -> tuple[TrustRecord, ...]:
    return read_json(document, EvidenceKind.TRUST).trusts
