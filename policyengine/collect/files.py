"""Evidence from files, directories and standard input.

A directory stands for all files in it, at any depth, in order of their paths. What tools drop
beside reports (``README``, logs) would be easy to skip, and just as easily a report with an odd
name would be. So only names that begin with a dot are passed over, and any other file that is no
evidence is an error.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from policyengine.collect.format import Origin, Report, ReportFormat, TextFormat
from policyengine.errors import (
    LimitExceeded,
    MalformedEvidence,
    SourceUnavailable,
    UnsupportedFormat,
)
from policyengine.given_file import open_given
from policyengine.model.acyclic import building_without_cycles
from policyengine.model.dockerfile import Dockerfile
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.image_documents import (
    ConfigurationDocument,
    DockerHistory,
    DockerInspection,
    SkopeoInspection,
)
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonValue
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ScanReport
from policyengine.model.trust import TrustRecord
from policyengine.model.trust_material import TrustMaterial
from policyengine.model.vex import VexDocument

STDIN = "-"
# Most reports fit into one, and are then not copied together.
_CHUNK = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"
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


@building_without_cycles()
def read_evidence(
    offers: Sequence[EvidenceOffer], *, limits: ReadLimits, stdin: BinaryIO | None = None
) -> GatheredReports:
    """Read all that is offered; the same content offered twice is read once.

    Raises an EvidenceError for the first file that cannot be read or is no evidence.
    """
    reports: list[Report] = []
    seen: dict[str, ReportFormat | TextFormat] = {}
    looked_for: set[EvidenceKind] = set()
    piped: bytes | None = None
    for offer in offers:
        looked_for.update(_ALL if offer.kind is None else {offer.kind})
        if offer.path == STDIN:
            if piped is None:
                piped = _bounded(stdin or sys.stdin.buffer, STDIN, limits)
            reports.extend(_read(piped, STDIN, offer.kind, limits, seen))
            continue
        for location, data in _contents(offer.path, limits):
            reports.extend(_read(data, location, offer.kind, limits, seen))
    return GatheredReports(
        scans=tuple(report for report in reports if isinstance(report, ScanReport)),
        vexes=tuple(report for report in reports if isinstance(report, VexDocument)),
        sboms=tuple(report for report in reports if isinstance(report, SbomDocument)),
        trusts=tuple(report for report in reports if isinstance(report, TrustRecord)),
        dockerfiles=tuple(report for report in reports if isinstance(report, Dockerfile)),
        documents=tuple(
            report
            for report in reports
            if isinstance(
                report, DockerInspection | DockerHistory | ConfigurationDocument | SkopeoInspection
            )
        ),
        material=tuple(report for report in reports if isinstance(report, TrustMaterial)),
        looked_for=frozenset(looked_for),
    )


def _read(
    data: bytes,
    location: str,
    kind: EvidenceKind | None,
    limits: ReadLimits,
    seen: dict[str, ReportFormat | TextFormat],
) -> tuple[Report, ...]:
    """Read one file. ``seen`` has the format of each content read before, by its digest."""
    # The readers of all formats: an image without reports starts faster without them.
    from policyengine.collect.image.documents import is_history_line
    from policyengine.collect.recognise import (
        named_text,
        recognise,
        recognise_text,
        refuse_other_kind,
    )

    sha256 = content_sha256 = hashlib.sha256(data).hexdigest()
    packed = data.startswith(_GZIP)
    if packed:
        data = _unpacked(data, location, limits)
        content_sha256 = hashlib.sha256(data).hexdigest()
    if (before := seen.get(content_sha256)) is not None:
        refuse_other_kind(before, kind, where=location)
        return ()
    if (text := recognise_text(data, kind)) is not None:
        refuse_other_kind(text, kind, where=location)
        seen[content_sha256] = text
        media_type = "application/gzip" if packed else text.media_type
        origin = Origin(location=location, sha256=sha256, media_type=media_type)
        return text.read(data, origin, limits)
    if (name := named_text(data)) is not None:
        raise UnsupportedFormat(f"is {name}, which is not read", where=location, expected="JSON")
    lines = _json_lines(data, location, limits)
    # The lines of docker history are one document, and two of them may be the same.
    first = parse_json(lines[0], where=f"{location}: line 1") if lines else None
    if lines and not is_history_line(first):
        return tuple(
            report
            for number, line in enumerate(lines, start=1)
            for report in _read(line, f"{location}: line {number}", kind, limits, seen)
        )
    document: JsonValue = (
        [
            parse_json(line, where=f"{location}: line {number}", depth=limits.depth)
            for number, line in enumerate(lines, start=1)
        ]
        if lines
        else parse_json(data, where=location, depth=limits.depth)
    )
    chosen = recognise(document, kind=kind, where=location)
    seen[content_sha256] = chosen
    media_type = "application/gzip" if packed else "application/json"
    return chosen.read(document, Origin(location=location, sha256=sha256, media_type=media_type))


def _json_lines(data: bytes, location: str, limits: ReadLimits) -> list[bytes]:
    """Return the documents of JSON Lines (jsonlines.org), as tools write several attestations.

    Nothing where ``data`` is not at least two lines that are objects, each on one line.
    """
    start = data[:65536].lstrip()[:1]
    if start != b"{" or data.find(b"\n") < 0:
        return []
    lines = [line.strip() for line in data.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) < 2 or not all(line[:1] == b"{" and line[-1:] == b"}" for line in lines):
        return []
    if len(lines) > limits.evidence_files:
        raise LimitExceeded(
            "has too many documents",
            where=location,
            expected=f"at most {limits.evidence_files}",
            hint="limits.evidence_files raises the limit",
        )
    return lines


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
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            while chunk := stream.read(_CHUNK):
                count += len(chunk)
                if count > limits.document_bytes:
                    raise _too_large(location, limits)
                parts.append(chunk)
    except EOFError:
        raise MalformedEvidence(
            "is cut off: the gzip data does not end",
            where=f"{location} at byte {len(data)}",
            hint="write it again",
        ) from None
    except (zlib.error, OSError) as error:
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


def _unopened(path: str | Path, error: OSError | ValueError) -> SourceUnavailable:
    reason = error.strerror if isinstance(error, OSError) else None
    return SourceUnavailable("cannot be opened", where=_shown(path), found=reason or str(error))


def _shown(path: str | Path) -> str:
    """Return ``path`` as text that can be written: a file name may be any bytes."""
    return os.fsencode(path).decode(errors="backslashreplace")
