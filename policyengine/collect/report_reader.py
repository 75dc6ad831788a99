"""What one file of evidence holds: unpacked, recognised by its content, and read into values."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable

from policyengine.collect.files import CHUNK, too_large
from policyengine.collect.format import Origin, Report, ReportFormat, TextFormat
from policyengine.collect.image.documents import is_history_line
from policyengine.collect.recognise import (
    named_text,
    recognise,
    recognise_text,
    refuse_other_kind,
)
from policyengine.errors import LimitExceeded, MalformedEvidence, UnsupportedFormat
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

_GZIP = b"\x1f\x8b"


class ReportReader:
    """Reads files one after another, the same content only once."""

    def __init__(self, limits: ReadLimits) -> None:
        self._limits = limits
        self._reports: list[Report] = []
        # The format of each content that was read, by its digest.
        self._seen: dict[str, ReportFormat | TextFormat] = {}

    def read(self, data: bytes, location: str, kind: EvidenceKind | None) -> None:
        """Read one file, which must be of ``kind`` where one is given.

        Raises an EvidenceError where it cannot be read or is no evidence.
        """
        self._reports += _read(data, location, kind, self._limits, self._seen)

    def gathered(self, looked_for: Iterable[EvidenceKind]) -> GatheredReports:
        """Return all that was read; ``looked_for`` are the kinds that could have been there."""
        reports = self._reports
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
                    report,
                    DockerInspection | DockerHistory | ConfigurationDocument | SkopeoInspection,
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


def _unpacked(data: bytes, location: str, limits: ReadLimits) -> bytes:
    parts, count = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            while chunk := stream.read(CHUNK):
                count += len(chunk)
                if count > limits.document_bytes:
                    raise too_large(location, limits)
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
