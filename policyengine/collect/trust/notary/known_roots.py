"""Trust on first use: the roots and versions that were verified before, in one file.

The file decides who is believed, so it is read only where nobody else can write it, and written
whole or not at all. Audits of many processes share it: an update holds a lock, reads what others
wrote meanwhile, and never lowers a version.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from policyengine.collect.trust.notary.metadata import METADATA_BYTES, is_role_name
from policyengine.collect.trust.notary.trusted_set import SeenVersion
from policyengine.errors import NotAuthentic, SettingsError
from policyengine.given_file import read_given
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject

_VERSION = 1
_BYTES = 64 * 1024 * 1024
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRepository:
    """What was verified of one repository: the bytes of its root, and versions by role."""

    repository: str
    root: bytes = field(repr=False)
    versions: Mapping[str, SeenVersion]


class KnownRoots:
    """The file at ``path``; a missing one is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, repository: str) -> KnownRepository | None:
        """Return what is known of a repository. Raises SettingsError."""
        return self._read().get(repository)

    def record(self, found: KnownRepository, before: KnownRepository | None) -> None:
        """Write ``found``, which was verified starting from ``before``.

        Raises NotAuthentic where another process saw another root meanwhile.
        """
        with self._lock():
            known = self._read()
            now = known.get(found.repository)
            if now is not None and before is None and _other_root(now, found):
                raise NotAuthentic(
                    "another root was recorded for this repository meanwhile",
                    where=str(self.path),
                    hint="run it again",
                )
            if now is not None:
                found = _newest(now, found)
            if found != now:
                self._write({**known, found.repository: found})

    def _read(self) -> dict[str, KnownRepository]:
        if not self.path.exists():
            _require_own(self.path.parent)
            return {}
        _require_own(self.path.parent)
        _require_own(self.path)
        data = read_given(self.path, error=SettingsError, limit=_BYTES)
        read = FieldReader(str(self.path), SettingsError)
        document = read.root(parse_json(data, where=str(self.path), error=SettingsError))
        if document.get("version") != _VERSION:
            found = repr(document.get("version"))
            raise read.wrong(("version",), found, f"{_VERSION}, a file of known roots")
        listed = read.object(document, "repositories", ())
        return {name: _entry(read, listed, name) for name in listed}

    def _write(self, known: Mapping[str, KnownRepository]) -> None:
        document = {
            "version": _VERSION,
            "repositories": {
                name: {
                    "root": item.root.decode(),
                    "versions": {
                        role: {"version": seen.version, "sha256": seen.sha256}
                        for role, seen in sorted(item.versions.items())
                    },
                }
                for name, item in sorted(known.items())
            },
        }
        data = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        try:
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as problem:
            raise _unusable(self.path, problem) from None

    @contextmanager
    def _lock(self) -> Iterator[None]:
        path = self.path.with_name(f".{self.path.name}.lock")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            raise _unusable(path, problem) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _entry(read: FieldReader, listed: JsonObject, name: str) -> KnownRepository:
    path = ("repositories", name)
    item = read.object(listed, name, path[:1])
    root = read.text(item, "root", path).encode()
    if len(root) > METADATA_BYTES:
        raise read.wrong((*path, "root"), f"{len(root)} bytes", f"at most {METADATA_BYTES}")
    versions: dict[str, SeenVersion] = {}
    roles = read.object(item, "versions", path)
    for role in roles:
        here = (*path, "versions", role)
        value = read.object(roles, role, here[:-1])
        version = read.optional_integer(value, "version", here)
        if version is None or version < 1 or not is_role_name(role):
            raise read.wrong(here, repr(value)[:80], "the version of a role")
        versions[role] = SeenVersion(version=version, sha256=read.text(value, "sha256", here))
    return KnownRepository(repository=name, root=root, versions=versions)


def _other_root(now: KnownRepository, found: KnownRepository) -> bool:
    mine, theirs = now.versions.get("root"), found.versions.get("root")
    return mine is None or theirs is None or mine.sha256 != theirs.sha256


def _newest(now: KnownRepository, found: KnownRepository) -> KnownRepository:
    versions = dict(now.versions)
    for role, seen in found.versions.items():
        if role not in versions or seen.version > versions[role].version:
            versions[role] = seen
    is_newer = versions["root"] != now.versions.get("root")
    return KnownRepository(
        repository=found.repository,
        root=found.root if is_newer else now.root,
        versions=versions,
    )


def _require_own(path: Path) -> None:
    """Refuse a file or folder that others can write: they could say who is trusted."""
    try:
        status = path.stat()
    except OSError as problem:
        raise _unusable(path, problem) from None
    # In a folder with the sticky bit, others add files and cannot replace ours.
    is_shared = status.st_mode & _OTHERS_WRITE and not (
        stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    )
    if status.st_uid not in {os.geteuid(), 0} or is_shared:
        raise SettingsError(
            "others can write where the known roots are kept",
            where=str(path),
            found=f"owner {status.st_uid}, mode {stat.S_IMODE(status.st_mode):o}",
            expected=f"owner {os.geteuid()}, and nobody else who can write",
            hint="chmod go-w, or another place",
        )


def _unusable(path: Path, problem: OSError) -> SettingsError:
    return SettingsError(
        "the file of known roots cannot be used", where=str(path), found=problem.strerror
    )
