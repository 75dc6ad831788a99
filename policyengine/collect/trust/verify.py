"""From what claims to sign to what was found of it: material held to a trust policy.

Each piece of material gives one record, with a signature or attestation for each signer of the
policy who stands for it, or one with the problem. The order for a signed statement or payload:

1. who signed: each key of the policy is tried, or the certificate is verified and named;
2. what is signed: cosign's own statement type and payload are signatures of an image, any other
   statement an attestation;
3. what an attestation holds: build facts, and scan reports, VEX documents and SBOMs, which become
   evidence where somebody stands for them, or where no trust policy asks who does.

Whether it is about the image at hand is decided where the document is assembled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from policyengine.collect.trust.finding import Finding, by_keys
from policyengine.collect.trust.predicates import content_kind, predicate_reports
from policyengine.collect.trust.provenance import build_facts
from policyengine.errors import EvidenceError
from policyengine.model.dsse import pae
from policyengine.model.evidence import AttestedBy, EvidenceKind, EvidenceSource
from policyengine.model.json_value import JsonObject
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ScanReport
from policyengine.model.trust import (
    OURSELVES,
    Attestation,
    BuildFacts,
    EnvelopeKind,
    Signature,
    SignatureKind,
    TrustRecord,
)
from policyengine.model.trust_material import (
    CosignSignature,
    SignedStatement,
    Statement,
    TrustMaterial,
    UnreadableMaterial,
    UnsignedStatement,
)
from policyengine.model.trust_policy import TrustPolicy
from policyengine.model.vex import VexDocument

# sigstore/cosign, specs/BUNDLE_SPEC.md: the statement that stands in for a payload.
SIGNATURE_TYPE = "https://sigstore.dev/cosign/sign/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of material: records, and the evidence that attestations held."""

    trusts: tuple[TrustRecord, ...] = ()
    scans: tuple[ScanReport, ...] = ()
    vexes: tuple[VexDocument, ...] = ()
    sboms: tuple[SbomDocument, ...] = ()


def verify_material(
    material: Iterable[TrustMaterial],
    policy: TrustPolicy | None,
    *,
    about: frozenset[str] | None = None,
) -> Verified:
    """Hold ``material`` to ``policy``; without one nothing is verified.

    ``about`` are the digests of the image that the material was looked up for: what speaks of
    another image is then recorded, but no evidence is taken from it.

    Raises an EvidenceError for a predicate that cannot be read, and TrustPolicyError for a trusted
    root that cannot be used. A signature that does not hold is no error, but a problem in the
    record.
    """
    records: list[TrustRecord] = []
    reports: list[ScanReport | VexDocument | SbomDocument] = []
    for item in material:
        if isinstance(item, CosignSignature):
            records.append(_record(item.source, signatures=_cosign(item, policy)))
        elif isinstance(item, UnreadableMaterial):
            records.append(_record(item.source, signatures=(_unreadable(item),)))
        else:
            record, found = _statement(item, policy, about)
            records.append(record)
            reports += found
    return Verified(
        trusts=tuple(records),
        scans=tuple(report for report in reports if isinstance(report, ScanReport)),
        vexes=tuple(report for report in reports if isinstance(report, VexDocument)),
        sboms=tuple(report for report in reports if isinstance(report, SbomDocument)),
    )


def _record(
    source: EvidenceSource,
    *,
    signatures: tuple[Signature, ...] = (),
    attestations: tuple[Attestation, ...] = (),
) -> TrustRecord:
    return TrustRecord(
        source=source, repository=None, signatures=signatures, attestations=attestations
    )


def _cosign(item: CosignSignature, policy: TrustPolicy | None) -> tuple[Signature, ...]:
    if item.certificate is None:
        findings = by_keys((item.signature,), item.payload, policy)
    else:
        from policyengine.collect.trust.keyless_signature import by_certificate_and_log

        findings = (by_certificate_and_log(item, policy),)
    return tuple(
        _signature(
            finding,
            digest=item.digest,
            pointer=item.pointer,
            repository=item.repository,
            tag=item.tag,
        )
        for finding in findings
    )


def _unreadable(item: UnreadableMaterial) -> Signature:
    return _signature(Finding(problem=item.problem), digest=item.digest, pointer=item.pointer)


def _signature(
    finding: Finding,
    *,
    digest: str,
    pointer: str,
    repository: str | None = None,
    tag: str | None = None,
) -> Signature:
    return Signature(
        kind=SignatureKind.COSIGN,
        signer=finding.name,
        signed_digest=digest,
        verifier=OURSELVES,
        pointer=pointer,
        repository=repository,
        tag=tag,
        problem=finding.problem,
        identity=finding.identity,
        issuer=finding.issuer,
        keyids=finding.keyids,
        signed_at=finding.signed_at,
    )


def _statement(
    item: SignedStatement | UnsignedStatement,
    policy: TrustPolicy | None,
    about: frozenset[str] | None,
) -> tuple[TrustRecord, tuple[ScanReport | VexDocument | SbomDocument, ...]]:
    findings = _who_signed(item, policy)
    if item.statement.predicate_type == SIGNATURE_TYPE:
        signatures = tuple(
            _signature(finding, digest=f"{algorithm}:{value}", pointer=item.pointer)
            for finding in findings
            for subject in item.statement.subjects
            for algorithm, value in subject.digests
        )
        return _record(item.source, signatures=signatures), ()
    reports: tuple[ScanReport | VexDocument | SbomDocument, ...] = ()
    if about is None or about & _named(item.statement):
        reports = _reports(item, findings[0], policy)
    build = _build(item)
    attestations = tuple(
        _attestation(item, finding, build, content=_content(item, reports)) for finding in findings
    )
    return _record(item.source, attestations=attestations), reports


def _named(statement: Statement) -> frozenset[str]:
    return frozenset(
        f"{algorithm}:{value}"
        for subject in statement.subjects
        for algorithm, value in subject.digests
    )


def _who_signed(
    item: SignedStatement | UnsignedStatement, policy: TrustPolicy | None
) -> tuple[Finding, ...]:
    if isinstance(item, UnsignedStatement):
        return (Finding(problem="is not signed"),)
    if item.certified and item.bundle is not None:
        from policyengine.collect.trust.keyless import by_certificate

        return (by_certificate(item.bundle, item.envelope.payload, policy),)
    if item.certificate is not None:
        from policyengine.collect.trust.keyless_signature import by_certificate_of_envelope

        return (by_certificate_of_envelope(item, policy),)
    message = pae(item.envelope.payload_type, item.envelope.payload)
    return by_keys((one.signature for one in item.envelope.signatures), message, policy)


def _reports(
    item: SignedStatement | UnsignedStatement, finding: Finding, policy: TrustPolicy | None
) -> tuple[ScanReport | VexDocument | SbomDocument, ...]:
    if content_kind(item.statement.predicate_type) is None:
        return ()
    # Under a trust policy only what somebody stands for is believed. Without one a statement is a
    # file like any other that the user gave.
    if finding.problem is not None and policy is not None:
        return ()
    attested = AttestedBy(
        predicate_type=item.statement.predicate_type,
        verified=finding.problem is None,
        signer=finding.name,
        identity=finding.identity,
        issuer=finding.issuer,
    )
    return predicate_reports(item.statement, item.source, attested)


def _content(
    item: SignedStatement | UnsignedStatement,
    reports: tuple[ScanReport | VexDocument | SbomDocument, ...],
) -> EvidenceKind | None:
    """Return what the predicate became: CycloneDX of vulnerabilities alone is no SBOM."""
    if not reports:
        return None
    if all(isinstance(report, VexDocument) for report in reports):
        return EvidenceKind.VEX
    return content_kind(item.statement.predicate_type)


def _build(item: SignedStatement | UnsignedStatement) -> BuildFacts | None:
    where = f"{item.source.location}: the predicate"
    return build_facts(item.statement.predicate_type, _object(item.statement), where)


def _attestation(
    item: SignedStatement | UnsignedStatement,
    finding: Finding,
    build: BuildFacts | None,
    *,
    content: EvidenceKind | None,
) -> Attestation:
    return Attestation(
        envelope=_envelope(item),
        predicate_type=item.statement.predicate_type,
        subjects=item.statement.subjects,
        predicate=None if content is not None else item.statement.predicate,
        verifier=OURSELVES,
        pointer=item.pointer,
        problem=finding.problem,
        signer=finding.name,
        identity=finding.identity,
        issuer=finding.issuer,
        keyids=finding.keyids,
        signed_at=finding.signed_at,
        build=None if build is None else _levelled(build, finding),
        content=None if content is None else content.value,
    )


def _levelled(build: BuildFacts, finding: Finding) -> BuildFacts:
    """Give provenance its level: what the trust policy says of who signed it, else 1, which asks
    for provenance and no more. A verification summary tells its own."""
    if finding.signer is None or build.level is not None or build.build_type is None:
        return build
    level = finding.signer.build_level
    return replace(
        build,
        level=1 if level is None else level,
        level_source="there is provenance" if level is None else "the trust policy",
    )


def _envelope(item: SignedStatement | UnsignedStatement) -> EnvelopeKind:
    if isinstance(item, UnsignedStatement):
        return EnvelopeKind.UNSIGNED
    return EnvelopeKind.DSSE if item.bundle is None else EnvelopeKind.SIGSTORE_BUNDLE


def _object(statement: Statement) -> JsonObject:
    return dict(statement.predicate or {})  # type: ignore[arg-type]  # JSON's own types


def readable(
    material: TrustMaterial, policy: TrustPolicy | None, digest: str, *, about: frozenset[str]
) -> TrustMaterial:
    """Return ``material``, or, where its predicate cannot be read, what says so.

    For material that was looked up: whoever may push can put it there, and it must not keep what
    others signed from being found.
    """
    try:
        verify_material([material], policy, about=about)
    except EvidenceError as problem:
        return UnreadableMaterial(
            source=material.source, pointer=material.pointer, digest=digest, problem=str(problem)
        )
    return material
