"""All the reports that were given about one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policyengine.model.evidence import EvidenceKind

if TYPE_CHECKING:  # What was not given needs no class.
    from policyengine.model.dockerfile import Dockerfile
    from policyengine.model.image_documents import ImageDocument
    from policyengine.model.sbom import SbomDocument
    from policyengine.model.scan import ScanReport
    from policyengine.model.trust import TrustRecord
    from policyengine.model.trust_material import TrustMaterial
    from policyengine.model.trust_policy import TrustPolicy
    from policyengine.model.vex import VexDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredReports:
    """What was read. ``looked_for`` are the kinds that some option could have supplied.

    ``documents`` are about an image that is not at hand. ``material`` is what claims to sign, not
    yet verified; ``trust_policy`` is the one that signatures were held to, None where none was
    given.
    """

    scans: tuple[ScanReport, ...] = ()
    vexes: tuple[VexDocument, ...] = ()
    sboms: tuple[SbomDocument, ...] = ()
    trusts: tuple[TrustRecord, ...] = ()
    dockerfiles: tuple[Dockerfile, ...] = ()
    documents: tuple[ImageDocument, ...] = ()
    material: tuple[TrustMaterial, ...] = ()
    trust_policy: TrustPolicy | None = None
    looked_for: frozenset[EvidenceKind] = frozenset()
