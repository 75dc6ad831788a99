"""What a simple signature signs: the digest of a manifest, and a reference to it.

Source: containers/image ``docs/containers-signature.5.md``. Everything under ``critical`` must be
understood, so a field more is an error; what is ``optional`` is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.reference import is_digest

ATOMIC = "atomic container signature"
COSIGN = "cosign container image signature"
_LATEST_NS = 253_402_300_800 * 1_000_000_000  # the year 10000


@dataclass(frozen=True, slots=True, kw_only=True)
class SimplePayload:
    """A payload. ``reference`` is ``docker-reference`` as it was signed."""

    digest: str
    reference: str
    signed_at: Instant | None


def parse_payload(data: bytes, kind: str, where: str) -> SimplePayload:
    """Read a payload of type ``kind``. Raises MalformedEvidence."""
    read = FieldReader(where)
    document = read.root(parse_json(data, where=where, depth=16))
    critical = read.object(document, "critical", ())
    image = read.object(critical, "image", ("critical",))
    identity = read.object(critical, "identity", ("critical",))
    for obj, known, path in (
        (document, {"critical", "optional"}, ()),
        (critical, {"type", "image", "identity"}, ("critical",)),
        (image, {"docker-manifest-digest"}, ("critical", "image")),
        (identity, {"docker-reference"}, ("critical", "identity")),
    ):
        extra = sorted(obj.keys() - known)
        if extra:
            raise read.wrong((*path, extra[0][:80]), "an unknown field", ", ".join(sorted(known)))
    found = read.text(critical, "type", ("critical",))
    if found != kind:
        raise read.wrong(("critical", "type"), repr(found[:80]), repr(kind))
    digest = read.text(image, "docker-manifest-digest", ("critical", "image"))
    if not is_digest(digest):
        place = ("critical", "image", "docker-manifest-digest")
        raise read.wrong(place, repr(digest[:80]), "a digest")
    optional = read.optional_object(document, "optional", ())
    seconds = optional.get("timestamp")
    is_time = isinstance(seconds, int) and not isinstance(seconds, bool)
    nanoseconds = seconds * 1_000_000_000 if is_time and isinstance(seconds, int) else None
    return SimplePayload(
        digest=digest,
        reference=read.text(identity, "docker-reference", ("critical", "identity")),
        signed_at=Instant(nanoseconds)
        if nanoseconds is not None and 0 <= nanoseconds < _LATEST_NS
        else None,
    )
