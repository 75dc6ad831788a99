"""Compiled policies on disk: used when they are ours and whole, else as if they were not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policyengine.rego import Policy
from policyengine.rego import policy as policies
from policyengine.rego.cache import PolicyCache, default_folder
from policyengine.rego.compiler.image import image_bytes

MODULES = {
    "a.rego": 'package a\n\ndeny contains v.id if some v in input.found\n\nk := {1, 2.50, {"a"}}\n'
}
DOCUMENT = {"found": [{"id": "A"}]}


class Compiled(Exception):
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "compiled"


@pytest.fixture
def compiling_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def fail(*_: Any) -> Any:
        raise Compiled

    return lambda: monkeypatch.setattr(policies, "linked_program", fail)


def compiled(folder: Path) -> Policy:
    return Policy.compile(MODULES, cache=PolicyCache(folder))


def answer(policy: Policy) -> Any:
    values = policy.evaluate_rules("data.a", {"deny", "k"}, input=DOCUMENT)
    return [value.value for value in values]


def entry(folder: Path) -> Path:
    (found,) = folder.glob("*.policy")
    return found


def test_a_policy_that_was_compiled_once_is_not_compiled_again(
    folder: Path, compiling_fails: Callable[[], None]
) -> None:
    first = answer(compiled(folder))
    compiling_fails()
    assert answer(compiled(folder)) == first == [["A"], [1, 2.5, ["a"]]]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {item.stat().st_mode & 0o777 for item in folder.iterdir()} == {0o600}


def test_what_led_to_a_reason_is_found_by_code_from_the_cache(
    folder: Path, compiling_fails: Callable[[], None]
) -> None:
    def paths() -> Any:
        policy = compiled(folder)
        (found,) = policy.explain(
            policy.evaluate_rules("data.a", {"deny"}, input=DOCUMENT), input=DOCUMENT
        )
        return found.paths

    first = paths()
    compiling_fails()
    assert paths() == first == ((("found", 0),),)


def _damage(folder: Path, _: Path) -> None:
    path = entry(folder)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _cut(folder: Path, _: Path) -> None:
    path = entry(folder)
    path.write_bytes(path.read_bytes()[:40])


def _empty(folder: Path, _: Path) -> None:
    entry(folder).write_bytes(b"")


def _open_file(folder: Path, _: Path) -> None:
    entry(folder).chmod(0o644)


def _open_folder(folder: Path, _: Path) -> None:
    folder.chmod(0o755)


def _link_file(folder: Path, other: Path) -> None:
    path = entry(folder)
    path.rename(other / "moved")
    path.symlink_to(other / "moved")


def _second_name(folder: Path, other: Path) -> None:
    os.link(entry(folder), other / "name")


def _link_folder(folder: Path, other: Path) -> None:
    folder.rename(other / "moved")
    folder.symlink_to(other / "moved")


def _pipe(folder: Path, _: Path) -> None:
    path = entry(folder)
    path.unlink()
    os.mkfifo(path, 0o600)


def _other_key(folder: Path, _: Path) -> None:
    (folder / "key").write_bytes(b"k" * 32)


def _no_key(folder: Path, _: Path) -> None:
    (folder / "key").unlink()


def _short_key(folder: Path, _: Path) -> None:
    (folder / "key").write_bytes(b"")


def _other_name(folder: Path, other: Path) -> None:
    path = entry(folder)
    changed = {"a.rego": MODULES["a.rego"].replace("deny", "warn")}
    Policy.compile(changed, cache=PolicyCache(folder))
    (new,) = set(folder.glob("*.policy")) - {path}
    new.replace(path)


def _code_of_somebody(folder: Path, _: Path) -> None:
    image = Policy.compile({"a.rego": "package a\ndeny := 1\nk := 2"})._program.image
    content = image_bytes(image)
    assert content is not None
    entry(folder).write_bytes(b"\0" * 32 + content)


def _foreign(folder: Path, _: Path) -> None:
    os.chown(entry(folder), 65534, 65534)


def _foreign_folder(folder: Path, _: Path) -> None:
    os.chown(folder, 65534, 65534)


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")

ATTACKS: list[Any] = [
    pytest.param(_damage, id="a damaged file"),
    pytest.param(_cut, id="a file cut short"),
    pytest.param(_empty, id="an empty file"),
    pytest.param(_open_file, id="a file that others read"),
    pytest.param(_open_folder, id="a folder that others see"),
    pytest.param(_link_file, id="a link in place of the file"),
    pytest.param(_second_name, id="a file with a second name"),
    pytest.param(_link_folder, id="a link in place of the folder"),
    pytest.param(_pipe, id="a pipe in place of the file"),
    pytest.param(_other_key, id="another key"),
    pytest.param(_no_key, id="no key"),
    pytest.param(_short_key, id="an empty key"),
    pytest.param(_other_name, id="another policy's file under this name"),
    pytest.param(_code_of_somebody, id="code that was put there"),
    pytest.param(_foreign, id="another user's file", marks=as_root),
    pytest.param(_foreign_folder, id="another user's folder", marks=as_root),
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_ours_and_whole_is_never_run(
    attack: Callable[[Path, Path], None],
    folder: Path,
    tmp_path: Path,
    compiling_fails: Callable[[], None],
) -> None:
    expected = answer(compiled(folder))
    other = tmp_path / "other"
    other.mkdir()
    attack(folder, other)
    assert answer(compiled(folder)) == expected
    attack_again = attack in {_open_folder, _link_folder, _foreign_folder}
    if attack_again:
        # Such a folder is of no use at all: nothing is read from it, and nothing put there.
        compiling_fails()
        with pytest.raises(Compiled):
            compiled(folder)


def test_a_cache_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert answer(compiled(tmp_path / "file" / "compiled")) == [["A"], [1, 2.5, ["a"]]]


def test_the_folder_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_folder() == Path("/somewhere/policyengine/compiled")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/u")
    assert default_folder() == Path("/home/u/.cache/policyengine/compiled")
