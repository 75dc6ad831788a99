"""Bundles as files: OPA's ``tar.gz``, read within limits and written with the same bytes each time.

What readers might see differently is refused: a second gzip member, anything behind the end of the
archive, two files of one name, links, devices, sparse files, and names that lead out of it. OPA
writes names with a leading slash, tar with ``./``: both mean the root of the bundle.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Mapping

from policyengine.errors import BundleFormatError

SUFFIXES = (".tar.gz", ".tgz")
PACKED_BYTES = 64 * 1024 * 1024
_BYTES = 256 * 1024 * 1024
_FILES = 10_000
_BLOCK = tarfile.BLOCKSIZE
# RFC 1952: deflate, no name, no time, best compression, no operating system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_GZIP = 16 + zlib.MAX_WBITS


def read_archive(data: bytes, *, where: str) -> dict[str, bytes]:
    """Return the files of a bundle by path, without leading slash. Raises BundleFormatError."""
    stream = io.BytesIO(_unpacked(data, where))
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=stream, mode="r:", errorlevel=2) as archive:
            for member in archive:
                name = _name(member, where)
                if name is None:
                    continue
                if name in contents:
                    raise BundleFormatError("is in the archive twice", where=f"{where}/{name}")
                contents[name] = _content(archive, member, f"{where}/{name}")
                if len(contents) > _FILES:
                    raise BundleFormatError(
                        "has too many files", where=where, expected=f"at most {_FILES}"
                    )
            end = archive.offset
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise BundleFormatError("is not a tar archive", where=where, found=str(error)) from None
    # A damaged header ends the archive for tarfile, and what comes after would silently be missing.
    if stream.getvalue()[end:].strip(b"\0"):
        raise BundleFormatError(
            "has something behind its end", where=where, found=f"more than zeros at byte {end}"
        )
    if not contents:
        raise BundleFormatError("is an empty archive", where=where)
    return contents


def write_archive(contents: Mapping[str, bytes]) -> bytes:
    """Return the archive of ``contents``: names in order, no times, owners or modes of their own.

    The bytes are the same wherever zlib is of the same version.
    """
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(contents):
            member = tarfile.TarInfo(name)
            member.size = len(contents[name])
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(contents[name]))
    plain = stream.getvalue()
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(plain) + packer.flush()
    return _GZIP_HEADER + packed + struct.pack("<LL", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)


def _unpacked(data: bytes, where: str) -> bytes:
    if len(data) > PACKED_BYTES:
        raise BundleFormatError(
            "is too large", where=where, expected=f"at most {PACKED_BYTES} bytes"
        )
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(data, _BYTES + 1)
    except zlib.error as error:
        raise BundleFormatError("is not gzip", where=where, found=str(error)) from None
    if len(plain) > _BYTES:
        raise BundleFormatError(
            "is too large unpacked", where=where, expected=f"at most {_BYTES} bytes"
        )
    if not unpacker.eof:
        raise BundleFormatError("is cut off", where=where, found=f"{len(data)} bytes of gzip")
    if unpacker.unused_data:
        raise BundleFormatError(
            "has something behind its end",
            where=where,
            found=f"{len(unpacker.unused_data)} bytes after the gzip data",
        )
    return plain


def _name(member: tarfile.TarInfo, where: str) -> str | None:
    """Return the path of a file in the bundle, None for a folder."""
    shown = member.name.encode("utf-8", "backslashreplace").decode()
    path = member.name.removeprefix("./") if member.name != "." else ""
    path = path.removeprefix("/")
    if member.isdir():
        parts = [part for part in path.split("/") if part not in {"", "."}]
        problem = "leads out of the bundle" if ".." in parts else None
    else:
        problem = _problem(member, path)
    if problem is not None:
        raise BundleFormatError(
            f"has a member that {problem}", where=where, found=repr(shown), expected="regular files"
        )
    return None if member.isdir() else path


def _problem(member: tarfile.TarInfo, path: str) -> str | None:
    # AREGTYPE is what old writers use. A sparse file is one whose content tar makes up.
    if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or member.sparse is not None:
        return "is a link" if member.islnk() or member.issym() else "is no regular file"
    if any("\ud800" <= char <= "\udfff" or char == "\0" for char in path):
        return "has a name that is not UTF-8"
    if any(part in {"", ".", ".."} for part in path.split("/")) or "\\" in path:
        return "leads out of the bundle, or has no plain name"
    return None


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, where: str) -> bytes:
    stream = archive.extractfile(member)
    content = b"" if stream is None else stream.read()
    if len(content) != member.size:
        raise BundleFormatError(
            "is cut off", where=where, found=f"{len(content)} of {member.size} bytes"
        )
    return content
