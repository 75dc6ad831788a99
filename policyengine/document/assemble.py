"""Evidence in, one input document out. Pure: the clock is an argument."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from policyengine.document.base_section import base_section
from policyengine.document.image_section import (
    image_section,
    manifest_section,
    subject_section,
    thawed,
)
from policyengine.document.input_document import SCHEMA_VERSION, InputDocument, checked
from policyengine.document.subject_match import MISMATCH, UNKNOWN, match_subject
from policyengine.document.times import instant_fields
from policyengine.errors import MalformedEvidence, SubjectMismatch
from policyengine.garbage import paused_collection
from policyengine.model.bases import NO_CATALOGUE, BaseCatalogue
from policyengine.model.evidence import (
    AcceptedMismatch,
    AttestedBy,
    EvidenceKind,
    EvidenceSource,
    EvidenceStatus,
)
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import ImageEvidence, Subject, Transport
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject

if TYPE_CHECKING:
    from policyengine.document.vex_section import Applied
    from policyengine.model.dockerfile import Dockerfile
    from policyengine.model.sbom import SbomDocument
    from policyengine.model.scan import ScanReport
    from policyengine.model.trust import TrustRecord

_CERTAIN = frozenset({"digest", "layers", "name"})


@paused_collection()
def assemble(
    image: ImageEvidence,
    reports: GatheredReports,
    *,
    environment: str | None,
    evaluated_at: Instant,
    allow_mismatch: bool = False,
    bases: BaseCatalogue = NO_CATALOGUE,
) -> InputDocument:
    """Return the document of all evidence about one image.

    Raises SubjectMismatch for a report about another image, unless ``allow_mismatch``: then the
    document records it.
    """
    mismatches: list[AcceptedMismatch] = []
    reports, left_out = _without_others(reports, image)
    scan_matches = _matches(EvidenceKind.SCAN, reports.scans, image, mismatches)
    sbom_matches = _matches(EvidenceKind.SBOM, reports.sboms, image, mismatches)
    mismatches.extend(_trust_mismatches(reports.trusts, image))
    if mismatches and not allow_mismatch:
        first = mismatches[0]
        raise SubjectMismatch(
            first.message,
            where=first.location,
            hint="give the evidence of this image, or --allow-mismatch to use it all the same",
        )
    content: JsonObject = {
        "schema_version": SCHEMA_VERSION,
        **instant_fields("evaluated_at", evaluated_at),
        "environment": environment,
        "subject": subject_section(image.subject, image.image.platform),
        "image": image_section(image.image),
        "image_manifest": manifest_section(image.manifest),
        "base": None,
        "docker_inspect": None if image.docker_inspect is None else thawed(image.docker_inspect),
    }
    unmapped: dict[EvidenceKind, Counter[str]] = {kind: Counter() for kind in EvidenceKind}
    # A section and the values that it is made of are imported where there is evidence for it.
    if image.layers is not None:
        from policyengine.document.layers_section import layers_section

        content["layers"] = layers_section(image.layers, image.image)
    applied: Applied = {}
    if reports.vexes:
        from policyengine.document.vex_section import vex_section

        content["vex"], applied = vex_section(reports.vexes, reports.scans, image)
        unmapped[EvidenceKind.VEX] = _unmapped(document.unmapped for document in reports.vexes)
    if reports.scans:
        from policyengine.document.scan_section import scan_section

        content["scan"] = scan_section(reports.scans, scan_matches, applied)
        unmapped[EvidenceKind.SCAN] = _unmapped(report.unmapped for report in reports.scans)
        if left_out:
            unmapped[EvidenceKind.SCAN]["reports of other images"] = left_out
    if reports.sboms:
        from policyengine.document.sbom_section import sbom_section

        content["sbom"] = sbom_section(reports.sboms, sbom_matches)
        unmapped[EvidenceKind.SBOM] = _unmapped(document.unmapped for document in reports.sboms)
    if reports.trusts or reports.trust_policy is not None:
        from policyengine.document.trust_section import trust_section

        content["trust"], others = trust_section(reports.trusts, image, reports.trust_policy)
        if others:
            unmapped[EvidenceKind.TRUST]["signatures of other images"] = others
    if reports.dockerfiles:
        from policyengine.document.dockerfile_section import dockerfile_section

        content["dockerfile"] = dockerfile_section(_only(reports.dockerfiles))
    content["base"] = base = base_section(
        image, catalogue=bases, dockerfiles=reports.dockerfiles, trust=content.get("trust")
    )
    by_catalogue = base is not None and base["found_in"] == "catalogue"
    catalogued = (bases.source,) if by_catalogue and bases.source is not None else ()
    own = {
        EvidenceKind.IMAGE: (*image.sources, *catalogued),
        EvidenceKind.LAYERS: () if image.layers is None else image.layers.sources,
    }
    content["evidence"] = _evidence(own, reports, unmapped, mismatches)
    return checked(content, where="input document")


def assemble_dockerfile(
    reports: GatheredReports,
    *,
    reference: str,
    environment: str | None,
    evaluated_at: Instant,
) -> InputDocument:
    """Return the document of a Dockerfile alone: no section that speaks of an image is in it.

    Raises SubjectMismatch for anything that would have to be about an image, and
    MalformedEvidence for a second Dockerfile.
    """
    others = [report.source for report in reports.scans]
    others += [document.source for document in reports.vexes]
    others += [document.source for document in reports.sboms]
    others += [record.source for record in reports.trusts]
    others += [document.source for document in reports.documents]
    for source in others:
        raise SubjectMismatch(
            "has no image that it could be about",
            where=source.location,
            hint="name the image, or judge the Dockerfile alone",
        )
    from policyengine.document.dockerfile_section import dockerfile_section

    dockerfile = _only(reports.dockerfiles)
    subject = Subject(
        reference=reference, transport=Transport.DOCKERFILE, origin=dockerfile.source.location
    )
    content: JsonObject = {
        "schema_version": SCHEMA_VERSION,
        **instant_fields("evaluated_at", evaluated_at),
        "environment": environment,
        "subject": subject_section(subject, None),
        "dockerfile": dockerfile_section(dockerfile),
    }
    unmapped: dict[EvidenceKind, Counter[str]] = {kind: Counter() for kind in EvidenceKind}
    own: dict[EvidenceKind, tuple[EvidenceSource, ...]] = {
        EvidenceKind.IMAGE: (),
        EvidenceKind.LAYERS: (),
    }
    content["evidence"] = _evidence(own, reports, unmapped, [])
    return checked(content, where="input document")


def _only(dockerfiles: Sequence[Dockerfile]) -> Dockerfile:
    for other in dockerfiles[1:]:
        raise MalformedEvidence(
            "is a second Dockerfile, and an image is built from one",
            where=other.source.location,
            found=f"{dockerfiles[0].source.location} as well",
        )
    return dockerfiles[0]


def _evidence(
    own: Mapping[EvidenceKind, Sequence[EvidenceSource]],
    reports: GatheredReports,
    unmapped: Mapping[EvidenceKind, Counter[str]],
    mismatches: Sequence[AcceptedMismatch],
) -> JsonObject:
    sources: dict[EvidenceKind, Sequence[EvidenceSource]] = {
        **own,
        EvidenceKind.SCAN: [report.source for report in reports.scans],
        EvidenceKind.VEX: [document.source for document in reports.vexes],
        EvidenceKind.SBOM: [document.source for document in reports.sboms],
        EvidenceKind.TRUST: [record.source for record in reports.trusts],
        EvidenceKind.DOCKERFILE: [dockerfile.source for dockerfile in reports.dockerfiles],
    }
    status = {kind: _status(kind, sources[kind], reports) for kind in EvidenceKind}
    if reports.trust_policy is not None:
        # After the status: a policy alone is no trust data.
        sources[EvidenceKind.TRUST] = [*sources[EvidenceKind.TRUST], reports.trust_policy.source]
    return {
        **{
            kind.value: {
                "status": status[kind].value,
                "sources": [_source(source) for source in sources[kind]],
                "unmapped": dict(unmapped[kind]),
            }
            for kind in EvidenceKind
        },
        "mismatches": [
            {"kind": item.kind.value, "location": item.location, "message": item.message}
            for item in mismatches
        ],
    }


def _without_others(reports: GatheredReports, image: ImageEvidence) -> tuple[GatheredReports, int]:
    """Leave out what a file of several scan reports says of other images than this one.

    Only of a file that has a report about this image, surely or by a name without registry: one
    that is about other images alone stays, so that it is refused.
    """
    kept, others = [], 0
    matches = [match_subject(report.subject, image).how for report in reports.scans]
    own = {
        report.source.sha256
        for report, how in zip(reports.scans, matches, strict=True)
        if how in _CERTAIN or (how == UNKNOWN and report.subject.unqualified_names)
    }
    for report, how in zip(reports.scans, matches, strict=True):
        if how == MISMATCH and report.source.sha256 in own:
            others += 1
        else:
            kept.append(report)
    return replace(reports, scans=tuple(kept)), others


def reports_about(reports: GatheredReports, image: ImageEvidence) -> GatheredReports:
    """Return those of ``reports`` that say themselves that they are about ``image``."""
    return GatheredReports(
        scans=tuple(r for r in reports.scans if match_subject(r.subject, image).how in _CERTAIN),
        # Each statement says what it is about, and of several images it may be about packages.
        vexes=reports.vexes,
        sboms=tuple(r for r in reports.sboms if match_subject(r.subject, image).how in _CERTAIN),
        trusts=_trusts_about(reports.trusts, image),
        trust_policy=reports.trust_policy,
        looked_for=reports.looked_for,
    )


def _trusts_about(records: Sequence[TrustRecord], image: ImageEvidence) -> tuple[TrustRecord, ...]:
    if not records:
        return ()
    from policyengine.document.trust_section import record_about

    return tuple(record for record in records if record_about(record, image))


def _matches(
    kind: EvidenceKind,
    reports: Sequence[ScanReport] | Sequence[SbomDocument],
    image: ImageEvidence,
    mismatches: list[AcceptedMismatch],
) -> list[str]:
    matches = []
    for report in reports:
        match = match_subject(report.subject, image)
        matches.append(match.how)
        if match.how == MISMATCH:
            message = f"is about {match.found}, not about {match.expected}"
            mismatches.append(
                AcceptedMismatch(kind=kind, location=report.source.location, message=message)
            )
    return matches


def _trust_mismatches(
    records: Sequence[TrustRecord], image: ImageEvidence
) -> list[AcceptedMismatch]:
    subject = image.subject
    if subject.repository is None or not records:
        return []
    from policyengine.document.trust_section import same_repository

    return [
        AcceptedMismatch(
            kind=EvidenceKind.TRUST,
            location=record.source.location,
            message=(
                f"is about {record.repository}, "
                f"and the image is {subject.registry}/{subject.repository}"
            ),
        )
        for record in records
        if record.repository is not None and not same_repository(record.repository, subject)
    ]


def _status(
    kind: EvidenceKind, sources: Sequence[EvidenceSource], reports: GatheredReports
) -> EvidenceStatus:
    # A scan for secrets alone has an empty list of vulnerabilities, which must not pass for none.
    if kind is EvidenceKind.SCAN and not any(r.covers_vulnerabilities for r in reports.scans):
        sources = ()
    if sources:
        return EvidenceStatus.COLLECTED
    if kind in reports.looked_for:
        return EvidenceStatus.MISSING
    return EvidenceStatus.NOT_REQUESTED


def _source(source: EvidenceSource) -> JsonObject:
    return {
        "location": source.location,
        "sha256": source.sha256,
        "media_type": source.media_type,
        "format": source.format,
        "format_version": source.format_version,
        "tool": source.tool,
        "tool_version": source.tool_version,
        "attested_by": _attested_by(source.attested_by),
    }


def _attested_by(attested: AttestedBy | None) -> JsonObject | None:
    if attested is None:
        return None
    return {
        "predicate_type": attested.predicate_type,
        "verified": attested.verified,
        "signer": attested.signer,
        "identity": attested.identity,
        "issuer": attested.issuer,
    }


def _unmapped(counts: Iterable[tuple[tuple[str, int], ...]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for report in counts:
        for name, number in report:
            total[name] += number
    return total
