"""Evidence from files, directories and standard input.

A directory stands for all files in it, at any depth, in order of their paths. What tools drop
beside reports (``README``, logs) would be easy to skip, and just as easily a report with an odd
name would be. So only names that begin with a dot are passed over, and any other file that is no
evidence is an error.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from policyengine.errors import LimitExceeded, SourceUnavailable
from policyengine.garbage import paused_collection
from policyengine.given_file import open_given
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.limits import ReadLimits

STDIN = "-"
# Most reports fit into one, and are then not copied together.
CHUNK = 16 * 1024 * 1024
_ALL = frozenset(
    {
        EvidenceKind.SCAN,
        EvidenceKind.VEX,
        EvidenceKind.SBOM,
        EvidenceKind.TRUST,
        EvidenceKind.DOCKERFILE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceOffer:
    """A path that a user offers: a file, a directory, or ``-``. ``kind`` None is any kind."""

    path: str
    kind: EvidenceKind | None = None


@paused_collection()
def read_evidence(
    offers: Sequence[EvidenceOffer], *, limits: ReadLimits, stdin: BinaryIO | None = None
) -> GatheredReports:
    """Read all that is offered; the same content offered twice is read once.

    Raises an EvidenceError for the first file that cannot be read or is no evidence.
    """
    if not offers:
        # Nobody waits for the readers of all formats, and the values that they make, for nothing.
        return GatheredReports()
    from policyengine.collect.report_reader import ReportReader

    reader = ReportReader(limits)
    looked_for: set[EvidenceKind] = set()
    piped: bytes | None = None
    for offer in offers:
        looked_for.update(_ALL if offer.kind is None else {offer.kind})
        if offer.path == STDIN:
            if piped is None:
                piped = _bounded(stdin or sys.stdin.buffer, STDIN, limits)
            reader.read(piped, STDIN, offer.kind)
            continue
        for location, data in _contents(offer.path, limits):
            reader.read(data, location, offer.kind)
    return reader.gathered(looked_for)


def _contents(offered: str, limits: ReadLimits) -> Iterator[tuple[str, bytes]]:
    if not offered:
        # A variable that was never set would otherwise mean the working directory.
        raise SourceUnavailable("the path of a report is empty", expected="a file or directory")
    path = Path(offered)
    try:
        is_directory = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise _unopened(path, error) from None
    for file in _files(path, limits) if is_directory else (path,):
        yield _shown(file), _file(file, limits)


def _files(root: Path, limits: ReadLimits) -> list[Path]:
    """List the files of a directory. Links to directories are followed, each directory once."""
    names: list[Path] = []
    walked: set[tuple[int, int]] = set()
    try:
        for folder, folders, files in os.walk(root, onerror=_raise, followlinks=True):
            status = Path(folder).stat()
            if (status.st_dev, status.st_ino) in walked:
                folders.clear()
                continue
            walked.add((status.st_dev, status.st_ino))
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            names += [Path(folder, name) for name in files if not name.startswith(".")]
            if len(names) > limits.evidence_files:
                raise LimitExceeded(
                    "has too many files",
                    where=_shown(root),
                    expected=f"at most {limits.evidence_files}",
                    hint="limits.evidence_files raises the limit",
                )
    except OSError as error:
        raise _unopened(error.filename or root, error) from None
    if not names:
        raise SourceUnavailable(
            "is a directory without evidence", where=_shown(root), found="no files"
        )
    return sorted(names)


def _raise(error: OSError) -> None:
    raise error


def _file(path: Path, limits: ReadLimits) -> bytes:
    with open_given(path, error=SourceUnavailable) as stream:
        return _bounded(stream, _shown(path), limits)


def _bounded(stream: BinaryIO, location: str, limits: ReadLimits) -> bytes:
    parts, count = [], 0
    try:
        while chunk := stream.read(CHUNK):
            count += len(chunk)
            if count > limits.document_bytes:
                raise too_large(location, limits)
            parts.append(chunk)
    except OSError as error:
        raise SourceUnavailable(
            "cannot be read", where=location, found=error.strerror or str(error)
        ) from None
    return b"".join(parts)


def too_large(location: str, limits: ReadLimits) -> LimitExceeded:
    """Return the error that a report is larger than the limit."""
    return LimitExceeded(
        "is too large for a report",
        where=location,
        expected=f"at most {limits.document_bytes} bytes",
        hint="limits.document_bytes raises the limit",
    )


def _unopened(path: str | Path, error: OSError | ValueError) -> SourceUnavailable:
    reason = error.strerror if isinstance(error, OSError) else None
    return SourceUnavailable("cannot be opened", where=_shown(path), found=reason or str(error))


def _shown(path: str | Path) -> str:
    """Return ``path`` as text that can be written: a file name may be any bytes."""
    return os.fsencode(path).decode(errors="backslashreplace")
