"""Compiled policies on disk, for the next process of the same user.

Code that is read from a file is run, so the file must be nobody's but ours:

1. The folder is opened without following a link, and must be ours and closed to all others; what
   lies in it is opened through it, so that nothing can be put in its place in between.
2. A file must be a plain file, ours, with one name, and closed to others.
3. A file carries an HMAC over its name and content, by a key that lies in the same folder under the
   same rules. What was damaged, cut short, renamed or copied in does not match.
4. Only then is the content read, by ``marshal``. Anything that does not fit is as if it were not
   there: a cache can make nothing wrong, and nothing fail.
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
from pathlib import Path
from typing import Any, Final

from policyengine import __version__
from policyengine.rego.compiler.image import FORMAT, Image, image_bytes, read_image

_KEY: Final = "key"
_KEY_BYTES: Final = 32
_MAC_BYTES: Final = hashlib.sha256().digest_size
_SUFFIX: Final = ".policy"
_LARGEST: Final = 256 * 1024 * 1024
_ENTRIES: Final = 128
_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_OTHERS: Final = 0o077


def default_folder() -> Path:
    """``policyengine/compiled`` in XDG_CACHE_HOME, or in ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # By the XDG specification a relative path there is to be ignored.
    base = Path(home) if home.startswith("/") else Path.home() / ".cache"
    return base / "policyengine" / "compiled"


class PolicyCache:
    """Images by what they were made from, in ``folder``."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def name(self, parts: Any) -> str:
        """The name for what is made from ``parts``, which JSON can carry, by this program."""
        made_by = [__version__, FORMAT, sys.implementation.cache_tag, sys.hexversion]
        text = json.dumps([made_by, parts], sort_keys=True, default=repr)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() + _SUFFIX

    def load(self, name: str) -> Image | None:
        """The image under ``name``, if there is one that is ours and whole."""
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
        if not hmac.compare_digest(mac, _mac(key, name, payload)):
            return None
        try:
            return read_image(payload)
        except (ValueError, EOFError, TypeError, KeyError):
            # Of another version of this program that says it is this one.
            return None

    def store(self, name: str, image: Image) -> None:
        """Keep an image, if the disk lets it."""
        payload = image_bytes(image)
        if payload is None or len(payload) > _LARGEST - _MAC_BYTES:
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
