"""The file of known roots, and roots that are pinned by files."""

from __future__ import annotations

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from policyengine.collect.trust.notary.known_roots import KnownRoots
from policyengine.collect.trust.notary.verify import (
    read_pin,
)
from policyengine.errors import SettingsError
from tests.notary_files import (
    REPOSITORY,
    signed,
)
from tests.unit.collect.trust.notary.repositories import a_repository, verified


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
