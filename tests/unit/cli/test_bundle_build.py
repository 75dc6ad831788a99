"""``bundle build`` finds the version before by itself, and says with what it compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bundle_files import RULE, write_bundle
from tests.unit.bundle.test_build import CHANGES, TEST
from tests.unit.cli.conftest import Command

CHANGED = RULE.replace("runs as root", "runs as the root user")


def define(folder: Path, rule: str = RULE, *, changes: bytes = CHANGES, **own: Any) -> None:
    version = own.get("version", "1.2.3")
    entry = b"" if version == "1.2.3" else f"## {version}\n\n- more\n\n".encode()
    write_bundle(
        folder / "acme",
        {"user.rego": rule, "user_test.rego": TEST},
        files={"CHANGELOG.md": entry + changes},
        **own,
    )


def build(command: Command, *options: str) -> Any:
    done = command("bundle", "build", "acme", "-f", "json", *options)
    assert done.code == 0, done.err
    return json.loads(done.out)["previous"]


def lock(command: Command, source: str) -> None:
    done = command("bundle", "lock", source)
    assert done.code == 0, done.err


def test_where_nothing_is_known_it_says_so(command: Command, folder: Path) -> None:
    define(folder)
    assert build(command, "-o", "out.tar.gz") is None
    (folder / "out.tar.gz").unlink()
    assert "no version before is known" in command("bundle", "build", "acme").out


def test_a_build_twice_is_compared_with_the_first(command: Command, folder: Path) -> None:
    define(folder)
    build(command)
    assert build(command) == {
        "version": "1.2.3",
        "known_from": "acme-1.2.3.tar.gz",
        "changed": False,
    }


def built(command: Command, folder: Path) -> None:
    define(folder)
    build(command)


def built_elsewhere_under_another_name(command: Command, folder: Path) -> None:
    define(folder)
    (folder / "dist").mkdir()
    build(command, "-o", "dist/policies.tgz")
    # The folder of the output is what is looked at.
    (folder / "dist" / "policies.tgz").rename(folder / "policies.tgz")


def locked_definition(command: Command, folder: Path) -> None:
    define(folder)
    lock(command, "./acme")


def locked_archive(command: Command, folder: Path) -> None:
    define(folder)
    (folder / "dist").mkdir()
    build(command, "-o", "dist/acme.tar.gz")
    lock(command, "dist/acme.tar.gz")


def locked_and_gone(command: Command, folder: Path) -> None:
    locked_archive(command, folder)
    (folder / "dist" / "acme.tar.gz").unlink()


def locked_and_replaced(command: Command, folder: Path) -> None:
    """What lies there now is the changed one, which a comparison must not be with."""
    locked_archive(command, folder)
    define(folder, CHANGED)
    build(command, "-o", "dist/acme.tar.gz", "--no-previous")


def written_in_the_changelog(command: Command, folder: Path) -> None:
    define(folder, changes=b"## 1.3.0\n\n- another message\n\n" + CHANGES)


SITUATIONS = [
    pytest.param(built, "acme-1.2.3.tar.gz", id="an archive"),
    pytest.param(built_elsewhere_under_another_name, "policies.tgz", id="an archive renamed"),
    pytest.param(locked_definition, "policyengine.lock", id="a lock on the definition"),
    pytest.param(locked_archive, "policyengine.lock", id="a lock on an archive"),
    pytest.param(locked_and_gone, "policyengine.lock", id="a lock on what is gone"),
    pytest.param(locked_and_replaced, "to compare", id="a lock on what was replaced"),
]


@pytest.mark.parametrize(("known", "said"), SITUATIONS)
def test_other_rules_without_another_version_are_refused(
    known: Callable[[Command, Path], None], said: str, command: Command, folder: Path
) -> None:
    known(command, folder)
    define(folder, CHANGED)
    done = command("bundle", "build", "acme")
    assert done.code == 4, done.out
    assert said in done.err
    assert "--no-previous" in done.err
    assert "expected a version after 1.2.3" in done.err


@pytest.mark.parametrize(("known", "said"), SITUATIONS)
def test_a_later_version_is_built_and_named(
    known: Callable[[Command, Path], None], said: str, command: Command, folder: Path
) -> None:
    known(command, folder)
    define(folder, CHANGED, version="1.2.4")
    found = build(command)
    assert (found["version"], found["changed"]) == ("1.2.3", None)


def test_another_revision_of_the_same_rules_is_built(command: Command, folder: Path) -> None:
    locked_archive(command, folder)
    assert build(command, "--revision", "abc") == {
        "version": "1.2.3",
        "known_from": f"{folder}/policyengine.lock: dist/acme.tar.gz",
        "changed": False,
    }


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(built, id="an archive"),
        pytest.param(locked_archive, id="a lock"),
        pytest.param(written_in_the_changelog, id="a heading of the changelog"),
    ],
)
def test_going_back_is_refused(
    known: Callable[[Command, Path], None], command: Command, folder: Path
) -> None:
    known(command, folder)
    if known is not written_in_the_changelog:
        define(folder, version="1.2.2")
    done = command("bundle", "build", "acme")
    assert done.code == 4
    assert "earlier version" in done.err


def test_the_latest_of_several_counts(command: Command, folder: Path) -> None:
    built(command, folder)
    define(folder, CHANGED, version="1.10.0")
    build(command)
    define(folder, version="1.9.0")
    done = command("bundle", "build", "acme")
    assert done.code == 4
    assert "a version after 1.10.0, which acme-1.10.0.tar.gz has" in done.err


def test_each_archive_of_the_version_must_be_the_same(command: Command, folder: Path) -> None:
    built(command, folder)
    define(folder, CHANGED)
    build(command, "-o", "other.tar.gz", "--no-previous")
    done = command("bundle", "build", "acme")
    assert done.code == 4
    assert "acme-1.2.3.tar.gz" in done.err


def test_archives_of_others_are_passed_over(command: Command, folder: Path) -> None:
    built(command, folder)
    (folder / "acme-1.2.3.tar.gz").rename(folder / "x.tar.gz")
    write_bundle(
        folder / "other",
        {"user.rego": RULE, "user_test.rego": TEST},
        files={"CHANGELOG.md": b"## 9.0.0\n\n- x\n"},
        name="other",
        version="9.0.0",
    )
    assert command("bundle", "build", "other").code == 0
    (folder / "notes.tar.gz").write_bytes(b"no archive")
    assert build(command)["known_from"] == "x.tar.gz"


def test_a_damaged_archive_that_may_be_the_one_stops(command: Command, folder: Path) -> None:
    built(command, folder)
    archive = folder / "acme-1.2.3.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-20])
    define(folder, CHANGED)
    done = command("bundle", "build", "acme")
    assert done.code == 4
    assert "may be the version before" in done.err


def test_a_lock_file_that_cannot_be_read_is_not_taken_for_none(
    command: Command, folder: Path
) -> None:
    define(folder)
    (folder / "policyengine.lock").write_text("{")
    assert command("bundle", "build", "acme").code == 4


def test_a_version_before_may_be_named_or_left_out(command: Command, folder: Path) -> None:
    built(command, folder)
    define(folder, CHANGED)
    assert build(command, "--no-previous", "-o", "new.tar.gz") is None
    done = command("bundle", "build", "acme", "--previous", "acme-1.2.3.tar.gz")
    assert done.code == 4
    assert "no later version" in done.err
    done = command("bundle", "build", "acme", "--previous", "x", "--no-previous")
    assert done.code == 2


def test_a_maintained_version_is_built_by_naming_its_line(command: Command, folder: Path) -> None:
    built(command, folder)
    define(folder, CHANGED, version="2.0.0")
    build(command)
    define(folder, CHANGED, version="1.2.4")
    assert command("bundle", "build", "acme").code == 4
    assert build(command, "--previous", "acme-1.2.3.tar.gz") == {
        "version": "1.2.3",
        "known_from": "--previous",
        "changed": True,
    }
