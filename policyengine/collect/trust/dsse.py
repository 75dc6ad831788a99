"""DSSE envelopes: secure-systems-lab/dsse, envelope.md and protocol.md.

What is signed is the pre-authentication encoding of type and payload, so a payload cannot be taken
for one of another type. Base64 is the standard or the URL-safe alphabet, each with its padding.
"""

from __future__ import annotations

import base64
import binascii

from policyengine.collect.format import Origin, ReportFormat
from policyengine.collect.trust.statement import parse_statement
from policyengine.errors import UnsupportedFormat
from policyengine.model.dsse import PAYLOAD_TYPE
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.trust_material import DsseEnvelope, EnvelopeSignature, SignedStatement

_NAME = "dsse"
_SIGNATURES = 64


def recognises(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of an envelope."""
    return (
        isinstance(document, dict)
        and document.keys() >= {"payload", "payloadType", "signatures"}
        and "mediaType" not in document
    )


def read_envelope(read: FieldReader, document: JsonObject, path: Path) -> DsseEnvelope:
    """Read an envelope. Raises MalformedEvidence."""
    signatures = read.required_objects(document, "signatures", path)
    if not 1 <= len(signatures) <= _SIGNATURES:
        raise read.wrong(
            (*path, "signatures"), f"{len(signatures)} signatures", f"1 to {_SIGNATURES}"
        )
    seen: set[str] = set()
    found = []
    for index, item in enumerate(signatures):
        here = (*path, "signatures", index)
        keyid = read.optional_text(item, "keyid", here) or ""
        if keyid in seen:
            raise read.wrong((*here, "keyid"), f"{keyid[:80]!r} again", "one signature a key")
        seen.update({keyid} - {""})
        found.append(EnvelopeSignature(keyid=keyid, signature=_decoded(read, item, "sig", here)))
    return DsseEnvelope(
        payload_type=read.text(document, "payloadType", path),
        payload=_decoded(read, document, "payload", path),
        signatures=tuple(found),
    )


def read_material(document: JsonValue, origin: Origin) -> tuple[SignedStatement, ...]:
    """Read an envelope that holds an in-toto statement."""
    read = FieldReader(origin.location)
    envelope = read_envelope(read, read.root(document), ())
    return (signed_statement(envelope, origin=origin, format_name=_NAME, pointer=""),)


def signed_statement(
    envelope: DsseEnvelope,
    *,
    origin: Origin,
    format_name: str,
    pointer: str,
    version: str | None = None,
    bundle: bytes | None = None,
    certified: bool = False,
) -> SignedStatement:
    """Return the statement of ``envelope`` as material. Raises for a payload that is none."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise UnsupportedFormat(
            "is an envelope of a payload that is not read",
            where=f"{origin.location}{pointer}",
            found=envelope.payload_type[:200],
            expected=PAYLOAD_TYPE,
        )
    return SignedStatement(
        source=origin.source(format_name, version=version),
        pointer=pointer,
        envelope=envelope,
        statement=parse_statement(
            envelope.payload, f"{origin.location}: the payload of the envelope"
        ),
        bundle=bundle,
        certified=certified,
    )


def _decoded(read: FieldReader, document: JsonObject, name: str, path: Path) -> bytes:
    text = read.text(document, name, path)
    try:
        data = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        data = None
    # The encoding must be the one of these bytes: no stray bits, one alphabet, all the padding.
    if data is None or text not in {
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
    }:
        raise read.wrong((*path, name), repr(text[:40]), "base64 with its padding")
    if not data:
        raise read.wrong((*path, name), "nothing", "base64 of some bytes")
    return data


FORMAT = ReportFormat(
    name=_NAME, kind=EvidenceKind.TRUST, recognises=recognises, read=read_material
)
