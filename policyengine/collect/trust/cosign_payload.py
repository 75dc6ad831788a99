"""What ``cosign`` signs in its own form: a payload that names the image.

Source: sigstore/cosign, specs/SIGNATURE_SPEC.md. It has the shape of Red Hat's simple signing; the
``type`` tells the two apart.
"""

from __future__ import annotations

from policyengine.errors import InvalidReference
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.reference import ImageReference, is_digest

PAYLOAD_MEDIA_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
_TYPE = "cosign container image signature"
LARGEST = 1024 * 1024


def read_payload(data: bytes, where: str) -> tuple[str, str | None, str | None]:
    """Return the digest signed, and the repository and tag it was signed as. Raises
    MalformedEvidence.

    cosign leaves the reference out, or writes it with a tag or digest, as it was told to.
    """
    read = FieldReader(where)
    critical = read.object(read.root(parse_json(data, where=where)), "critical", ())
    kind = read.text(critical, "type", ("critical",))
    if kind != _TYPE:
        raise read.wrong(("critical", "type"), repr(kind[:80]), repr(_TYPE))
    path = ("critical", "image")
    image = read.object(critical, "image", ("critical",))
    digest = read.text(image, "docker-manifest-digest", path)
    if not is_digest(digest):
        raise read.wrong((*path, "docker-manifest-digest"), repr(digest[:80]), "a digest")
    path = ("critical", "identity")
    identity = read.optional_object(critical, "identity", ("critical",))
    text = read.optional_text(identity, "docker-reference", path)
    if text is None:
        return digest, None, None
    try:
        reference = ImageReference.parse(text)
    except InvalidReference:
        raise read.wrong((*path, "docker-reference"), repr(text[:80]), "a reference") from None
    if reference.digest is not None and reference.digest != digest:
        raise read.wrong((*path, "docker-reference"), reference.digest, f"{digest}, as signed")
    return digest, f"{reference.registry}/{reference.repository}", reference.tag
