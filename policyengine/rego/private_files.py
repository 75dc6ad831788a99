"""Files that this program keeps for its next process, in a folder of the user's own.

What is kept decides verdicts, and some of it is run, so a file must be nobody's but ours:

1. The folder is opened without following a link, and must be ours and closed to all others; what
   lies in it is opened through it, so that nothing can be put in its place in between.
2. A file must be a plain file, ours, with one name, and closed to others.
3. A file carries an HMAC over its name and content, by a key that lies in the same folder under the
   same rules. What was damaged, cut short, renamed or copied in does not match.
4. Only then is the content given out. Anything that does not fit is as if it were not there: what
   is kept can make nothing wrong, and nothing fail.

A name is a digest of all that its content was made from, and of the program that made it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from policyengine import __version__

_KEY: Final = "key"
_KEY_BYTES: Final = 32
_MAC_BYTES: Final = hashlib.sha256().digest_size
_LARGEST: Final = 256 * 1024 * 1024
_ENTRIES: Final = 128
_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_OTHERS: Final = 0o077
_PACKAGE: Final = Path(__file__).resolve().parents[1]
# What is made of sources, and what ships beside them as data.
_NOT_PROGRAM: Final = frozenset({"__pycache__", "_data"})


def default_folder() -> Path:
    """``policyengine/compiled`` in XDG_CACHE_HOME, or in ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # By the XDG specification a relative path there is to be ignored.
    base = Path(home) if home.startswith("/") else Path.home() / ".cache"
    return base / "policyengine" / "compiled"


@cache
def _program() -> str:
    """What tells this program from others: its version, and the sizes and times of its sources.

    A checkout changes without its version.
    """
    listed: Any = None
    with suppress(OSError):
        listed = sorted(_sources(os.fspath(_PACKAGE)))
    made_by = [__version__, sys.implementation.cache_tag, sys.hexversion, listed]
    return hashlib.sha256(repr(made_by).encode(errors="surrogatepass")).hexdigest()


def _sources(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
            elif entry.name not in _NOT_PROGRAM and entry.is_dir():
                yield from _sources(entry.path)


class PrivateFiles:
    """Files by what they were made from, in ``folder``. The oldest of too many are forgotten."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def name(self, kind: str, parts: Any) -> str:
        """The name for what is made from ``parts``, which JSON can carry, by this program.

        ``kind`` says what is made, and counts the changes of its form; it ends the name.
        """
        text = json.dumps([_program(), kind, parts], sort_keys=True, default=repr)
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        return f"{digest}.{kind}"

    def load(self, name: str) -> bytes | None:
        """The content under ``name``, if there is one that is ours and whole."""
        try:
            with self._opened() as folder:
                content = _read(folder, name, _LARGEST)
                key = _read(folder, _KEY, _KEY_BYTES)
                # What is used stays: the oldest are forgotten.
                os.utime(name, dir_fd=folder, follow_symlinks=False)
        except (OSError, RuntimeError):
            return None
        if len(key) != _KEY_BYTES:
            return None
        mac, payload = content[:_MAC_BYTES], content[_MAC_BYTES:]
        return payload if hmac.compare_digest(mac, _mac(key, name, payload)) else None

    def store(self, name: str, payload: bytes) -> None:
        """Keep ``payload``, if the disk lets it."""
        if len(payload) > _LARGEST - _MAC_BYTES:
            return
        with suppress(OSError, RuntimeError), self._opened() as folder:
            key = _key(folder)
            if len(key) == _KEY_BYTES:
                _write(folder, name, _mac(key, name, payload) + payload)
                _forget_oldest(folder)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder, made where there is none. Raises OSError for one that is not ours alone."""
        path = default_folder() if self._folder is None else self._folder
        with suppress(FileExistsError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=_PRIVATE_FOLDER)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _check_private(os.fstat(folder))
            yield folder
        finally:
            os.close(folder)


def _check_private(status: os.stat_result) -> None:
    if status.st_uid != os.geteuid() or status.st_mode & _OTHERS:
        raise PermissionError("is not this user's alone")


def _read(folder: int, name: str, limit: int) -> bytes:
    # A pipe in place of a file must not hold up anything.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
        status = os.fstat(file.fileno())
        _check_private(status)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size > limit:
            raise PermissionError("is no plain file of this cache")
        return file.read(limit + 1)


def _write(folder: int, name: str, content: bytes) -> None:
    """Write a file whole or not at all."""
    made = f"{name}.{secrets.token_hex(8)}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(made, flags, _PRIVATE_FILE, dir_fd=folder), "wb") as file:
            file.write(content)
        os.rename(made, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(made, dir_fd=folder)
        raise


def _key(folder: int) -> bytes:
    with suppress(FileNotFoundError):
        key = _read(folder, _KEY, _KEY_BYTES)
        if len(key) == _KEY_BYTES:
            return key
    _write(folder, _KEY, secrets.token_bytes(_KEY_BYTES))
    # Of two processes that begin at once the last key stays; entries by the other are no match.
    return _read(folder, _KEY, _KEY_BYTES)


def _mac(key: bytes, name: str, payload: bytes) -> bytes:
    return hmac.digest(key, name.encode() + b"\0" + payload, "sha256")


def _forget_oldest(folder: int) -> None:
    with os.scandir(folder) as entries:
        found = [
            (entry.stat(follow_symlinks=False).st_mtime, entry.name)
            for entry in entries
            if entry.name != _KEY
        ]
    for _, name in sorted(found)[:-_ENTRIES]:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
