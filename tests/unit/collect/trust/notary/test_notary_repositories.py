"""Notary repositories: what is believed, and each way in which they are not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from policyengine.collect.trust.notary.record import trust_records
from policyengine.collect.trust.notary.verify import (
    PinnedRoot,
    verify_repository,
)
from policyengine.errors import EvidenceError, UsageError
from tests.notary_files import (
    REPOSITORY,
    MemorySource,
    Repository,
    SigningKey,
    new_key,
)
from tests.unit.collect.trust.notary.repositories import GOOD, NOW, a_repository, verified, words


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
