"""A run that finds a lock file refuses every bundle but the locked ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle
from tests.bundle_files import RULE, write_bundle
from tests.unit.cli.conftest import NOW, Command
from tests.unit.cli.test_bundle_trust import sign, write_keys

READERS = [
    pytest.param(("check", "image.tar", "--now", NOW), id="check"),
    pytest.param(("gate", "image.json"), id="gate"),
    pytest.param(("audit", "run", "images.txt", "--now", NOW, "-o", "rows.jsonl"), id="audit"),
    pytest.param(("eval", "data.acme"), id="eval"),
]


@pytest.fixture
def locked(command: Command, folder: Path) -> Path:
    """The directory ``acme`` is locked."""
    assert command("collect", "image.tar", "--now", NOW, "-o", "image.json").code == 0
    (folder / "images.txt").write_text("docker-archive:image.tar\n")
    write_bundle(folder / "acme", entrypoints=["acme"])
    write_bundle(folder / "other", entrypoints=["acme"], name="other")
    done = command("bundle", "lock", "./acme")
    assert done.code == 0, done.err
    return folder


def entry(folder: Path) -> Any:
    return json.loads((folder / "policyengine.lock").read_text())["bundles"]


def test_the_file_says_which_bundle_it_is(command: Command, locked: Path) -> None:
    digest = open_bundle("./acme", parameters={}).identity.digest
    assert entry(locked) == {
        "acme": {
            "name": "acme",
            "version": "1.2.3",
            "revision": "r7",
            "digest": digest,
            "signer": None,
            "artifact": None,
        }
    }


@pytest.mark.parametrize("reader", READERS)
def test_the_locked_bundle_is_read(command: Command, locked: Path, reader: tuple[str, ...]) -> None:
    done = command(*reader, "-b", "./acme")
    assert done.code == 0, done.err
    assert command(*reader, "-b", str(locked / "acme")).code == 0


def change_rule(folder: Path) -> None:
    (folder / "acme" / "user.rego").write_text(RULE.replace("is_root", "is_root\n"))


def change_version(folder: Path) -> None:
    write_bundle(folder / "acme", entrypoints=["acme"], version="1.2.4")


def add_data(folder: Path) -> None:
    write_bundle(folder / "acme", files={"acme/data.json": b'{"x": 1}'}, entrypoints=["acme"])


def rewrite(change: Callable[[Any], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "policyengine.lock"
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    return spoil


SPOILS = [
    pytest.param(change_rule, "its digest differs", id="a rule changed"),
    pytest.param(change_version, "its version differs", id="another version"),
    pytest.param(add_data, "its digest differs", id="data added"),
    pytest.param(
        rewrite(lambda lock: lock["bundles"]["acme"].update(signer="sha256:" + "0" * 64)),
        "its signer differs",
        id="locked with a signature",
    ),
    pytest.param(
        rewrite(lambda lock: lock["bundles"].clear()), "not in the lock file", id="not in it"
    ),
    pytest.param(rewrite(lambda lock: lock.update(version=2)), "/version", id="another format"),
    pytest.param(
        rewrite(lambda lock: lock["bundles"]["acme"].update(digest="0" * 63)),
        "a SHA-256",
        id="no digest",
    ),
    pytest.param(
        rewrite(lambda lock: lock["bundles"]["acme"].update(also=1)), "unknown key", id="a key more"
    ),
    pytest.param(
        lambda folder: (folder / "policyengine.lock").write_text(""), "empty", id="an empty file"
    ),
    pytest.param(
        lambda folder: (folder / "policyengine.lock").write_text("{"), "JSON", id="half a file"
    ),
    pytest.param(
        lambda folder: (
            (folder / "policyengine.lock").unlink(),
            (folder / "policyengine.lock").symlink_to("nowhere"),
        ),
        "cannot be opened",
        id="a link that leads nowhere",
    ),
]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("spoil", "said"), SPOILS)
def test_any_other_is_refused_by_every_command(
    command: Command,
    locked: Path,
    reader: tuple[str, ...],
    spoil: Callable[[Path], None],
    said: str,
) -> None:
    spoil(locked)
    done = command(*reader, "-b", "./acme")
    assert (done.code, done.out) == (4, "")
    assert said in done.err


@pytest.mark.parametrize("bundle", ["./other", "baseline"])
def test_a_bundle_that_is_not_locked_is_refused(
    command: Command, locked: Path, bundle: str
) -> None:
    done = command("gate", "image.json", "-b", bundle)
    assert (done.code, "bundle lock" in done.err) == (4, True)
    assert command("gate", "image.json").code == 4


def test_the_lock_file_beside_the_settings_counts_from_below_them(
    command: Command, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (locked / "policyengine.toml").write_text('bundle = "./acme"\n')
    (locked / "below").mkdir()
    monkeypatch.chdir(locked / "below")
    assert command("gate", "../image.json").code == 0
    assert command("gate", "../image.json", "-b", "../acme").code == 0
    change_rule(locked)
    assert command("gate", "../image.json").code == 4
    assert command("bundle", "update").code == 0
    assert command("gate", "../image.json").code == 0


def test_outdated_tells_and_changes_nothing(command: Command, locked: Path) -> None:
    kept = (locked / "policyengine.lock").read_bytes()
    assert command("bundle", "outdated").code == 0
    change_version(locked)
    done = command("bundle", "outdated")
    assert (done.code, "1.2.3, now 1.2.4" in done.out) == (1, True)
    change_rule(locked)
    (locked / "acme" / ".manifest").unlink()
    done = command("bundle", "outdated", "-f", "json")
    assert (done.code, json.loads(done.out)[0]["outdated"]) == (4, None)
    assert (locked / "policyengine.lock").read_bytes() == kept


def test_update_takes_what_the_source_is_now(command: Command, locked: Path) -> None:
    change_version(locked)
    assert command("gate", "image.json", "-b", "./acme").code == 4
    assert command("bundle", "update", "./acme").code == 0
    assert entry(locked)["acme"]["version"] == "1.2.4"
    assert command("gate", "image.json", "-b", "./acme").code == 0
    assert command("bundle", "update", "./other").code == 4
    assert list(entry(locked)) == ["acme"]


def test_what_is_rejected_is_not_locked(command: Command, locked: Path) -> None:
    kept = (locked / "policyengine.lock").read_bytes()
    (locked / "acme" / "user.rego").write_text("package acme.user\n\ndeny contains input.x if\n")
    assert command("bundle", "lock", "./acme").code == 4
    assert command("bundle", "update").code == 4
    assert (locked / "policyengine.lock").read_bytes() == kept


def test_there_must_be_a_lock_file_to_update(command: Command, folder: Path) -> None:
    for name in ("update", "outdated"):
        assert command("bundle", name).code == 2


def test_without_a_source_the_bundle_of_the_settings_is_locked(
    command: Command, folder: Path
) -> None:
    assert command("bundle", "lock").code == 0
    assert list(entry(folder)) == ["baseline"]


def test_the_signer_is_locked_with_the_bundle(command: Command, locked: Path) -> None:
    write_keys(locked, "acme")
    write_keys(locked, "other")
    (locked / "acme" / "CHANGELOG.md").write_text("## 1.2.3\n\n- x\n")
    (locked / "acme" / "user_test.rego").write_text(
        "package acme.user_test\n\ntest_nothing if true\n"
    )
    settings = '[bundles.trust."acme"]\nkeys = ["acme.pub", "other.pub"]\nscope = "release"\n'
    assert command("bundle", "build", "acme", "-o", "b.tar.gz").code == 0
    sign(command, "acme")
    (locked / "policyengine.toml").write_text(settings)
    assert command("bundle", "lock", "b.tar.gz").code == 0
    assert entry(locked)["b.tar.gz"]["signer"].startswith("sha256:")
    assert command("gate", "image.json", "-b", "b.tar.gz").code == 0
    # The same bundle, by another key that is trusted too.
    sign(command, "other")
    done = command("gate", "image.json", "-b", "b.tar.gz")
    assert (done.code, "its signer differs" in done.err) == (4, True)
    # And no signature that is looked at, once nobody asks for one.
    (locked / "policyengine.toml").write_text("")
    assert command("gate", "image.json", "-b", "b.tar.gz").code == 4
