"""Delegations of Notary repositories, and the signers that a policy names by their keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from policyengine.collect.trust.notary.record import trust_records
from policyengine.errors import EvidenceError
from policyengine.model.trust_policy import TrustedKey, TrustedSigner
from tests.notary_files import (
    Repository,
    new_key,
)
from tests.unit.collect.trust.notary.repositories import (
    ANN,
    BOB,
    GOOD,
    OTHER,
    RELEASES,
    a_repository,
    policy,
    problems,
    verified,
    words,
)


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


def _ends_before_its_delegation(made: Repository) -> None:
    made.changes["targets"] = lambda document: document.update(expires="2026-08-01T00:00:00Z")


def _delegation_ends_first(made: Repository) -> None:
    made.changes[ANN] = lambda document: document.update(expires="2026-07-01T00:00:00Z")
    _ends_before_its_delegation(made)


@pytest.mark.parametrize(
    ("change", "expires"),
    [
        pytest.param(lambda made: None, "2030-01-01T00:00:00Z", id="all-at-once"),
        pytest.param(_ends_before_its_delegation, "2026-08-01T00:00:00Z", id="targets"),
        pytest.param(_delegation_ends_first, "2026-07-01T00:00:00Z", id="delegation"),
    ],
)
def test_a_signature_ends_with_the_first_of_what_it_stands_on(
    change: Callable[[Repository], None], expires: str
) -> None:
    made = a_repository()
    change(made)
    (found,) = (
        item
        for record in trust_records(verified(made), None)
        for item in record.signatures
        if item.signer == "ann"
    )
    assert (found.problem, str(found.expires)) == (None, expires)
