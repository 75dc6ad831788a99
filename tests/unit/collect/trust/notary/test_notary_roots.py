"""Roots of Notary repositories: the first use, rotations, rollbacks, and pins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policyengine.collect.trust.notary.known_roots import KnownRoots
from policyengine.collect.trust.notary.record import trust_records
from policyengine.collect.trust.notary.verify import (
    PinnedRoot,
    verify_repository,
)
from policyengine.errors import EvidenceError
from tests.notary_files import (
    REPOSITORY,
    MemorySource,
    Repository,
    new_key,
)
from tests.unit.collect.trust.notary.repositories import (
    ANN,
    GOOD,
    NOW,
    OTHER,
    _rotated,
    a_repository,
    pin_of,
    problems,
    verified,
)


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
