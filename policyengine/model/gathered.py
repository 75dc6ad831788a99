"""All the reports that were given about one image."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.evidence import EvidenceKind
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ScanReport
from policyengine.model.trust import TrustRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredReports:
    """What was read. ``looked_for`` are the kinds that some option could have supplied."""

    scans: tuple[ScanReport, ...] = ()
    sboms: tuple[SbomDocument, ...] = ()
    trusts: tuple[TrustRecord, ...] = ()
    looked_for: frozenset[EvidenceKind] = frozenset()
