"""Reads the layers of an image: what is in them, and chosen files as a container would see them.

Layers are streamed once, with their digests and diff_ids checked; of contents nothing but the
chosen files is kept.
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
from policyengine.collect.image.layer_facts import SEARCHED, LayerFacts, credential
from policyengine.collect.image.layer_files import Entry, FileSystem, LayerChanges
from policyengine.collect.image.tar_headers import bounded_members
from policyengine.errors import IntegrityError, LimitExceeded, MalformedEvidence, UnsupportedFormat
from policyengine.model.evidence import EvidenceSource
from policyengine.model.layers import LayerContent
from policyengine.model.limits import ReadLimits

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_FILE_BYTES = 16 * 1024 * 1024
_NAME = 4096  # PATH_MAX of Linux

ACCOUNTS_FILE = "etc/passwd"
GROUPS_FILE = "etc/group"

OpenLayer = Callable[[], Iterator[bytes]]


def read_layers(
    layers: Sequence[tuple[str, OpenLayer]], *, where: str, limits: ReadLimits
) -> tuple[bytes, bytes, LayerContent]:
    """Return ``/etc/passwd`` and ``/etc/group``, empty where there is none, and what is in layers.

    ``layers`` are (diff_id, function that opens the blob), the base first. Raises IntegrityError
    where a layer is not what its diff_id says, MalformedEvidence for one that is no tar.
    """
    facts = LayerFacts(tuple(diff_id for diff_id, _ in layers))
    files = FileSystem(facts.removed)
    budget = _Budget(where, limits)
    sources = []
    for index, (diff_id, open_layer) in enumerate(layers):
        location = f"{where}: layer {diff_id}"
        stream = _Stream(_decompressed(open_layer(), location), diff_id, budget)
        changes = LayerChanges(index)
        _read(stream, changes, facts, where=location, budget=budget)
        stream.drain(location)
        changes.apply(files)
        sources.append(
            EvidenceSource(
                location=location,
                sha256=stream.sha256,
                media_type="application/vnd.oci.image.layer.v1.tar",
                format="image-layer",
            )
        )
    content = facts.content(files, tuple(sources))
    return files.read(ACCOUNTS_FILE), files.read(GROUPS_FILE), content


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


def _read(
    stream: _Stream, changes: LayerChanges, facts: LayerFacts, *, where: str, budget: _Budget
) -> None:
    try:
        with tarfile.open(
            fileobj=cast("io.BufferedIOBase", stream), mode="r|", tarinfo=bounded_members(where)
        ) as archive:
            for member in archive:
                budget.spend_file()
                _note(member, archive, changes, facts, where)
    except (tarfile.TarError, ValueError, UnicodeError) as error:
        # An empty layer is two blocks of zeros, which is no error; nothing at all is one.
        raise MalformedEvidence("is not a whole tar layer", where=where, found=str(error)) from None


def _note(
    member: tarfile.TarInfo,
    archive: tarfile.TarFile,
    changes: LayerChanges,
    facts: LayerFacts,
    where: str,
) -> None:
    name = _inside(member.name, where)
    if not name or changes.whiteout(name):
        return
    if member.islnk():
        target = _inside(member.linkname, where)
        changes.link(name, target)
        facts.linked(name, target, changes.layer)
        return
    content = _content(member, archive, name, where) if member.isreg() else None
    entry = Entry(
        kind=_kind(member),
        mode=member.mode & 0o7777,
        uid=member.uid,
        gid=member.gid,
        size=member.size if member.isreg() else 0,
        layer=changes.layer,
        target=member.linkname if member.issym() else None,
        content=content if content is not None and _may_matter(name) else None,
    )
    facts.added(entry)
    # Of two entries of one name in a layer the later stands, and the earlier can still be read.
    before = changes.add(name, entry)
    if before is not None and before.kind == "file":
        facts.replaced(name, before)
    if content is not None and (found := credential(name, content)) is not None:
        facts.found(name, found, entry)


def _inside(name: str, where: str) -> str:
    """Return ``name`` without what leads to the root; refuse one that leads out of it."""
    path = PurePosixPath("/", name)
    if ".." in path.parts:
        raise MalformedEvidence(
            "has a name that leads out of the layer", where=where, found=repr(name)
        )
    if len(name) > _NAME:
        raise MalformedEvidence(
            "has a name that is longer than a path may be",
            where=where,
            found=f"{len(name)} characters",
            expected=f"at most {_NAME}",
        )
    return str(path).lstrip("/")


def _kind(member: tarfile.TarInfo) -> str:
    if member.isdir():
        return "directory"
    if member.issym():
        return "symlink"
    return "file" if member.isreg() else "device"


def _may_matter(name: str) -> bool:
    # The two files, and what tools link them to. A file elsewhere that a link leads to is not
    # kept: the user then stays unresolved, which is never taken for "not root".
    return name.startswith("etc/") or name.rpartition("/")[2].startswith(("passwd", "group"))


def _content(
    member: tarfile.TarInfo, archive: tarfile.TarFile, name: str, where: str
) -> bytes | None:
    if member.size > (_FILE_BYTES if _may_matter(name) else SEARCHED):
        if name in {ACCOUNTS_FILE, GROUPS_FILE}:
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
        algorithm = diff_id.partition(":")[0]
        self._hash = hashlib.new(algorithm)
        # Sources are told by sha256, whatever the configuration uses.
        self._own = self._hash if algorithm == "sha256" else hashlib.sha256()
        self._rest = b""
        self._size = 0

    def read(self, size: int) -> bytes:
        parts = [self._rest]
        have = len(self._rest)
        while have < size and (chunk := next(self._chunks, b"")):
            self._budget.spend_bytes(len(chunk))
            self._update(chunk)
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

    @property
    def sha256(self) -> str:
        """Digest of all that was read, in hexadecimal."""
        return self._own.hexdigest()

    def _update(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        if self._own is not self._hash:
            self._own.update(chunk)

    def drain(self, where: str) -> None:
        """Read to the end, and hold the digest against the diff_id."""
        for chunk in self._chunks:
            self._budget.spend_bytes(len(chunk))
            self._update(chunk)
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
