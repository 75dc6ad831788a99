"""Bundles signed by identity, with certificates of an authority of our own, in a real registry."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.reference import ImageReference
from policyengine.model.trust_material import CosignSignature
from policyengine.registry.artifact import Artifact, open_repository, push
from tests.integration.registries import Registry, plain_registry
from tests.integration.test_bundle_registry import Desk, desk
from tests.unit.collect.trust.kept_signatures import kept_archive, signed_layer
from tests.unit.collect.trust.sigstore_world import (
    ISSUER,
    SIGNED_AT,
    SUBJECT,
    Certified,
    SigstoreWorld,
    utf8_string,
)

WORLD = SigstoreWorld()
OTHER_DIGEST = "sha256:" + "7" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A bundle in a registry, that settings want signed by ``SUBJECT`` of ``ISSUER``."""

    desk: Desk
    artifact: str

    @property
    def source(self) -> str:
        return f"{self.desk.source}:1"

    def sign(self, signature: CosignSignature) -> None:
        """Put a signature where cosign puts it, in place of one that is there."""
        artifact = Artifact(
            artifact_type="application/vnd.example", layers=(signed_layer(signature),)
        )
        reference = ImageReference.parse(self.desk.source.removeprefix("oci://"))
        with open_repository(
            reference, access=self.desk.registry.access, limits=DEFAULT_LIMITS
        ) as session:
            push(session, artifact, tag=f"{self.artifact.replace(':', '-')}.sig")

    def trust(self, subject: str) -> None:
        policy = {
            "signers": {"release": {"identities": [{"subject": subject, "issuer": ISSUER}]}},
            "trusted_root": "root.json",
        }
        (self.desk.folder / "policy.json").write_text(json.dumps(policy))

    def read(self) -> tuple[int, str]:
        done = self.desk.run("eval", "-b", self.source, "data.acme")
        return done.returncode, done.stderr

    def offline(self) -> None:
        with (self.desk.folder / "policyengine.toml").open("a") as settings:
            settings.write("[bundles]\noffline = true\n")

    def kept(self) -> Path:
        (found,) = (self.desk.folder / "cache" / "policyengine" / "bundles").glob("beside-*")
        return found


def pushed_to(registry: Registry, folder: Path) -> Released:
    there = desk(folder, registry)
    archive = there.build("1.0.0")
    told = json.loads(there.ok("bundle", "push", archive, f"{there.source}:1", "-f", "json"))
    return Released(desk=there, artifact=told["artifact"])


def asking(pushed: Released, folder: Path) -> Released:
    """The bundle, in a folder and with a cache of its own, and nobody's signature beside it."""
    settings = pushed.desk.folder / "policyengine.toml"
    (folder / settings.name).write_text(
        f'{settings.read_text()}[bundles.trust."acme"]\ncosign = "policy.json"\n'
    )
    (folder / "root.json").write_bytes(WORLD.trusted_root())
    found = replace(pushed, desk=replace(pushed.desk, folder=folder))
    found.trust(SUBJECT)
    found.sign(SigstoreWorld().signature(digest=OTHER_DIGEST))
    return found


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    folder = tmp_path_factory.mktemp("keyless")
    with plain_registry(_made(folder / "registry")) as registry:
        yield pushed_to(registry, folder)


@pytest.fixture
def released(pushed: Released, tmp_path: Path) -> Released:
    return asking(pushed, tmp_path)


def test_a_bundle_is_held_to_the_identity_that_signed_it(released: Released) -> None:
    assert released.read()[0] == 4
    released.sign(WORLD.signature(digest=released.artifact))
    assert released.read() == (0, "")
    released.desk.ok("bundle", "lock", released.source)
    lock = json.loads((released.desk.folder / "policyengine.lock").read_text())
    assert lock["bundles"][released.source]["signer"] == "cosign: release"


NOT_AS_ASKED: list[Any] = [
    pytest.param(
        lambda digest: WORLD.signature(Certified(subject="else@example.com"), digest=digest),
        id="another identity",
    ),
    pytest.param(
        lambda digest: WORLD.signature(
            Certified(issuer_extension=utf8_string("https://else.example.com")), digest=digest
        ),
        id="an identity of another issuer",
    ),
    pytest.param(
        lambda digest: SigstoreWorld().signature(digest=digest),
        id="another authority",
    ),
    pytest.param(
        lambda _: WORLD.signature(digest=OTHER_DIGEST), id="a signature of another artifact"
    ),
    pytest.param(
        lambda digest: WORLD.signature(at=SIGNED_AT + timedelta(days=1), digest=digest),
        id="a certificate that had expired",
    ),
    pytest.param(
        lambda digest: WORLD.signature(Certified(with_sct=False), digest=digest),
        id="a certificate that no log promises",
    ),
]


@pytest.mark.parametrize("signature", NOT_AS_ASKED)
def test_what_another_signed_is_refused(
    signature: Callable[[str], CosignSignature], released: Released
) -> None:
    released.sign(signature(released.artifact))
    code, said = released.read()
    assert (code, "as the trust policy asks" in said) == (4, True)


@pytest.fixture
def locked(released: Released) -> Released:
    """The bundle, signed as asked and locked, with no registry to ask from now on."""
    released.sign(WORLD.signature(digest=released.artifact))
    released.desk.ok("bundle", "lock", released.source)
    released.offline()
    return released


def test_a_locked_bundle_is_held_to_the_signatures_of_the_last_look_up(locked: Released) -> None:
    for _ in range(2):
        assert locked.read() == (0, "")


def _nothing_kept(locked: Released) -> None:
    locked.kept().unlink()


def _damaged(locked: Released) -> None:
    path = locked.kept()
    path.write_bytes(path.read_bytes().replace(locked.artifact.encode(), OTHER_DIGEST.encode()))


def _cut(locked: Released) -> None:
    path = locked.kept()
    path.write_bytes(path.read_bytes()[:700])


def _nothing_in_it(locked: Released) -> None:
    locked.kept().write_bytes(b"")


def _pipe(locked: Released) -> None:
    path = locked.kept()
    path.unlink()
    os.mkfifo(path)


def _of_another_artifact(locked: Released) -> None:
    """What somebody signed who may, of another bundle, under the name of what this one has."""
    other = WORLD.signature(digest=OTHER_DIGEST)
    locked.kept().write_bytes(kept_archive(other))


def _of_another_authority(locked: Released) -> None:
    locked.kept().write_bytes(kept_archive(SigstoreWorld().signature(digest=locked.artifact)))


def _trusted_no_more(locked: Released) -> None:
    locked.trust("else@example.com")


def test_what_is_put_into_the_cache_counts_as_what_a_registry_has(locked: Released) -> None:
    locked.kept().write_bytes(kept_archive(WORLD.signature(digest=locked.artifact)))
    assert locked.read() == (0, "")


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(_nothing_kept, id="nothing was kept"),
        pytest.param(_damaged, id="what was kept is damaged"),
        pytest.param(_cut, id="what was kept is cut short"),
        pytest.param(_nothing_in_it, id="what was kept is empty"),
        pytest.param(_pipe, id="a pipe in place of what was kept"),
        pytest.param(_of_another_artifact, id="a signature of another artifact"),
        pytest.param(_of_another_authority, id="a signature by another authority"),
        pytest.param(_trusted_no_more, id="an identity that is trusted no more"),
    ],
)
def test_what_was_kept_is_verified_each_time(
    attack: Callable[[Released], None], locked: Released
) -> None:
    attack(locked)
    assert locked.read()[0] == 4


def test_a_registry_that_is_down_is_told_and_what_was_kept_is_verified(tmp_path: Path) -> None:
    with plain_registry(_made(tmp_path / "registry")) as registry:
        found = asking(pushed_to(registry, tmp_path), _made(tmp_path / "there"))
        found.sign(WORLD.signature(digest=found.artifact))
        found.desk.ok("bundle", "lock", found.source)
    code, said = found.read()
    assert (code, "its signatures are those of the last look-up" in said) == (0, True)
    found.trust("else@example.com")
    assert found.read()[0] == 4
    found.trust(SUBJECT)
    found.kept().unlink()
    code, said = found.read()
    assert (code, "cannot be looked up" in said) == (4, True)


def test_a_registry_that_answers_is_believed_before_what_was_kept(released: Released) -> None:
    released.sign(WORLD.signature(digest=released.artifact))
    assert released.read() == (0, "")
    released.sign(SigstoreWorld().signature(digest=released.artifact))
    assert released.read()[0] == 4


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
