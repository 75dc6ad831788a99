"""Reads chosen files out of the layers of an image, as a container would see them.

OCI image specification, layer.md: layers apply in order; ``.wh.NAME`` removes what lower layers
have under NAME, ``.wh..wh..opq`` all that they have in its directory. Layers are streamed once,
with their digests and diff_ids checked; nothing but the chosen files is kept.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import cast

from policyengine.collect.image.content import CHUNK
from policyengine.collect.image.tar_headers import bounded_members
from policyengine.errors import IntegrityError, LimitExceeded, MalformedEvidence, UnsupportedFormat
from policyengine.model.limits import ReadLimits

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_FILE_BYTES = 16 * 1024 * 1024
_LINKS = 40  # as many as Linux follows

ACCOUNTS_FILE = "etc/passwd"
GROUPS_FILE = "etc/group"

OpenLayer = Callable[[], Iterator[bytes]]


class _Filesystem:
    """The files and links that matter: those chosen, what may lead to them, and what hides them.

    ``entries`` maps a path to the content of a file, or to the target of a symbolic link. All
    links are kept, because a directory on the way may be one; of contents, those that may matter.
    """

    def __init__(self) -> None:
        self.entries: dict[str, bytes | str] = {}

    def remove(self, path: str) -> None:
        self.entries.pop(path, None)
        self.remove_below(path)

    def remove_below(self, path: str) -> None:
        prefix = f"{path}/" if path else ""
        for name in [name for name in self.entries if name.startswith(prefix)]:
            del self.entries[name]

    def read(self, path: str) -> bytes:
        """Return the content of ``path``, following links; empty where there is no such file."""
        parts, resolved, links = path.split("/"), "", 0
        while parts:
            part = parts.pop(0)
            if part in {"", "."}:
                continue
            if part == "..":
                resolved = resolved.rpartition("/")[0]
                continue
            here = f"{resolved}/{part}" if resolved else part
            entry = self.entries.get(here)
            if isinstance(entry, str):
                links += 1
                if links > _LINKS:
                    return b""
                if entry.startswith("/"):
                    resolved = ""
                parts = entry.split("/") + parts
            elif isinstance(entry, bytes):
                return b"" if parts else entry
            else:
                resolved = here
        return b""


def read_accounts(
    layers: Sequence[tuple[str, OpenLayer]], *, where: str, limits: ReadLimits
) -> tuple[bytes, bytes]:
    """Return ``/etc/passwd`` and ``/etc/group`` of the image; empty where it has none.

    ``layers`` are (diff_id, function that opens the blob), the base first. Raises IntegrityError
    where a layer is not what its diff_id says, MalformedEvidence for one that is no tar.
    """
    files = _Filesystem()
    budget = _Budget(where, limits)
    for diff_id, open_layer in layers:
        _apply(files, diff_id, open_layer(), where=f"{where}: layer {diff_id}", budget=budget)
    return files.read(ACCOUNTS_FILE), files.read(GROUPS_FILE)


class _Budget:
    """Counts bytes and files over all layers."""

    def __init__(self, where: str, limits: ReadLimits) -> None:
        self._where = where
        self._limits = limits
        self._bytes = 0
        self._files = 0

    def spend_bytes(self, count: int) -> None:
        self._bytes += count
        if self._bytes > self._limits.layer_bytes:
            raise LimitExceeded(
                "has layers that unpack to too many bytes",
                where=self._where,
                expected=f"at most {self._limits.layer_bytes}",
                hint="limits.layer_bytes raises the limit",
            )

    def spend_file(self) -> None:
        self._files += 1
        if self._files > self._limits.archive_files:
            raise LimitExceeded(
                "has layers with too many files",
                where=self._where,
                expected=f"at most {self._limits.archive_files}",
                hint="limits.archive_files raises the limit",
            )


def _apply(
    files: _Filesystem, diff_id: str, chunks: Iterator[bytes], *, where: str, budget: _Budget
) -> None:
    stream = _Stream(_decompressed(chunks, where), diff_id, budget)
    changes = _Changes()
    try:
        with tarfile.open(
            fileobj=cast("io.BufferedIOBase", stream), mode="r|", tarinfo=bounded_members(where)
        ) as archive:
            for member in archive:
                budget.spend_file()
                _note(member, archive, changes, where)
    except (tarfile.TarError, ValueError, UnicodeError) as error:
        # An empty layer is two blocks of zeros, which is no error; nothing at all is one.
        raise MalformedEvidence("is not a whole tar layer", where=where, found=str(error)) from None
    stream.drain(where)
    changes.apply(files)


class _Changes:
    """What one layer does. A whiteout hides only what lower layers have, wherever it stands."""

    def __init__(self) -> None:
        self.opaque: list[str] = []
        self.hidden: list[str] = []
        self.directories: list[str] = []
        self.added: dict[str, bytes | str] = {}
        self.hard_links: dict[str, str] = {}

    def apply(self, files: _Filesystem) -> None:
        for path in self.opaque:
            files.remove_below(path)
        for path in self.hidden:
            files.remove(path)
        for path in self.directories:
            files.entries.pop(path, None)
        # A hard link is the file itself, whatever later becomes of the other name.
        for path, target in self.hard_links.items():
            content = self.added.get(target, files.entries.get(target))
            files.remove(path)
            if content is not None:
                self.added[path] = content
        for path, entry in self.added.items():
            files.remove(path)
            files.entries[path] = entry


def _note(member: tarfile.TarInfo, archive: tarfile.TarFile, changes: _Changes, where: str) -> None:
    path = PurePosixPath("/", member.name)
    if ".." in path.parts:
        raise MalformedEvidence(
            "has a name that leads out of the layer", where=where, found=repr(member.name)
        )
    name = str(path).lstrip("/")
    parent, _, base = name.rpartition("/")
    if base == _OPAQUE:
        changes.opaque.append(parent)
        return
    if base.startswith(_WHITEOUT):
        hidden = base.removeprefix(_WHITEOUT)
        changes.hidden.append(f"{parent}/{hidden}" if parent else hidden)
        return
    # Of two entries of one name in a layer the later stands.
    changes.added.pop(name, None)
    changes.hard_links.pop(name, None)
    if member.isdir():
        changes.directories.append(name)
        return
    changes.hidden.append(name)
    if member.issym():
        changes.added[name] = member.linkname
    elif member.islnk():
        changes.hard_links[name] = member.linkname.lstrip("./")
    elif member.isreg() and _may_matter(name):
        content = _content(member, archive, where)
        if content is not None:
            changes.added[name] = content


def _may_matter(name: str) -> bool:
    # The two files, and what tools link them to. A file elsewhere that a link leads to is not
    # kept: the user then stays unresolved, which is never taken for "not root".
    return name.startswith("etc/") or name.rpartition("/")[2].startswith(("passwd", "group"))


def _content(member: tarfile.TarInfo, archive: tarfile.TarFile, where: str) -> bytes | None:
    if member.size > _FILE_BYTES:
        if member.name.lstrip("./") in {ACCOUNTS_FILE, GROUPS_FILE}:
            raise LimitExceeded(
                f"has a {member.name} that is too large",
                where=where,
                found=f"{member.size} bytes",
                expected=f"at most {_FILE_BYTES}",
            )
        return None
    stream = archive.extractfile(member)
    return stream.read() if stream is not None else None


class _Stream:
    """The uncompressed layer as a file to read once, hashed on the way."""

    def __init__(self, chunks: Iterator[bytes], diff_id: str, budget: _Budget) -> None:
        self._chunks = chunks
        self._diff_id = diff_id
        self._budget = budget
        self._hash = hashlib.new(diff_id.partition(":")[0])
        self._rest = b""
        self._size = 0

    def read(self, size: int) -> bytes:
        parts = [self._rest]
        have = len(self._rest)
        while have < size and (chunk := next(self._chunks, b"")):
            self._budget.spend_bytes(len(chunk))
            self._hash.update(chunk)
            self._size += len(chunk)
            parts.append(chunk)
            have += len(chunk)
        if have < size and (ragged := self._size % tarfile.BLOCKSIZE):
            # umoci writes neither the padding of the last file nor the end of the archive. That
            # nothing else is missing is for the diff_id to show.
            self._size += tarfile.BLOCKSIZE - ragged
            parts.append(bytes(tarfile.BLOCKSIZE - ragged))
        data = b"".join(parts)
        self._rest = data[size:]
        return data[:size]

    def drain(self, where: str) -> None:
        """Read to the end, and hold the digest against the diff_id."""
        for chunk in self._chunks:
            self._budget.spend_bytes(len(chunk))
            self._hash.update(chunk)
        algorithm = self._diff_id.partition(":")[0]
        found = f"{algorithm}:{self._hash.hexdigest()}"
        if found != self._diff_id:
            raise IntegrityError(
                "the layer is not what the configuration says",
                where=where,
                found=found,
                expected=self._diff_id,
            )


def _decompressed(chunks: Iterator[bytes], where: str) -> Iterator[bytes]:
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= 4:
            break
    whole = _chain(first, chunks)
    if first.startswith(_GZIP):
        yield from _gunzipped(whole, where)
    elif first.startswith(_ZSTD):
        yield from _unzstd(whole, where)
    elif first[:3] == b"BZh" or first[:6] == b"\xfd7zXZ\x00":
        raise UnsupportedFormat(
            "is compressed in a way that layers are not", where=where, expected="gzip or zstd"
        )
    else:
        yield from whole


def _chain(first: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from chunks


def _gunzipped(chunks: Iterator[bytes], where: str) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=cast("io.BytesIO", _Pull(chunks))) as packed:
            while data := packed.read(CHUNK):
                yield data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise MalformedEvidence("is not whole gzip data", where=where, found=str(error)) from None


def _unzstd(chunks: Iterator[bytes], where: str) -> Iterator[bytes]:
    import zstandard

    try:
        reader = zstandard.ZstdDecompressor().stream_reader(
            cast("io.BytesIO", _Pull(chunks)), read_across_frames=True
        )
        while data := reader.read(CHUNK):
            yield data
    except zstandard.ZstdError as error:
        raise MalformedEvidence("is not whole zstd data", where=where, found=str(error)) from None


class _Pull:
    """Chunks as a file that can be read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        data, self._rest = self._rest[:size], self._rest[size:]
        return data
