"""Who signed a bundle's artifact with cosign, held to a trust policy.

The registry is asked each time for what lies beside the artifact, and its answer kept. Where it
does not answer, or must not be asked, what was kept is verified in its place: by the policy as it
is now, about this digest and no other.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from policyengine.bundle.cache import BundleCache
from policyengine.bundle.registry import registry_reference
from policyengine.collect.trust.discovery import Discovered, discover_beside
from policyengine.collect.trust.kept_look_up import LookUpKeeper
from policyengine.collect.trust.policy_file import read_trust_policy
from policyengine.collect.trust.verify import verify_material
from policyengine.document.trust_section import same_repository
from policyengine.errors import (
    BundleNotAuthentic,
    BundleUnavailable,
    EvidenceError,
    SourceUnavailable,
)
from policyengine.model.image import Subject, Transport
from policyengine.model.trust import OURSELVES, TrustRecord
from policyengine.model.trust_policy import Requirement, TrustPolicy
from policyengine.report.escape import terminal_text
from policyengine.settings import Settings


def who_signed(settings: Settings, source: str, artifact: str, path: Path) -> str:
    """Return the names of those who signed ``artifact``, as ``cosign: NAME``.

    Each requirement of the policy for the repository must be met; without any, one of its signers
    must have signed. Only what this program verified counts, and only what says this digest.

    Raises BundleNotAuthentic, BundleUnavailable where signatures could not be looked up, and
    TrustPolicyError.
    """
    policy = read_trust_policy(path, trusted_root=settings.trust_path("trusted_root"))
    reference = registry_reference(source)
    subject = Subject(
        reference=str(reference),
        transport=Transport.REGISTRY,
        origin=reference.name,
        registry=reference.registry,
        repository=reference.repository,
        digest=artifact,
    )
    try:
        found = _beside(settings, subject, policy, source)
        records = verify_material(found.material, policy, about=found.about).trusts
    except EvidenceError as error:
        raise BundleUnavailable(
            f"has signatures that cannot be looked up: {error.what}",
            where=source,
            found=error.found,
            hint=error.hint,
        ) from None
    signed = _signers(records, subject, policy)
    attested = _attesters(records, subject, policy)
    asked = [item for item in policy.requirements if item.applies_to(reference.name)]
    problems = [item for item in asked if not _is_met(item, signed, attested)]
    if problems or not signed:
        wanted = problems[0].signers if problems else tuple(item.name for item in policy.signers)
        raise BundleNotAuthentic(
            "is not signed with cosign as the trust policy asks",
            where=f"{source}, which is {artifact}",
            found=f"signed by {', '.join(sorted(signed)) or 'nobody of it'}",
            expected=f"{' or '.join(wanted)}, by {path}",
        )
    return f"cosign: {', '.join(sorted(signed))}"


def _beside(settings: Settings, subject: Subject, policy: TrustPolicy, source: str) -> Discovered:
    """Return what lies beside ``subject``. Raises EvidenceError where that cannot be known."""
    limits, registry = settings.read_limits(), settings.registry_access()
    cache = BundleCache()
    repository, digest = f"{subject.registry}/{subject.repository}", str(subject.digest)
    kept = cache.beside(repository, digest)
    try:
        if settings.get("bundles.offline"):
            raise SourceUnavailable(
                "no registry is asked", where=source, hint="the setting bundles.offline"
            )
        keeper = LookUpKeeper()
        found = discover_beside(
            subject, policy, limits=limits, registry=registry, through=keeper.through
        )
    except SourceUnavailable as error:
        if not os.path.lexists(kept):
            raise
        if not settings.get("bundles.offline"):
            told = f"{source}: {error.what}; its signatures are those of the last look-up"
            click.echo(terminal_text(told), err=True)
        there = replace(subject, transport=Transport.OCI_ARCHIVE, origin=str(kept))
        return discover_beside(there, policy, limits=limits, registry=registry)
    cache.put_beside(repository, digest, keeper.archive())
    return found


def _signers(
    records: tuple[TrustRecord, ...], subject: Subject, policy: TrustPolicy
) -> frozenset[str]:
    return frozenset(
        item.signer
        for record in records
        for item in record.signatures
        if item.problem is None
        and item.verifier == OURSELVES
        and item.signed_digest == subject.digest
        and (item.repository is None or same_repository(item.repository, subject))
        and item.signer is not None
        and _may_sign(item.signer, subject, policy)
    )


def _attesters(
    records: tuple[TrustRecord, ...], subject: Subject, policy: TrustPolicy
) -> frozenset[tuple[str, str]]:
    return frozenset(
        (item.predicate_type, item.signer)
        for record in records
        for item in record.attestations
        if item.problem is None
        and item.verifier == OURSELVES
        and any(
            f"{algorithm}:{value}" == subject.digest
            for named in item.subjects
            for algorithm, value in named.digests
        )
        and item.signer is not None
        and _may_sign(item.signer, subject, policy)
    )


def _may_sign(name: str, subject: Subject, policy: TrustPolicy) -> bool:
    signer = policy.signer(name)
    return signer is not None and signer.may_sign(f"{subject.registry}/{subject.repository}")


def _is_met(
    requirement: Requirement, signed: frozenset[str], attested: frozenset[tuple[str, str]]
) -> bool:
    if not requirement.predicate_types:
        return len(signed.intersection(requirement.signers)) >= requirement.threshold
    return all(
        len({name for kind, name in attested if kind == wanted} & set(requirement.signers))
        >= requirement.threshold
        for wanted in requirement.predicate_types
    )
