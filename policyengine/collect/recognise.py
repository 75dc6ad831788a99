"""Which format is this document? Decided by content, never by a file's name."""

from __future__ import annotations

import re
from collections.abc import Callable

from policyengine.collect import dockerfile, sbom, scan, trust, vex
from policyengine.collect.format import ReportFormat, TextFormat
from policyengine.collect.image import documents
from policyengine.errors import MalformedEvidence, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonObject, JsonValue

FORMATS: tuple[ReportFormat, ...] = (
    *scan.FORMATS,
    *vex.FORMATS,
    *sbom.FORMATS,
    *trust.FORMATS,
    *documents.FORMATS,
)
# A Dockerfile is known by its first word alone: what says more of itself comes before.
TEXT_FORMATS: tuple[TextFormat, ...] = (
    *scan.TEXT_FORMATS,
    *vex.TEXT_FORMATS,
    *sbom.TEXT_FORMATS,
    *dockerfile.TEXT_FORMATS,
)

# Formats that are known by sight and not read: the message can say what the file is.
_KNOWN: tuple[tuple[str, Callable[[JsonObject], bool]], ...] = (
    ("OpenVEX without statements", lambda d: "openvex" in str(d.get("@context", ""))),
    ("an in-toto statement", lambda d: "predicateType" in d),
    ("an in-toto link", lambda d: _inner(d, "signed").get("_type") == "link"),
    ("TUF metadata", lambda d: "_type" in _inner(d, "signed")),
    ("a DSSE envelope", lambda d: "payloadType" in d and "signatures" in d),
    ("Sigstore data", lambda d: "sigstore" in str(d.get("mediaType", ""))),
    ("a cosign payload", lambda d: "critical" in d),
    ("a log entry of Rekor", lambda d: "SignedEntryTimestamp" in d),
    ("a cosign signature of a file", lambda d: "base64Signature" in d),
    ("a Notary Project signature", lambda d: d.keys() >= {"payload", "protected", "signature"}),
    ("an image manifest", lambda d: "schemaVersion" in d and ("layers" in d or "config" in d)),
    ("an image index", lambda d: "schemaVersion" in d and "manifests" in d),
    ("an input document of this program", lambda d: "schema_version" in d and "evidence" in d),
    ("a Kubernetes resource", lambda d: "apiVersion" in d and "kind" in d),
    ("a Xeol report", lambda d: _inner(d, "descriptor").get("name") == "xeol"),
    ("a Clair index report, which has no vulnerabilities", lambda d: "manifest_hash" in d),
)
_HINTS = {
    "a Notary Project signature": "give it with --signature, and --notation",
    "TUF metadata": "give the directory of a Notary repository with --notary",
}
_TEXT: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("HTML", re.compile(rb"\s*<(!doctype )?html", re.IGNORECASE)),
    ("XML", re.compile(rb"\s*<")),
    ("a zip archive", re.compile(rb"PK\x03\x04")),
    ("Zstandard data", re.compile(rb"\x28\xb5\x2f\xfd")),
    ("bzip2 data", re.compile(rb"BZh[1-9]")),
    ("xz data", re.compile(rb"\xfd7zXZ\x00")),
)


def recognise(document: JsonValue, *, kind: EvidenceKind | None, where: str) -> ReportFormat:
    """Return the format of ``document``, which must be of ``kind`` where one is given.

    Raises UnsupportedFormat that says what it is, if that can be told, and what is read.
    """
    found = [item for item in FORMATS if item.recognises(document)]
    if len(found) > 1:
        raise MalformedEvidence(
            "has the shape of two formats",
            where=where,
            found=" and ".join(item.name for item in found),
            expected="one",
        )
    if not found:
        name = _name(document)
        raise UnsupportedFormat(
            f"is {name}, which is not read" if name else "is JSON of no known format",
            where=where,
            expected=_readable(kind),
            hint=None if name is None else _HINTS.get(name),
        )
    refuse_other_kind(found[0], kind, where=where)
    return found[0]


def recognise_text(data: bytes, kind: EvidenceKind | None = None) -> TextFormat | None:
    """Return the format of ``data``; None for JSON, and for what is not read.

    What is given as a Dockerfile is read as one: only so can be said on which line it is none.
    """
    if kind is EvidenceKind.DOCKERFILE:
        return dockerfile.TEXT_FORMATS[0]
    if data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        return None
    return next((item for item in TEXT_FORMATS if item.recognises(data)), None)


def refuse_other_kind(
    found: ReportFormat | TextFormat, kind: EvidenceKind | None, *, where: str
) -> None:
    """Raise UnsupportedFormat if ``kind`` is given and ``found`` is of another."""
    if kind is not None and found.kind is not kind:
        raise UnsupportedFormat(
            f"is {found.name}, which is {found.kind} evidence",
            where=where,
            expected=_readable(kind),
            hint="give it with --evidence"
            if found.kind is EvidenceKind.IMAGE
            else f"give it with --{found.kind} or --evidence",
        )


def named_text(data: bytes) -> str | None:
    """Return what ``data``, which is no JSON, is by its first bytes."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf")
    if head.lstrip()[:1] in {b"{", b"["}:
        return None
    return next((name for name, pattern in _TEXT if pattern.match(head)), None)


def _name(document: JsonValue) -> str | None:
    if document is None:
        return "null, as the first versions of Trivy wrote where they found nothing"
    if not isinstance(document, dict):
        return None
    return next((name for name, is_one in _KNOWN if is_one(document)), None)


def _inner(document: JsonObject, field: str) -> JsonObject:
    value = document.get(field)
    return value if isinstance(value, dict) else {}


def _readable(kind: EvidenceKind | None) -> str:
    readable: tuple[ReportFormat | TextFormat, ...] = (*FORMATS, *TEXT_FORMATS)
    names = (item.name for item in readable if kind in {None, item.kind})
    return ", ".join(names)
