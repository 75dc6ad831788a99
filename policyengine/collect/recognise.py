"""Which format is this document? Decided by content, never by a file's name."""

from __future__ import annotations

from collections.abc import Callable

from policyengine.collect import sbom, scan, trust
from policyengine.collect.format import ReportFormat
from policyengine.errors import MalformedEvidence, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonValue

FORMATS: tuple[ReportFormat, ...] = (*scan.FORMATS, *sbom.FORMATS, *trust.FORMATS)

# Formats that are known by sight and not read: the message can say what the file is.
_KNOWN: tuple[tuple[str, Callable[[dict[str, JsonValue]], bool]], ...] = (
    ("SARIF", lambda d: "runs" in d and "sarif" in str(d.get("$schema", "")).lower()),
    ("SPDX 3 in JSON-LD", lambda d: "@graph" in d and "spdx" in str(d.get("@context", ""))),
    ("OpenVEX", lambda d: "openvex" in str(d.get("@context", ""))),
    ("CSAF", lambda d: "document" in d and "product_tree" in d),
    ("an in-toto statement", lambda d: "predicateType" in d and "subject" in d),
    ("a DSSE envelope", lambda d: "payloadType" in d and "signatures" in d),
    ("an image manifest", lambda d: "schemaVersion" in d and ("layers" in d or "manifests" in d)),
    ("an image configuration", lambda d: "rootfs" in d and "architecture" in d),
    ("an input document of this program", lambda d: "schema_version" in d and "evidence" in d),
    ("a Snyk report", lambda d: "vulnerabilities" in d and "packageManager" in d),
    ("a report of Trivy's Kubernetes scan", lambda d: "ClusterName" in d),
)
_TEXT: tuple[tuple[str, bytes], ...] = (
    ("SPDX in tag-value form", b"SPDXVersion:"),
    ("XML", b"<?xml"),
    ("XML", b"<bom"),
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
        )
    if kind is not None and found[0].kind is not kind:
        raise UnsupportedFormat(
            f"is {found[0].name}, which is {found[0].kind} evidence",
            where=where,
            expected=_readable(kind),
            hint=f"give it with --{found[0].kind} or --evidence",
        )
    return found[0]


def named_text(data: bytes) -> str | None:
    """Return what ``data``, which is no JSON, is by its first bytes."""
    head = data[:512].lstrip()
    return next((name for name, start in _TEXT if head.startswith(start)), None)


def _name(document: JsonValue) -> str | None:
    if not isinstance(document, dict):
        return None
    return next((name for name, is_one in _KNOWN if is_one(document)), None)


def _readable(kind: EvidenceKind | None) -> str:
    return ", ".join(item.name for item in FORMATS if kind in {None, item.kind})
