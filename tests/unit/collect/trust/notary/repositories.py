"""Notary repositories to verify, and how the tests read what was found."""

from __future__ import annotations

from typing import Any

from policyengine.collect.trust.notary.known_roots import KnownRoots
from policyengine.collect.trust.notary.record import trust_records
from policyengine.collect.trust.notary.verify import (
    PinnedRoot,
    VerifiedRepository,
    verify_repository,
)
from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.trust_policy import TrustedSigner, TrustPolicy
from tests.notary_files import (
    REPOSITORY,
    MemorySource,
    Repository,
    SigningKey,
    digest_of,
    new_key,
)

NOW = Instant.parse("2026-06-01T00:00:00Z")
GOOD, OTHER = digest_of("good"), digest_of("other")
ANN, BOB, RELEASES = "targets/ann", "targets/bob", "targets/releases"


def a_repository() -> Repository:
    ann, bob = new_key(), new_key("ed25519")
    return Repository(
        delegations={ANN: (ann,), BOB: (bob,), RELEASES: (ann, bob)},
        tags={ANN: {"1.4": GOOD}, RELEASES: {"1.4": GOOD}},
        signers={RELEASES: (ann,)},
    )


def pin_of(made: Repository) -> PinnedRoot:
    return PinnedRoot(origin="root.json", data=made.files()["1.root"])


def verified(
    made: Repository,
    *,
    files: dict[str, bytes] | None = None,
    pins: list[PinnedRoot] | None = None,
    known: KnownRoots | None = None,
    now: Instant = NOW,
) -> VerifiedRepository:
    source = MemorySource(files if files is not None else made.files())
    if pins is None and known is None:
        pins = [pin_of(made)]
    found = verify_repository(REPOSITORY, source, now=now, pins=pins or (), known_roots=known)
    assert found is not None
    return found


def policy(*signers: TrustedSigner) -> TrustPolicy:
    source = EvidenceSource(
        location="policy.json", sha256="0" * 64, media_type="application/json", format="trust"
    )
    return TrustPolicy(source=source, signers=signers, requirements=())


def words(found: VerifiedRepository, given: TrustPolicy | None = None) -> set[tuple[Any, ...]]:
    """Signer, tag, digest, and whether a problem was found."""
    return {
        (item.signer, item.tag, item.signed_digest.removeprefix("sha256:"), item.problem is None)
        for record in trust_records(found, given)
        for item in record.signatures
    }


def problems(found: VerifiedRepository, given: TrustPolicy | None = None) -> str:
    return "\n".join(
        item.problem or "" for record in trust_records(found, given) for item in record.signatures
    )


def _rotated(made: Repository, *also: SigningKey) -> None:
    if not made.roots:
        made.add_root()
    made.root = new_key("ecdsa-x509")
    made.add_root(*also)
    made.version += 1
