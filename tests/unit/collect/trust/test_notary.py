"""Notary repositories: what is believed, and each way in which they are not."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policyengine.collect.trust.notary.known_roots import KnownRoots
from policyengine.collect.trust.notary.record import trust_records
from policyengine.collect.trust.notary.verify import (
    PinnedRoot,
    VerifiedRepository,
    read_pin,
    verify_repository,
)
from policyengine.errors import EvidenceError, SettingsError, UsageError
from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.trust_policy import TrustedKey, TrustedSigner, TrustPolicy
from tests.notary_files import (
    REPOSITORY,
    MemorySource,
    Repository,
    SigningKey,
    digest_of,
    new_key,
    signed,
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


def test_a_signer_and_the_release_hold() -> None:
    found = verified(a_repository())
    assert words(found) == {("ann", "1.4", GOOD, True), ("releases", "1.4", GOOD, True)}
    record = next(r for r in trust_records(found, None) if r.signers[0][0] == "ann")
    assert record.source.location.endswith("/targets/ann.json")
    assert record.signatures[0].pointer == "/signed/targets/1.4"
    assert record.anchor == "pinned"


@pytest.mark.parametrize("keytype", ["ecdsa", "ecdsa-x509", "rsa", "rsa-x509", "ed25519"])
def test_keys_of_every_type_verify(keytype: str) -> None:
    made = Repository(targets=new_key(keytype), tags={"targets": {"1.4": GOOD}})
    assert words(verified(made)) == {("Repo Admin", "1.4", GOOD, True)}


def _drop_signatures(made: Repository, role: str) -> None:
    made.signers[role] = ()


def _by_other_key(made: Repository, role: str) -> None:
    made.signers[role] = (new_key(),)


def _threshold_of_two(made: Repository, role: str) -> None:
    """Two keys are needed, and one signs twice."""
    second = new_key()

    def change(document: dict[str, Any]) -> None:
        document["keys"][second.keyid] = second.listed
        document["roles"][role] = {
            "keyids": [made.targets.keyid, second.keyid],
            "threshold": 2,
        }

    made.changes["root"] = change
    made.signers[role] = (made.targets, made.targets)


def _one_key_under_two_ids(made: Repository, role: str) -> None:
    """A certificate and a bare key of one key pair have two ids."""
    made.targets = new_key("ecdsa-x509")
    bare = SigningKey(made.targets.private, "ecdsa", _bare(made.targets))

    def change(document: dict[str, Any]) -> None:
        document["keys"][bare.keyid] = bare.listed
        document["roles"][role] = {"keyids": [made.targets.keyid, bare.keyid], "threshold": 2}

    made.changes["root"] = change
    made.signers[role] = (made.targets, bare)


def _bare(key: SigningKey) -> str:
    from cryptography.hazmat.primitives import serialization

    data = key.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(data).decode()


def _duplicate_keyids(made: Repository, role: str) -> None:
    def change(document: dict[str, Any]) -> None:
        document["roles"][role]["keyids"] *= 2
        document["roles"][role]["threshold"] = 2

    made.changes["root"] = change


def _wrong_keyid(made: Repository, role: str) -> None:
    """A key under the id of another: who looks keys up by id would be fooled."""

    def change(document: dict[str, Any]) -> None:
        document["keys"][made.targets.keyid] = new_key().listed

    made.changes["root"] = change


def _unknown_key_type(made: Repository, role: str) -> None:
    def change(document: dict[str, Any]) -> None:
        document["keys"][made.targets.keyid]["keytype"] = "none"

    made.changes["root"] = change


def _threshold_zero(made: Repository, role: str) -> None:
    def change(document: dict[str, Any]) -> None:
        document["roles"][role]["threshold"] = 0

    made.changes["root"] = change


def _no_role(made: Repository, role: str) -> None:
    def change(document: dict[str, Any]) -> None:
        del document["roles"][role]

    made.changes["root"] = change


def _expired(made: Repository, role: str) -> None:
    made.changes[role] = lambda document: document.update(expires="2026-05-31T23:59:59Z")


def _expires_never(made: Repository, role: str) -> None:
    made.changes[role] = lambda document: document.update(expires="never")


def _version_zero(made: Repository, role: str) -> None:
    made.changes[role] = lambda document: document.update(version=0)


def _type_of_tuf_1(made: Repository, role: str) -> None:
    made.changes[role] = lambda document: document.update(_type="targets")


def _of_other_type(made: Repository, role: str) -> None:
    made.changes[role] = lambda document: document.update(_type="Snapshot")


def _certificate_of_other_repository(made: Repository, role: str) -> None:
    made.root = new_key("ecdsa-x509", name="registry.example/prod/web")


def _certificate_expired(made: Repository, role: str) -> None:
    made.root = new_key("ecdsa-x509", days=30)


def _weak_rsa(made: Repository, role: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    weak = SigningKey(private, "rsa", "")
    made.targets = SigningKey(private, "rsa", _bare(weak))


@pytest.mark.parametrize(
    ("role", "change", "text"),
    [
        pytest.param("targets", _drop_signatures, "no signature", id="unsigned"),
        pytest.param("timestamp", _by_other_key, "no key of this role", id="timestamp-other-key"),
        pytest.param("snapshot", _by_other_key, "no key of this role", id="snapshot-other-key"),
        pytest.param("targets", _by_other_key, "no key of this role", id="targets-other-key"),
        pytest.param("root", _by_other_key, "no key of this role", id="root-other-key"),
        pytest.param("targets", _threshold_of_two, "1 of 2", id="one-key-signs-twice"),
        pytest.param("targets", _one_key_under_two_ids, "1 of 2", id="one-key-under-two-ids"),
        pytest.param("targets", _duplicate_keyids, "the same id twice", id="duplicate-keyids"),
        pytest.param("targets", _wrong_keyid, "the id of another key", id="key-under-other-id"),
        pytest.param("targets", _unknown_key_type, "unknown key type 'none'", id="unknown-type"),
        pytest.param("targets", _threshold_zero, "/threshold", id="threshold-zero"),
        pytest.param("targets", _no_role, "/roles/targets", id="role-missing"),
        pytest.param("timestamp", _expired, "timestamp metadata has expired", id="timestamp-old"),
        pytest.param("snapshot", _expired, "snapshot metadata has expired", id="snapshot-old"),
        pytest.param("targets", _expired, "targets metadata has expired", id="targets-old"),
        pytest.param("root", _expired, "root metadata has expired", id="root-old"),
        pytest.param("timestamp", _expires_never, "an RFC 3339 time", id="expires-never"),
        pytest.param("targets", _version_zero, "a number from 1", id="version-zero"),
        pytest.param("targets", _type_of_tuf_1, "The Update Framework 1.0", id="tuf-1.0"),
        pytest.param("targets", _of_other_type, "expected Targets", id="metadata-of-other-role"),
        pytest.param(
            "root", _certificate_of_other_repository, "another repository", id="other-repository"
        ),
        pytest.param("root", _certificate_expired, "not valid at this time", id="root-certificate"),
        pytest.param("targets", _weak_rsa, "no RSA key of 2048", id="weak-rsa"),
    ],
)
def test_a_repository_is_refused(
    role: str, change: Callable[[Repository, str], None], text: str
) -> None:
    made = a_repository()
    change(made, role)
    files = made.files()
    # Pinned by key: the root itself is then part of what is looked at.
    pin = PinnedRoot(origin="a key", keyid=made.root.keyid)
    with pytest.raises(EvidenceError) as caught:
        verified(made, files=files, pins=[pin])
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def _altered(files: dict[str, bytes], role: str) -> None:
    document = json.loads(files[role])
    document["signed"]["targets"]["1.4"] = document["signed"]["targets"].get("1.4", {})
    document["signed"]["version"] = 7
    files[role] = json.dumps(document).encode()


def _of_other_time(files: dict[str, bytes], role: str) -> None:
    """Another snapshot by the same key: the timestamp names one."""
    made = json.loads(files[role])
    made["signed"]["version"] = 5
    files[role] = json.dumps(made).encode()


def _gone(files: dict[str, bytes], role: str) -> None:
    del files[role]


def _method(files: dict[str, bytes], role: str) -> None:
    document = json.loads(files[role])
    for signature in document["signatures"]:
        signature["method"] = "none"
    files[role] = json.dumps(document).encode()


def _garbage(files: dict[str, bytes], role: str) -> None:
    files[role] = b'{"signed": '


@pytest.mark.parametrize(
    ("role", "change", "text"),
    [
        pytest.param("targets", _altered, "is not the file that the snapshot", id="altered"),
        pytest.param("snapshot", _of_other_time, "is not the file that the timestamp", id="mixed"),
        pytest.param("timestamp", _gone, "no timestamp metadata", id="no-timestamp"),
        pytest.param("snapshot", _gone, "no snapshot metadata", id="no-snapshot"),
        pytest.param("timestamp", _method, "'none' is no method", id="unknown-method"),
        pytest.param("timestamp", _garbage, "cut off", id="cut"),
        pytest.param("root", _garbage, "cut off", id="root-cut"),
    ],
)
def test_files_that_were_changed_on_the_way_are_refused(
    role: str, change: Callable[[dict[str, bytes], str], None], text: str
) -> None:
    made = a_repository()
    files = made.files()
    change(files, role)
    with pytest.raises(EvidenceError, match=text):
        verified(made, files=files)


def test_without_an_anchor_nothing_is_believed() -> None:
    source = MemorySource(a_repository().files())
    with pytest.raises(UsageError, match="no root to trust"):
        verify_repository(REPOSITORY, source, now=NOW)


# -- Delegations ---------------------------------------------------------------------------------


def _delegation_unsigned(made: Repository) -> None:
    made.signers[ANN] = ()


def _delegation_rotated(made: Repository) -> None:
    made.signers[ANN] = (new_key(),)


def _delegation_expired(made: Repository) -> None:
    made.changes[ANN] = lambda document: document.update(expires="2026-01-01T00:00:00Z")


def _delegation_outside_its_paths(made: Repository) -> None:
    def change(document: dict[str, Any]) -> None:
        for role in document["delegations"]["roles"]:
            if role["name"] == ANN:
                role["paths"] = ["2."]

    made.changes["targets"] = change


def _delegation_without_paths(made: Repository) -> None:
    def change(document: dict[str, Any]) -> None:
        for role in document["delegations"]["roles"]:
            if role["name"] == ANN:
                role["paths"] = []

    made.changes["targets"] = change


def _another_digest_released(made: Repository) -> None:
    made.tags[RELEASES] = {"1.4": OTHER}


def _never_released(made: Repository) -> None:
    made.tags[RELEASES] = {}


def _unclear_release(made: Repository) -> None:
    made.changes[RELEASES] = lambda document: document.update(expires="2026-01-01T00:00:00Z")


def _key_of_unknown_type(made: Repository) -> None:
    key = made.delegations[ANN][0]

    def change(document: dict[str, Any]) -> None:
        document["delegations"]["keys"][key.keyid]["keytype"] = "rot13"

    made.changes["targets"] = change


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param(_delegation_unsigned, "too few valid signatures", id="unsigned"),
        pytest.param(_delegation_rotated, "no key of this role", id="key-rotated"),
        pytest.param(_delegation_expired, "targets/ann metadata has expired", id="expired"),
        pytest.param(_delegation_outside_its_paths, "its paths are 2.", id="outside-paths"),
        pytest.param(_delegation_without_paths, "its paths are none", id="no-paths"),
        pytest.param(_another_digest_released, f"released as sha256:{OTHER}", id="other-release"),
        pytest.param(_never_released, "not released", id="never-released"),
        pytest.param(_unclear_release, "targets/releases metadata has expired", id="release-old"),
        pytest.param(_key_of_unknown_type, "unknown key type 'rot13'", id="unknown-key-type"),
    ],
)
def test_a_delegation_that_does_not_hold_has_its_problem(
    change: Callable[[Repository], None], text: str
) -> None:
    made = a_repository()
    change(made)
    found = verified(made)
    assert text in problems(found)
    assert ("ann", "1.4", GOOD, True) not in words(found)


def test_a_signer_without_signatures_is_no_problem() -> None:
    found = verified(a_repository())
    bob = next(role for role in found.roles if role.name == BOB)
    assert (bob.problem, bob.tags) == (None, ())


def test_roles_may_delegate_only_below_themselves() -> None:
    made = a_repository()

    def change(document: dict[str, Any]) -> None:
        document["delegations"]["roles"][0]["name"] = "snapshot"

    made.changes["targets"] = change
    with pytest.raises(EvidenceError, match="targets/NAME"):
        verified(made)


def test_a_role_below_a_role_needs_the_paths_of_both() -> None:
    made = a_repository()
    deep = new_key()
    made.delegations["targets/ann/ci"] = (deep,)
    made.tags["targets/ann/ci"] = {"1.4": GOOD}
    assert ("ann/ci", "1.4", GOOD, True) in words(verified(made))
    _delegation_outside_its_paths(made)
    assert ("ann/ci", "1.4", GOOD, False) in words(verified(made))


# -- Trust policies ------------------------------------------------------------------------------


def test_a_policy_names_signers_by_their_keys() -> None:
    made = a_repository()
    key = made.delegations[ANN][0]
    team = TrustedSigner(name="release-team", keyids=(key.keyid,))
    assert words(verified(made), policy(team)) == {("release-team", "1.4", GOOD, True)}


def test_a_policy_may_have_the_key_itself() -> None:
    made = a_repository()
    (role,) = [role for role in verified(made).roles if role.name == ANN]
    (key,) = role.signed_by
    trusted = TrustedKey(keyid=key.fingerprint, spki=b"", origin="ann.pub")
    team = TrustedSigner(name="release-team", keys=(trusted,))
    assert words(verified(made), policy(team)) == {("release-team", "1.4", GOOD, True)}


def test_a_rotated_key_is_told_apart_from_a_strangers() -> None:
    made = a_repository()
    old = TrustedSigner(name="ann", keyids=("0" * 64,))
    text = problems(verified(made), policy(old))
    assert "none of its keys in the trust policy" in text
    assert "the key was rotated" in text
    assert "a key of no signer of the trust policy" in text  # of targets/releases
    assert {word[0] for word in words(verified(made), policy(old))} == {None}
    assert not any(word[3] for word in words(verified(made), policy(old)))


# -- Roots ---------------------------------------------------------------------------------------


def _rotated(made: Repository, *also: SigningKey) -> None:
    if not made.roots:
        made.add_root()
    made.root = new_key("ecdsa-x509")
    made.add_root(*also)
    made.version += 1


@pytest.fixture
def known(tmp_path: Path) -> KnownRoots:
    return KnownRoots(tmp_path / "known-roots.json")


def test_the_first_root_is_taken_and_remembered(known: KnownRoots) -> None:
    made = a_repository()
    files = made.files()
    assert verified(made, files=files, known=known).anchor == "first_use"
    assert verified(made, files=files, known=known).anchor == "known"
    assert oct(known.path.stat().st_mode & 0o777) == "0o600"


def test_a_rotation_signed_by_the_old_key_is_followed(known: KnownRoots) -> None:
    made = a_repository()
    verified(made, known=known)
    old = made.root
    _rotated(made, old)
    middle = made.root
    _rotated(made, middle)
    found = verified(made, known=known)
    assert found.anchor == "known"
    # The old root is forgotten: a server cannot go back to it.
    stale = a_repository()
    stale.root, stale.roots = old, made.roots[:1]
    with pytest.raises(EvidenceError, match="another one than is trusted"):
        verified(stale, known=known)


def _rotated_unseen(made: Repository) -> None:
    _rotated(made)


def _rotated_without_the_new_key(made: Repository) -> None:
    made.signers = {"root": (made.root,)}
    _rotated(made)


def _version_skipped(made: Repository) -> None:
    old = made.root
    _rotated(made, old)
    _rotated(made, old)
    made.roots[1] = made.roots[2]


def _begun_anew(made: Repository) -> None:
    made.roots.clear()
    made.root = new_key("ecdsa-x509")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        pytest.param(_rotated_unseen, "the root before does not vouch", id="not-signed-by-old"),
        pytest.param(_rotated_without_the_new_key, "too few valid", id="not-signed-by-new"),
        pytest.param(_version_skipped, "does not follow", id="version-skipped"),
        pytest.param(_begun_anew, "another one than is trusted", id="begun-anew"),
    ],
)
def test_a_root_that_nobody_vouched_for_is_refused_and_both_are_named(
    known: KnownRoots, change: Callable[[Repository], None], text: str
) -> None:
    made = a_repository()
    verified(made, known=known)
    change(made)
    with pytest.raises(EvidenceError, match=text):
        verified(made, known=known)
    assert known.find(REPOSITORY) is not None


def test_a_changed_root_is_told_with_the_keys_of_both(known: KnownRoots) -> None:
    made = a_repository()
    (before,) = verified(made, known=known).root_keyids
    _begun_anew(made)
    (after,) = verified(made, pins=[pin_of(made)]).root_keyids
    with pytest.raises(EvidenceError) as caught:
        verified(made, known=known)
    assert before in str(caught.value)
    assert after in str(caught.value)


def test_versions_of_the_root_may_not_be_missing() -> None:
    made = a_repository()
    pin = pin_of(made)
    _rotated(made, made.root)
    _rotated(made, made.root)
    files = made.files()
    del files["2.root"]
    with pytest.raises(EvidenceError, match="a version of the root is missing"):
        verified(made, files=files, pins=[pin])


def test_a_pinned_key_id_is_followed_to_the_newest_root() -> None:
    made = a_repository()
    made.add_root()
    pin = PinnedRoot(origin="a key", keyid=made.root.keyid)
    _rotated(made, made.root)
    assert verified(made, pins=[pin]).anchor == "pinned"
    stranger = PinnedRoot(origin="a key", keyid="0" * 64)
    with pytest.raises(EvidenceError, match="the root key is not the pinned one") as caught:
        verified(made, pins=[stranger])
    assert "0" * 64 in str(caught.value)


def test_of_many_pinned_roots_the_repositorys_own_counts() -> None:
    made = a_repository()
    other = Repository(root=new_key("ecdsa-x509", name="registry.example/prod/web"))
    assert verified(made, pins=[pin_of(other), pin_of(made)]).anchor == "pinned"
    with pytest.raises(EvidenceError, match="none of the pinned roots is of this repository"):
        verified(made, pins=[pin_of(other)])


def test_a_root_key_without_a_certificate_is_of_no_repository() -> None:
    made = Repository(root=new_key("ecdsa"), tags={"targets": {"1.4": GOOD}})
    pin = PinnedRoot(origin="a key", keyid=made.root.keyid)
    with pytest.raises(EvidenceError, match="found no certificate"):
        verified(made, pins=[pin])


def test_a_pinned_root_beats_a_known_one(known: KnownRoots) -> None:
    made, other = a_repository(), a_repository()
    verified(made, known=known)
    with pytest.raises(EvidenceError, match="another one than is trusted"):
        verified(made, pins=[pin_of(other)], known=known)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_metadata_older_than_was_seen_is_a_rollback(known: KnownRoots, role: str) -> None:
    made = a_repository()
    made.version = 3
    verified(made, known=known)
    made.version = 4
    made.changes[role] = lambda document: document.update(version=2)
    with pytest.raises(EvidenceError, match=f"the {role} metadata is older.*rollback"):
        verified(made, known=known)


def test_a_delegation_older_than_was_seen_is_a_rollback(known: KnownRoots) -> None:
    made = a_repository()
    made.version = 3
    verified(made, known=known)
    made.version = 4
    made.changes[ANN] = lambda document: document.update(version=2)
    assert "rollback" in problems(verified(made, known=known))


def test_a_delegation_that_vanished_is_told(known: KnownRoots) -> None:
    made = a_repository()
    verified(made, known=known)
    made.version = 2
    del made.tags[ANN]
    records = trust_records(verified(made, known=known), None)
    assert "the snapshot names it no more" in " ".join(records[0].problems)


def test_one_version_has_one_content(known: KnownRoots) -> None:
    made = a_repository()
    verified(made, known=known)
    made.tags["targets"] = {"evil": OTHER}
    with pytest.raises(EvidenceError, match="differs from what was seen of the same version"):
        verified(made, known=known)


def test_trust_data_that_vanished_is_an_error_and_what_never_was_is_none(
    known: KnownRoots,
) -> None:
    assert verify_repository(REPOSITORY, MemorySource({}), now=NOW, known_roots=known) is None
    verified(a_repository(), known=known)
    with pytest.raises(EvidenceError, match="is gone"):
        verify_repository(REPOSITORY, MemorySource({}), now=NOW, known_roots=known)


def test_an_older_root_is_not_shown_beside_a_newer_snapshot() -> None:
    made = a_repository()
    pin = pin_of(made)
    _rotated(made, made.root)
    files = made.files()
    # The newest root is held back: its revocations would be lost.
    files["root"] = files["1.root"]
    with pytest.raises(EvidenceError, match="is not the file that the snapshot metadata names"):
        verified(made, files=files, pins=[pin])


# -- The file of known roots ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"{", "cut off", id="cut"),
        pytest.param(b"[]", "an object", id="array"),
        pytest.param(b'{"version": 2, "repositories": {}}', "a file of known roots", id="version"),
        pytest.param(
            b'{"version": 1, "repositories": {"a": {"root": "", "versions": {"x": 1}}}}',
            "expected an object",
            id="version-no-object",
        ),
    ],
)
def test_a_file_of_known_roots_that_is_wrong_is_refused(
    known: KnownRoots, content: bytes, text: str
) -> None:
    known.path.write_bytes(content)
    with pytest.raises(SettingsError, match=text):
        known.find(REPOSITORY)


def test_a_file_that_others_can_write_is_refused(known: KnownRoots) -> None:
    verified(a_repository(), known=known)
    known.path.chmod(0o666)
    with pytest.raises(SettingsError, match="others can write"):
        known.find(REPOSITORY)
    known.path.chmod(0o600)
    known.path.parent.chmod(0o777)
    with pytest.raises(SettingsError, match="others can write"):
        known.find(REPOSITORY)
    known.path.parent.chmod(0o700)
    assert known.find(REPOSITORY) is not None


def test_a_failed_write_leaves_the_old_file(
    known: KnownRoots, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = a_repository()
    verified(made, known=known)
    before = known.path.read_bytes()
    made.version = 2

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(SettingsError, match="No space left"):
        verified(made, known=known)
    assert known.path.read_bytes() == before
    assert {path.name for path in known.path.parent.iterdir()} == {
        "known-roots.json",
        ".known-roots.json.lock",
    }


def test_another_process_may_have_seen_more(known: KnownRoots) -> None:
    made = a_repository()
    verified(made, known=known)
    before = known.find(REPOSITORY)
    made.version = 5
    verified(made, known=known)
    assert before is not None
    known.record(before, before)  # a slower process, which began before
    after = known.find(REPOSITORY)
    assert after is not None
    assert after.versions["timestamp"].version == 5


def test_many_at_once_lose_nothing(known: KnownRoots) -> None:
    made = a_repository()
    verified(made, known=known)
    first = known.find(REPOSITORY)
    assert first is not None
    names = [f"registry.example/prod/api-{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda name: KnownRoots(known.path).record(replace(first, repository=name), None),
                names,
            )
        )
    assert all(known.find(name) is not None for name in [*names, REPOSITORY])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"not a root", id="text"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="pem"),
        pytest.param(signed({"_type": "Targets"}), id="targets"),
    ],
)
def test_what_is_no_root_cannot_be_pinned(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "root.json"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="is no root to pin"):
        read_pin(str(path))


def test_a_certificate_pins_its_key(tmp_path: Path) -> None:
    made = a_repository()
    path = tmp_path / "root.pem"
    path.write_bytes(base64.b64decode(made.root.public))
    assert verified(made, pins=[read_pin(str(path))]).anchor == "pinned"
