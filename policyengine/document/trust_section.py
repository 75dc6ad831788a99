"""The ``trust`` section: which signatures and attestations hold for the image at hand.

A signature is verified for this image when, in this order,

1. its verifier found that it holds;
2. it is for the image's repository, where it binds one: Docker Content Trust and simple signing
   always do, the other systems may sign a digest alone;
3. the image has a manifest digest, and it is the one that was signed;
4. the image was asked for by the signed tag, where a tag was signed, or by digest;
5. the trust policy, where there is one, lets its signer sign that repository.

Anything else is not verified, with the reason in ``problem``. Signatures of other tags for other
digests say nothing about this image: they are counted, not listed. An attestation is verified in
the same way; one of its subjects must be the image.
"""

from __future__ import annotations

from collections.abc import Sequence

from policyengine.document.image_section import thawed
from policyengine.document.subject_match import known_digests
from policyengine.document.times import instant_fields
from policyengine.errors import InvalidReference
from policyengine.model.image import ImageEvidence, Subject
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.reference import ImageReference
from policyengine.model.trust import (
    OURSELVES,
    Attestation,
    AttestedSubject,
    BuildFacts,
    BuildMaterial,
    Signature,
    SignatureKind,
    TrustRecord,
)
from policyengine.model.trust_policy import Requirement, TrustPolicy

_BINDS_A_REPOSITORY = frozenset({SignatureKind.NOTARY, SignatureKind.SIMPLE})


def trust_section(
    records: Sequence[TrustRecord], evidence: ImageEvidence, policy: TrustPolicy | None
) -> tuple[JsonObject, int]:
    """Return ``trust`` and the number of signatures that are about other images."""
    signatures: list[JsonValue] = []
    attestations: list[JsonValue] = []
    signed: set[str] = set()
    attested: set[tuple[str, str]] = set()
    others = 0
    digests = known_digests(evidence)
    for index, record in enumerate(records):
        for signature in record.signatures:
            about = signature.signed_digest in digests
            if not about and signature.tag not in {asked_tag(evidence.subject), None}:
                others += 1
                continue
            problem = _problem(signature, evidence.subject, digests, policy)
            signatures.append(_signature(index, signature, problem))
            if problem is None and signature.signer and signature.verifier == OURSELVES:
                signed.add(signature.signer)
        for attestation in record.attestations:
            problem = _attestation_problem(attestation, evidence.subject, digests, policy)
            attestations.append(_attestation(index, attestation, problem))
            if problem is None and attestation.signer and attestation.verifier == OURSELVES:
                attested.add((attestation.predicate_type, attestation.signer))
    return {
        "records": [_record(index, record) for index, record in enumerate(records)],
        "signatures": signatures,
        "attestations": attestations,
        "policy": None
        if policy is None
        else _policy(policy, len(records), evidence.subject, signed, attested),
    }, others


def asked_tag(subject: Subject) -> str | None:
    """Return the tag that the image was asked for by: ``latest`` where none was written, None
    where it was asked for by digest."""
    if subject.tag is not None:
        return subject.tag
    return None if "@" in subject.reference else "latest"


def same_repository(name: str, subject: Subject) -> bool:
    """Say whether ``name`` is the repository of the image."""
    try:
        reference = ImageReference.parse(name)
    except InvalidReference:
        return False
    return (reference.registry, reference.repository) == (subject.registry, subject.repository)


def record_about(record: TrustRecord, evidence: ImageEvidence) -> bool:
    """Say whether ``record`` says itself that it is about the image: by repository or digest."""
    if record.repository is not None:
        return same_repository(record.repository, evidence.subject)
    digests = known_digests(evidence)
    return any(item.signed_digest in digests for item in record.signatures) or any(
        _named(item) & digests for item in record.attestations
    )


def _named(attestation: Attestation) -> frozenset[str]:
    return frozenset(
        f"{algorithm}:{value}" for item in attestation.subjects for algorithm, value in item.digests
    )


def _problem(
    signature: Signature, subject: Subject, digests: frozenset[str], policy: TrustPolicy | None
) -> str | None:
    if signature.problem is not None:
        return signature.problem
    binds = signature.kind in _BINDS_A_REPOSITORY
    # An image without a name is known by its digest alone, and that is what was signed.
    if binds or (signature.repository is not None and subject.repository is not None):
        if subject.repository is None:
            return "the image has no repository name to compare with the signature's"
        if signature.repository is None or not same_repository(signature.repository, subject):
            return (
                f"signed for {signature.repository}, not for "
                f"{subject.registry}/{subject.repository}"
            )
    if not digests:
        return "the image has no manifest digest to compare with the signed one"
    if signature.signed_digest not in digests:
        return f"{signature.signed_digest} was signed, which is another image"
    tag = asked_tag(subject)
    if tag is not None and signature.tag is not None and signature.tag != tag:
        return f"signed as {signature.tag}, asked for as {tag}"
    return _outside(signature.signer, subject, policy)


def _attestation_problem(
    attestation: Attestation, subject: Subject, digests: frozenset[str], policy: TrustPolicy | None
) -> str | None:
    if attestation.problem is not None:
        return attestation.problem
    if not digests:
        return "the image has no manifest digest to compare with the attestation's subject"
    named = _named(attestation)
    if not named & digests:
        found = ", ".join(sorted(named)[:3]) or "no digest"
        return f"the attestation is about {found}, which is another image"
    return _outside(attestation.signer, subject, policy)


def _outside(signer: str | None, subject: Subject, policy: TrustPolicy | None) -> str | None:
    """Say that the trust policy does not let ``signer`` sign the image's repository."""
    known = policy.signer(signer) if policy is not None and signer is not None else None
    if known is None or not known.repositories:
        return None
    may = ", ".join(known.repositories)
    if subject.repository is None:
        return f"{signer} may sign {may} only, and the image has no repository name"
    name = f"{subject.registry}/{subject.repository}"
    return None if known.may_sign(name) else f"{signer} may sign {may} only, not {name}"


def _signature(index: int, signature: Signature, problem: str | None) -> JsonObject:
    return {
        "kind": signature.kind.value,
        "signer": signature.signer,
        "identity": signature.identity,
        "issuer": signature.issuer,
        "repository": signature.repository,
        "tag": signature.tag,
        "signed_digest": signature.signed_digest,
        "verified": problem is None,
        "verifier": signature.verifier,
        "problem": problem,
        "keyids": list(signature.keyids),
        **instant_fields("signed_at", signature.signed_at),
        **instant_fields("expires", signature.expires),
        "reported_by": [{"source": index, "pointer": signature.pointer}],
    }


def _attestation(index: int, attestation: Attestation, problem: str | None) -> JsonObject:
    return {
        "envelope": attestation.envelope.value,
        "predicate_type": attestation.predicate_type,
        "subjects": [_subject(item) for item in attestation.subjects],
        "predicate": None if attestation.predicate is None else thawed(attestation.predicate),
        "content": attestation.content,
        "build": None if attestation.build is None else _build(attestation.build, problem),
        "verified": problem is None,
        "verifier": attestation.verifier,
        "problem": problem,
        "signer": attestation.signer,
        "identity": attestation.identity,
        "issuer": attestation.issuer,
        "keyids": list(attestation.keyids),
        **instant_fields("signed_at", attestation.signed_at),
        "reported_by": [{"source": index, "pointer": attestation.pointer}],
    }


def _subject(subject: AttestedSubject) -> JsonObject:
    return {"name": subject.name, "digests": dict(subject.digests)}


def _build(build: BuildFacts, problem: str | None) -> JsonObject:
    # What is not verified for this image says nothing of how it was built.
    level = build.level if problem is None else None
    return {
        "builder_id": build.builder_id,
        "build_type": build.build_type,
        "source_repository": build.source_repository,
        "source_commit": build.source_commit,
        "source_ref": build.source_ref,
        "parameters": None if build.parameters is None else thawed(build.parameters),
        "invocation_id": build.invocation_id,
        **instant_fields("started_at", build.started_at),
        **instant_fields("finished_at", build.finished_at),
        "resolved_dependencies": [_material(item) for item in build.resolved_dependencies],
        "level": level,
        "level_source": None if level is None else build.level_source,
    }


def _material(material: BuildMaterial) -> JsonObject:
    return {"uri": material.uri, "digests": dict(material.digests)}


def _record(index: int, record: TrustRecord) -> JsonObject:
    return {
        "source": index,
        "repository": record.repository,
        "signers": [{"name": name, "keyids": list(keyids)} for name, keyids in record.signers],
        "root_keyids": list(record.root_keyids),
        "repository_keyids": list(record.repository_keyids),
        "anchor": record.anchor,
        "problems": list(record.problems),
    }


def _policy(
    policy: TrustPolicy,
    index: int,
    subject: Subject,
    signed: set[str],
    attested: set[tuple[str, str]],
) -> JsonObject:
    name = None if subject.repository is None else f"{subject.registry}/{subject.repository}"
    return {
        "source": index,
        "signers": [
            {
                "name": signer.name,
                "keyids": [*(key.keyid for key in signer.keys), *signer.keyids],
                "identities": [str(identity) for identity in signer.identities],
                "repositories": list(signer.repositories),
            }
            for signer in policy.signers
        ],
        "requirements": [
            _requirement(requirement, name, signed, attested) for requirement in policy.requirements
        ],
    }


def _requirement(
    requirement: Requirement, name: str | None, signed: set[str], attested: set[tuple[str, str]]
) -> JsonObject:
    applies = requirement.applies_to(name)
    if requirement.predicate_types:
        found = {
            signer
            for signer in requirement.signers
            if all((kind, signer) in attested for kind in requirement.predicate_types)
        }
    else:
        found = signed.intersection(requirement.signers)
    return {
        "repositories": list(requirement.repositories),
        "signers": list(requirement.signers),
        "threshold": requirement.threshold,
        "predicate_types": list(requirement.predicate_types),
        "applies": applies,
        "met_by": [*sorted(found)],
        "met": len(found) >= requirement.threshold,
    }
