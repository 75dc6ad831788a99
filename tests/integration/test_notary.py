"""Docker Content Trust as it is: ``docker trust sign`` against a real Notary server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from policyengine.cli import cli
from policyengine.collect.trust.notary.directory import DirectorySource
from policyengine.collect.trust.notary.known_roots import KnownRoots
from policyengine.collect.trust.notary.record import trust_records
from policyengine.collect.trust.notary.server import open_server
from policyengine.collect.trust.notary.verify import (
    PinnedRoot,
    VerifiedRepository,
    read_pin,
    verify_repository,
)
from policyengine.errors import EvidenceError
from policyengine.model.instant import Instant
from policyengine.model.reference import ImageReference
from tests.integration.components import run
from tests.integration.images import load
from tests.integration.notary_server import Notary, notary_server
from tests.integration.registries import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An image that was signed by ``ann``, and the server that knows it."""

    notary: Notary
    registry: Registry
    docker_host: str
    repository: str
    digest: str

    def verify(
        self,
        *,
        now: Instant,
        pins: tuple[PinnedRoot, ...] = (),
        known: KnownRoots | None = None,
    ) -> VerifiedRepository:
        access = self.notary.access(self.registry.host)
        reference = ImageReference.parse(self.repository)
        with open_server(self.notary.url, reference, access) as source:
            found = verify_repository(
                self.repository, source, now=now, pins=pins, known_roots=known
            )
        assert found is not None
        return found

    def sign(self, tag: str) -> None:
        """Sign and push another tag of the same image."""
        reference = f"{self.repository}:{tag}"
        self.notary.docker("tag", f"{self.repository}:1.4", reference, docker_host=self.docker_host)
        self.notary.docker("trust", "sign", reference, docker_host=self.docker_host)

    def metadata(self) -> Path:
        """Where the Docker client keeps the repository's metadata."""
        return self.notary.config / "trust" / "tuf" / self.repository / "metadata"


@pytest.fixture(scope="module")
def signed(
    registry: Registry,
    docker_host: str,
    buildah_image: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Signed]:
    repository = f"{registry.host}/trusted/example"
    with notary_server(tmp_path_factory.mktemp("notary")) as notary:
        load(buildah_image, docker_host)
        reference = f"{repository}:1.4"
        notary.docker("tag", "localhost/example:1.4", reference, docker_host=docker_host)
        notary.docker(
            "trust", "key", "generate", "ann", "--dir", notary.config, docker_host=docker_host
        )
        notary.docker(
            "trust", "signer", "add", "--key", notary.config / "ann.pub", "ann", repository,
            docker_host=docker_host,
        )  # fmt: skip
        notary.docker("trust", "sign", reference, docker_host=docker_host)
        digest = run("crane", "digest", "--insecure", reference).strip()
        yield Signed(
            notary=notary,
            registry=registry,
            docker_host=docker_host,
            repository=repository,
            digest=digest,
        )


@pytest.fixture
def now() -> Instant:
    # Certificates are valid from the second in which they are made.
    return Instant(time.time_ns() + 2_000_000_000)


def days_after(now: Instant, days: int) -> Instant:
    return Instant(now.ns + days * 86_400_000_000_000)


def test_what_docker_signed_holds(signed: Signed, tmp_path: Path, now: Instant) -> None:
    found = signed.verify(now=now, known=KnownRoots(tmp_path / "known.json"))
    words = {
        (item.signer, item.tag, item.signed_digest, item.problem)
        for record in trust_records(found, None)
        for item in record.signatures
    }
    assert words == {
        ("ann", "1.4", signed.digest, None),
        ("releases", "1.4", signed.digest, None),
    }


def test_docker_says_the_same(signed: Signed, now: Instant, tmp_path: Path) -> None:
    shown = json.loads(
        signed.notary.docker("trust", "inspect", signed.repository, docker_host=signed.docker_host)
    )
    (entry,) = shown
    found = signed.verify(now=now, known=KnownRoots(tmp_path / "known.json"))
    (record, *_) = trust_records(found, None)
    keys = {key["Name"]: [k["ID"] for k in key["Keys"]] for key in entry["AdministrativeKeys"]}
    assert list(record.root_keyids) == keys["Root"]
    assert list(record.repository_keyids) == keys["Repository"]
    ann = next(role for role in found.roles if role.name == "targets/ann")
    assert [{"Name": "ann", "Keys": [{"ID": keyid} for keyid in ann.keyids]}] == entry["Signers"]
    for tag in entry["SignedTags"]:
        assert ("sha256:" + tag["Digest"]) in {item.digest for item in ann.tags}


def test_the_root_can_be_pinned_by_file_key_and_certificate(signed: Signed, now: Instant) -> None:
    (keyid,) = signed.verify(now=now, pins=(root_file(signed),)).root_keyids
    assert signed.verify(now=now, pins=(read_pin(keyid),)).anchor == "pinned"
    with pytest.raises(EvidenceError, match="the root key is not the pinned one"):
        signed.verify(now=now, pins=(read_pin("0" * 64),))


def root_file(signed: Signed) -> PinnedRoot:
    return read_pin(str(signed.metadata() / "root.json"))


@pytest.mark.parametrize(
    ("days", "text"),
    [
        pytest.param(20, "the timestamp metadata has expired", id="timestamp"),
        pytest.param(4000, "the root metadata has expired", id="root"),
    ],
)
def test_what_is_held_back_expires(signed: Signed, now: Instant, days: int, text: str) -> None:
    with pytest.raises(EvidenceError, match=text):
        signed.verify(now=days_after(now, days), pins=(root_file(signed),))


def test_an_old_state_is_not_believed_after_a_new_one(
    signed: Signed, now: Instant, tmp_path: Path
) -> None:
    known = KnownRoots(tmp_path / "known.json")
    old = shutil.copytree(signed.metadata(), tmp_path / "old")
    signed.sign("1.5")
    found = signed.verify(now=now, known=known)
    assert "1.5" in {tag.tag for role in found.roles for tag in role.tags}
    with pytest.raises(EvidenceError, match="a rollback"):
        verify_repository(signed.repository, DirectorySource(old), now=now, known_roots=known)


def test_a_directory_of_the_docker_client_is_read_offline(
    signed: Signed, now: Instant, tmp_path: Path
) -> None:
    source = DirectorySource(shutil.copytree(signed.metadata(), tmp_path / "copy"))
    pins = (root_file(signed),)
    found = verify_repository(signed.repository, source, now=now, pins=pins)
    assert found is not None
    assert signed.digest in {tag.digest for role in found.roles for tag in role.tags}


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets"])
def test_one_changed_byte_in_real_metadata_is_refused(
    signed: Signed, now: Instant, tmp_path: Path, role: str
) -> None:
    pins = (root_file(signed),)
    folder = shutil.copytree(signed.metadata(), tmp_path / "copy")
    path = folder / f"{role}.json"
    document = json.loads(path.read_bytes())
    document["signed"]["expires"] = "2099" + document["signed"]["expires"][4:]
    path.write_text(json.dumps(document))
    with pytest.raises(EvidenceError):
        verify_repository(signed.repository, DirectorySource(folder), now=now, pins=pins)


def test_a_changed_delegation_has_a_problem(signed: Signed, now: Instant, tmp_path: Path) -> None:
    folder = shutil.copytree(signed.metadata(), tmp_path / "copy")
    path = folder / "targets" / "ann.json"
    path.write_bytes(path.read_bytes().replace(b'"sig":"', b'"sig":"A', 1))
    found = verify_repository(
        signed.repository, DirectorySource(folder), now=now, pins=(root_file(signed),)
    )
    assert found is not None
    (ann,) = [role for role in found.roles if role.name == "targets/ann"]
    assert ann.problem is not None


def test_metadata_of_another_repository_is_refused(signed: Signed, now: Instant) -> None:
    source = DirectorySource(signed.metadata())
    with pytest.raises(EvidenceError, match="none of the pinned roots is of this repository"):
        verify_repository(
            f"{signed.registry.host}/trusted/other", source, now=now, pins=(root_file(signed),)
        )
    (keyid,) = signed.verify(now=now, pins=(root_file(signed),)).root_keyids
    with pytest.raises(EvidenceError, match="is for another repository"):
        verify_repository(
            f"{signed.registry.host}/trusted/other", source, now=now, pins=(read_pin(keyid),)
        )


def test_another_server_of_the_same_name_is_refused_and_both_roots_are_named(
    signed: Signed, now: Instant, tmp_path: Path
) -> None:
    known = KnownRoots(tmp_path / "known.json")
    (mine,) = signed.verify(now=now, known=known).root_keyids
    (tmp_path / "server").mkdir()
    with notary_server(tmp_path / "server") as other:
        other.notary("init", "-p", signed.repository)
        with open_server(
            other.url, ImageReference.parse(signed.repository), other.access(signed.registry.host)
        ) as source:
            with pytest.raises(EvidenceError, match="another one than is trusted") as caught:
                verify_repository(signed.repository, source, now=now, known_roots=known)
            theirs = source.current("root")
    assert theirs is not None
    assert mine in str(caught.value)


def test_a_real_rotation_of_the_root_key_is_followed(signed: Signed, tmp_path: Path) -> None:
    repository = f"{signed.registry.host}/trusted/rotated"
    notary, reference = signed.notary, ImageReference.parse(repository)
    known = KnownRoots(tmp_path / "known.json")

    def roots() -> tuple[str, ...]:
        with open_server(notary.url, reference, notary.access(signed.registry.host)) as source:
            # Certificates are valid from the second in which they are made.
            later = Instant(time.time_ns() + 2_000_000_000)
            found = verify_repository(repository, source, now=later, known_roots=known)
        assert found is not None
        return found.root_keyids

    notary.notary("init", "-p", repository)
    before = roots()
    run("sh", "-c", f"yes | {_command(notary)} key rotate {repository} root",
        environment=notary.environment)  # fmt: skip
    after = roots()
    assert before != after
    assert roots() == after


def _command(notary: Notary) -> str:
    return f"notary -s {notary.url} --tlscacert {notary.ca_file} -d {notary.config / 'trust'}"


def test_check_holds_an_image_to_its_signers(signed: Signed, tmp_path: Path) -> None:
    ann = next(
        role for role in signed.verify(now=Instant(time.time_ns()), pins=(root_file(signed),)).roles
        if role.name == "targets/ann"
    )  # fmt: skip

    def collected(tag: str, policy: object) -> dict[str, object]:
        (tmp_path / "policy.json").write_text(json.dumps(policy))
        image = f"{signed.repository}:{tag}"
        written = tmp_path / "document.json"
        arguments = [
            "collect", image, "--insecure-registry", signed.registry.host,
            "--registry-ca", str(signed.notary.ca_file), "--notary", signed.notary.url,
            "--root", str(signed.metadata() / "root.json"),
            "--trust-policy", str(tmp_path / "policy.json"), "--output", str(written),
        ]  # fmt: skip
        done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        trust: dict[str, object] = json.loads(written.read_text())["trust"]
        return trust

    team = {"release-team": {"keyids": list(ann.keyids), "repos": [f"{signed.registry.host}/**"]}}
    trust = collected("1.4", {"signers": team})
    assert [item["met"] for item in _objects(trust, "policy", "requirements")] == [True]
    team["release-team"]["repos"] = ["elsewhere.example/**"]
    trust = collected("1.4", {"signers": team})
    problems = {str(item["problem"]) for item in _objects(trust, "signatures")}
    assert any("may sign elsewhere.example/** only" in problem for problem in problems)
    rotated = {"ann": {"keyids": ["0" * 64]}}
    trust = collected("1.4", {"signers": rotated})
    assert [item["met"] for item in _objects(trust, "policy", "requirements")] == [False]
    assert any("rotated" in str(item["problem"]) for item in _objects(trust, "signatures"))


def test_check_denies_what_the_policys_signers_did_not_sign(
    signed: Signed, tmp_path: Path, now: Instant
) -> None:
    pins = (root_file(signed),)
    (ann,) = [role for role in signed.verify(now=now, pins=pins).roles if role.name[8:] == "ann"]
    policy = tmp_path / "policy.json"

    def judged(keyid: str, *options: str) -> tuple[int, str]:
        policy.write_text(json.dumps({"signers": {"release-team": {"keyids": [keyid]}}}))
        arguments = [
            "check", f"{signed.repository}:1.4", "--insecure-registry", signed.registry.host,
            "--registry-ca", str(signed.notary.ca_file), "--notary", signed.notary.url,
            "--root", str(signed.metadata() / "root.json"), "--trust-policy", str(policy),
            "--format", "json", *options,
        ]  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "policyengine.cli", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    verdict = json.loads(judged(ann.keyids[0])[1])["verdicts"][0]
    assert "trust.policy" in {rule["id"] for rule in verdict["judged"]}
    assert "trust.policy" not in {reason["rule"]["id"] for reason in verdict["reasons"]}
    code, said = judged("0" * 64)
    reasons = json.loads(said)["verdicts"][0]["reasons"]
    assert code == 1
    assert "trust.policy" in {reason["rule"]["id"] for reason in reasons}
    code, said = judged(ann.keyids[0], "--now", str(days_after(now, 20)))
    assert code == 3
    assert "the timestamp metadata has expired" in said


def _objects(value: Any, *names: str) -> list[dict[str, Any]]:
    for name in names:
        value = value[name]
    return list(value)
