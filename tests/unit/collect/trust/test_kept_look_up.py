"""What was looked up is found again in what was kept of it, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from policyengine.collect.trust import discovery
from policyengine.collect.trust.discovery import Discovered, discover_beside
from policyengine.collect.trust.kept_look_up import LookUpKeeper
from policyengine.errors import MalformedEvidence
from policyengine.model.access import RegistryAccess
from policyengine.model.image import Subject, Transport
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.trust_material import CosignSignature, UnreadableMaterial
from policyengine.model.trust_policy import CertificateIdentity, TrustedSigner, TrustPolicy
from tests.evidence_values import DIGEST, source
from tests.unit.collect.trust.kept_signatures import OneSignature, kept_archive, signed_layer
from tests.unit.collect.trust.sigstore_world import ISSUER, SUBJECT, SigstoreWorld

WORLD = SigstoreWorld()
GOOD = WORLD.signature()
THERE = Subject(
    reference="registry.example/team/acme:1",
    transport=Transport.REGISTRY,
    origin="registry.example/team/acme",
    registry="registry.example",
    repository="team/acme",
    digest=DIGEST,
)


def policy() -> TrustPolicy:
    identity = CertificateIdentity(subject=SUBJECT, issuer=ISSUER)
    return TrustPolicy(
        source=source("trust-policy.json", "trust-policy"),
        signers=(TrustedSigner(name="release", identities=(identity,)),),
        requirements=(),
        trusted_root=WORLD.trusted_root(),
    )


def again(archive: Path) -> Discovered:
    subject = replace(THERE, transport=Transport.OCI_ARCHIVE, origin=str(archive))
    return discover_beside(subject, policy(), limits=DEFAULT_LIMITS, registry=RegistryAccess())


def proofs(found: Discovered) -> list[tuple[object, ...]]:
    return [
        (item.payload, item.signature, item.digest, item.certificate, item.log_bundle)
        for item in found.material
        if isinstance(item, CosignSignature)
    ]


def test_what_is_kept_is_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = OneSignature(signed_layer(GOOD))
    monkeypatch.setitem(discovery._STORES, Transport.REGISTRY, lambda *_: place)
    keeper = LookUpKeeper()
    found = discover_beside(
        THERE,
        policy(),
        limits=DEFAULT_LIMITS,
        registry=RegistryAccess(),
        through=keeper.through,
    )
    assert len(proofs(found)) == 1
    assert any(isinstance(item, UnreadableMaterial) for item in found.material)
    archive = tmp_path / "kept.tar"
    archive.write_bytes(keeper.archive())
    kept = again(archive)
    assert proofs(kept) == proofs(found)
    assert kept.about == found.about
    assert not any(isinstance(item, UnreadableMaterial) for item in kept.material)
    assert keeper.archive() == kept_archive(GOOD)


def test_nothing_that_lay_there_is_nothing_again(tmp_path: Path) -> None:
    archive = tmp_path / "kept.tar"
    archive.write_bytes(LookUpKeeper().archive())
    assert again(archive).material == ()


def test_what_is_no_archive_is_an_error_and_not_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "kept.tar"
    archive.write_bytes(b"junk")
    with pytest.raises(MalformedEvidence):
        again(archive)
