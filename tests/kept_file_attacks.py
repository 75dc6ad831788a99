"""What an enemy, or a bad disk, may do to what was kept for the next process.

Each row is a function of the cache's folder, with one entry in it, and a folder beside it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest


def kept_file(folder: Path) -> Path:
    """Return the one entry in ``folder``."""
    (found,) = [path for path in folder.iterdir() if path.name != "key"]
    return found


def _damage(folder: Path, _: Path) -> None:
    path = kept_file(folder)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _cut(folder: Path, _: Path) -> None:
    path = kept_file(folder)
    path.write_bytes(path.read_bytes()[:40])


def _longer(folder: Path, _: Path) -> None:
    path = kept_file(folder)
    path.write_bytes(path.read_bytes() + b"\n")


def _empty(folder: Path, _: Path) -> None:
    kept_file(folder).write_bytes(b"")


def _open_file(folder: Path, _: Path) -> None:
    kept_file(folder).chmod(0o644)


def _open_folder(folder: Path, _: Path) -> None:
    folder.chmod(0o755)


def _writable_folder(folder: Path, _: Path) -> None:
    folder.chmod(0o777)


def _sticky_folder(folder: Path, _: Path) -> None:
    folder.chmod(0o1777)


def _group_folder(folder: Path, _: Path) -> None:
    folder.chmod(0o770)


def _writable_file(folder: Path, _: Path) -> None:
    kept_file(folder).chmod(0o666)


def _link_file(folder: Path, other: Path) -> None:
    path = kept_file(folder)
    path.rename(other / "moved")
    path.symlink_to(other / "moved")


def _second_name(folder: Path, other: Path) -> None:
    os.link(kept_file(folder), other / "name")


def _link_folder(folder: Path, other: Path) -> None:
    folder.rename(other / "moved")
    folder.symlink_to(other / "moved")


def _pipe(folder: Path, _: Path) -> None:
    path = kept_file(folder)
    path.unlink()
    os.mkfifo(path, 0o600)


def _folder_in_place(folder: Path, _: Path) -> None:
    path = kept_file(folder)
    path.unlink()
    path.mkdir(mode=0o700)


def _key_of_others(folder: Path, _: Path) -> None:
    (folder / "key").chmod(0o644)


def _link_key(folder: Path, other: Path) -> None:
    (folder / "key").rename(other / "key")
    (folder / "key").symlink_to(other / "key")


def _other_key(folder: Path, _: Path) -> None:
    (folder / "key").write_bytes(b"k" * 32)


def _no_key(folder: Path, _: Path) -> None:
    (folder / "key").unlink()


def _short_key(folder: Path, _: Path) -> None:
    (folder / "key").write_bytes(b"")


def _foreign(folder: Path, _: Path) -> None:
    os.chown(kept_file(folder), 65534, 65534)


def _foreign_folder(folder: Path, _: Path) -> None:
    os.chown(folder, 65534, 65534)


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")

FILE_ATTACKS: list[Any] = [
    pytest.param(_damage, id="a damaged file"),
    pytest.param(_cut, id="a file cut short"),
    pytest.param(_longer, id="a file with something behind its end"),
    pytest.param(_empty, id="an empty file"),
    pytest.param(_open_file, id="a file that others read"),
    pytest.param(_writable_file, id="a file that others write"),
    pytest.param(_link_file, id="a link in place of the file"),
    pytest.param(_second_name, id="a file with a second name"),
    pytest.param(_pipe, id="a pipe in place of the file"),
    pytest.param(_folder_in_place, id="a folder in place of the file"),
    pytest.param(_other_key, id="another key"),
    pytest.param(_no_key, id="no key"),
    pytest.param(_short_key, id="an empty key"),
    pytest.param(_key_of_others, id="a key that others read"),
    pytest.param(_link_key, id="a link in place of the key"),
    pytest.param(_foreign, id="another user's file", marks=as_root),
]
# Such a folder is of no use at all: nothing is read from it, and nothing put there.
FOLDER_ATTACKS: list[Any] = [
    pytest.param(_open_folder, id="a folder that others see"),
    pytest.param(_writable_folder, id="a folder that all write"),
    pytest.param(_sticky_folder, id="a folder that all write, each his own"),
    pytest.param(_group_folder, id="a folder that the group writes"),
    pytest.param(_link_folder, id="a link in place of the folder"),
    pytest.param(_foreign_folder, id="another user's folder", marks=as_root),
]
