"""Evidence from files, directories and standard input.

A directory stands for all regular files in it, at any depth, in order of their paths; hidden ones
and those that tools drop beside reports (``README``, logs) would be easy to skip, and just as
easily a report with an odd name would be. So only names that begin with a dot are passed over,
and any other file that is no evidence is an error.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from policyengine.collect.format import Origin, Report
from policyengine.collect.recognise import named_text, recognise
from policyengine.errors import (
    LimitExceeded,
    MalformedEvidence,
    SourceUnavailable,
    UnsupportedFormat,
)
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.json_text import parse_json
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ScanReport
from policyengine.model.trust import TrustRecord

STDIN = "-"
_CHUNK = 1024 * 1024
_GZIP = b"\x1f\x8b"
_ALL = frozenset({EvidenceKind.SCAN, EvidenceKind.SBOM, EvidenceKind.TRUST})


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceOffer:
    """A path that a user offers: a file, a directory, or ``-``. ``kind`` None is any kind."""

    path: str
    kind: EvidenceKind | None = None


def read_evidence(
    offers: Sequence[EvidenceOffer], *, limits: ReadLimits, stdin: BinaryIO | None = None
) -> GatheredReports:
    """Read all that is offered; the same bytes offered twice are read once.

    Raises an EvidenceError for the first file that cannot be read or is no evidence.
    """
    reports: list[Report] = []
    seen: set[str] = set()
    looked_for: set[EvidenceKind] = set()
    for offer in offers:
        looked_for.update(_ALL if offer.kind is None else {offer.kind})
        for location, data in _contents(offer, limits, stdin):
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 in seen:
                continue
            seen.add(sha256)
            reports.extend(_read(data, sha256, location, offer.kind, limits))
    return GatheredReports(
        scans=tuple(report for report in reports if isinstance(report, ScanReport)),
        sboms=tuple(report for report in reports if isinstance(report, SbomDocument)),
        trusts=tuple(report for report in reports if isinstance(report, TrustRecord)),
        looked_for=frozenset(looked_for),
    )


def _read(
    data: bytes, sha256: str, location: str, kind: EvidenceKind | None, limits: ReadLimits
) -> tuple[Report, ...]:
    media_type = "application/json"
    if data.startswith(_GZIP):
        data = _unpacked(data, location, limits)
        media_type = "application/gzip"
    if (name := named_text(data)) is not None:
        raise UnsupportedFormat(f"is {name}, which is not read", where=location, expected="JSON")
    document = parse_json(data, where=location, depth=limits.depth)
    chosen = recognise(document, kind=kind, where=location)
    return chosen.read(document, Origin(location=location, sha256=sha256, media_type=media_type))


def _contents(
    offer: EvidenceOffer, limits: ReadLimits, stdin: BinaryIO | None
) -> Iterator[tuple[str, bytes]]:
    if offer.path == STDIN:
        yield STDIN, _bounded(stdin or sys.stdin.buffer, STDIN, limits)
        return
    path = Path(offer.path)
    if path.is_dir():
        yield from _directory(path, limits)
    else:
        yield offer.path, _file(path, offer.path, limits)


def _directory(root: Path, limits: ReadLimits) -> Iterator[tuple[str, bytes]]:
    names = []
    try:
        for folder, folders, files in os.walk(root, onerror=_raise):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            names += [Path(folder, name) for name in sorted(files) if not name.startswith(".")]
            if len(names) > limits.evidence_files:
                raise LimitExceeded(
                    "has too many files",
                    where=str(root),
                    expected=f"at most {limits.evidence_files}",
                    hint="limits.evidence_files raises the limit",
                )
    except OSError as error:
        raise SourceUnavailable(
            "cannot be read", where=str(error.filename or root), found=error.strerror
        ) from None
    if not names:
        raise SourceUnavailable(
            "is a directory without evidence", where=str(root), found="no files"
        )
    for path in sorted(names):
        yield str(path), _file(path, str(path), limits)


def _raise(error: OSError) -> None:
    raise error


def _file(path: Path, location: str, limits: ReadLimits) -> bytes:
    try:
        # A FIFO without a writer would block, and a device may never end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SourceUnavailable(
            "cannot be opened", where=location, found=reason or str(error)
        ) from None
    with os.fdopen(descriptor, "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if stat.S_ISFIFO(mode):
            # Process substitution, <(command), gives a pipe: read it, waiting for its writer.
            os.set_blocking(stream.fileno(), True)
        elif not stat.S_ISREG(mode):
            raise SourceUnavailable(
                "is not a file", where=location, found="a device or socket", expected="a file"
            )
        return _bounded(stream, location, limits)


def _bounded(stream: BinaryIO, location: str, limits: ReadLimits) -> bytes:
    parts, count = [], 0
    try:
        while chunk := stream.read(_CHUNK):
            count += len(chunk)
            if count > limits.document_bytes:
                raise _too_large(location, limits)
            parts.append(chunk)
    except OSError as error:
        raise SourceUnavailable(
            "cannot be read", where=location, found=error.strerror or str(error)
        ) from None
    return b"".join(parts)


def _unpacked(data: bytes, location: str, limits: ReadLimits) -> bytes:
    parts, count = [], 0
    rest = data
    try:
        while rest:
            # Members may follow one another (RFC 1952, section 2.2); each must be whole.
            unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            feed = rest
            while not unpacker.eof:
                chunk = unpacker.decompress(feed, _CHUNK)
                feed = unpacker.unconsumed_tail
                count += len(chunk)
                if count > limits.document_bytes:
                    raise _too_large(location, limits)
                parts.append(chunk)
                if not chunk and not feed and not unpacker.eof:
                    raise MalformedEvidence(
                        "is cut off: the gzip data does not end",
                        where=f"{location} at byte {len(data)}",
                        hint="write it again",
                    )
            rest = unpacker.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise MalformedEvidence(
            "is not whole gzip data", where=location, found=str(error)
        ) from None
    return b"".join(parts)


def _too_large(location: str, limits: ReadLimits) -> LimitExceeded:
    return LimitExceeded(
        "is too large for a report",
        where=location,
        expected=f"at most {limits.document_bytes} bytes",
        hint="limits.document_bytes raises the limit",
    )
