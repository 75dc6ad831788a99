"""What the named trust sources say of one image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from policyengine.model.access import RegistryAccess
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import ImageEvidence, Subject
from policyengine.model.instant import Instant
from policyengine.model.limits import ReadLimits
from policyengine.model.reference import ImageReference
from policyengine.model.trust import TrustRecord
from policyengine.model.trust_policy import TrustPolicy
from policyengine.model.trust_sources import TrustSources


def look_up(
    image: ImageEvidence,
    reports: GatheredReports,
    sources: TrustSources,
    *,
    access: RegistryAccess,
    limits: ReadLimits,
    policy: TrustPolicy | None,
    now: Instant,
) -> GatheredReports:
    """Return ``reports`` and the records of the sources that are named.

    Trust data then counts as looked for: without any, what reads it cannot be judged. Raises an
    EvidenceError for what is not authentic, UsageError for sources that cannot be used.
    """
    records: list[TrustRecord] = []
    if sources.notary is not None:
        place = sources.notary
        records += _notary(image.subject, sources, place, access, policy, now=now)
    if sources.signatures or sources.notation or sources.containers_policy:
        from policyengine.collect.trust.signature_files import signature_records

        records += signature_records(image, sources, access=access, limits=limits, now=now)
    return replace(
        reports,
        trusts=(*reports.trusts, *records),
        looked_for=reports.looked_for | {EvidenceKind.TRUST},
    )


def _notary(
    subject: Subject,
    sources: TrustSources,
    place: str,
    access: RegistryAccess,
    policy: TrustPolicy | None,
    *,
    now: Instant,
) -> tuple[TrustRecord, ...]:
    """Return the records of Docker Content Trust. An image without a name is in no repository."""
    from policyengine.collect.trust.notary.directory import DirectorySource, MetadataSource
    from policyengine.collect.trust.notary.known_roots import KnownRoots
    from policyengine.collect.trust.notary.record import trust_records
    from policyengine.collect.trust.notary.server import open_server
    from policyengine.collect.trust.notary.verify import read_pin, verify_repository

    if subject.registry is None or subject.repository is None:
        return ()
    reference = ImageReference(registry=subject.registry, repository=subject.repository)
    pins = [read_pin(text) for text in sources.roots]
    known = None if sources.known_roots is None else KnownRoots(sources.known_roots)

    def records(source: MetadataSource) -> tuple[TrustRecord, ...]:
        found = verify_repository(reference.name, source, now=now, pins=pins, known_roots=known)
        return () if found is None else trust_records(found, policy)

    if place.startswith(("https://", "http://")):
        with open_server(place, reference, access) as server:
            return records(server)
    return records(DirectorySource(Path(place)))
