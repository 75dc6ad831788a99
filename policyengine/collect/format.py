"""What a format is to the collectors: how it is recognised, and how it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from policyengine.model.dockerfile import Dockerfile
from policyengine.model.evidence import EvidenceKind, EvidenceSource
from policyengine.model.image_documents import ImageDocument
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.limits import ReadLimits
from policyengine.model.sbom import SbomDocument
from policyengine.model.scan import ScanReport
from policyengine.model.trust import TrustRecord
from policyengine.model.trust_material import TrustMaterial
from policyengine.model.vex import VexDocument

Report = (
    ScanReport
    | VexDocument
    | SbomDocument
    | TrustRecord
    | TrustMaterial
    | Dockerfile
    | ImageDocument
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The bytes that a document was parsed from; see ``EvidenceSource`` for the fields."""

    location: str
    sha256: str
    media_type: str

    def source(
        self,
        format_name: str,
        *,
        version: str | None = None,
        tool: str | None = None,
        tool_version: str | None = None,
    ) -> EvidenceSource:
        """Return the source of a document of this format."""
        return EvidenceSource(
            location=self.location,
            sha256=self.sha256,
            media_type=self.media_type,
            format=format_name,
            format_version=version,
            tool=tool,
            tool_version=tool_version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFormat:
    """A format that is read.

    ``recognises`` looks at the shape of a parsed document and never raises. ``read`` returns the
    reports in it: one, but for formats that hold several. It raises MalformedEvidence with the
    JSON path, and UnsupportedFormat for a version that is not read.
    """

    name: str
    kind: EvidenceKind
    recognises: Callable[[JsonValue], bool]
    read: Callable[[JsonValue, Origin], tuple[Report, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """A format that is no JSON: the same, over the bytes of a document, never empty.

    ``media_type`` is that of the form. ``read`` keeps to the limits that it is given.
    """

    name: str
    kind: EvidenceKind
    media_type: str
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes, Origin, ReadLimits], tuple[Report, ...]]


def optional_instant(read: FieldReader, obj: JsonObject, name: str, path: Path) -> Instant | None:
    """Return the time in field ``name``; None where it is missing or not a whole instant."""
    return whole_instant(read.optional_text(obj, name, path))


def whole_instant(text: str | None) -> Instant | None:
    """Read a time. None for what is no instant.

    Tools write local times and dates without one; those are no facts to reckon with.
    """
    return None if text is None else _instant(text)


@lru_cache(maxsize=4096)
def _instant(text: str) -> Instant | None:
    try:
        return Instant.parse(text)
    except ValueError:
        return None


def count_unmapped(counts: Counter[str], obj: JsonObject, mapped: frozenset[str]) -> None:
    """Add to ``counts`` what ``obj`` has beside the fields ``mapped``, by field name.

    A list counts its items and an object one; single values say little that could be missed.
    So a part that is new, or misspelt, leaves a trace in the input document.
    """
    if obj.keys() <= mapped:
        return
    for name, value in obj.items():
        if name not in mapped and isinstance(value, list | dict) and value:
            counts[name] += len(value) if isinstance(value, list) else 1


def in_order(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Return ``counts`` as reports hold them, by name."""
    return tuple((name, count) for name, count in sorted(counts.items()) if count)
