"""in-toto statements: what is said of which subjects.

Source: in-toto/attestation, spec/v1/statement.md and spec/v0.1.0 of it. A statement without a
subject, or a subject without a digest, says something of nothing, and is refused.
"""

from __future__ import annotations

from policyengine.errors import UnsupportedFormat
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.trust import AttestedSubject
from policyengine.model.trust_material import Statement

TYPES = frozenset({"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"})
# No image, and no release, has more.
_SUBJECTS = 100_000


def is_statement(document: JsonValue) -> bool:
    """Say whether ``document`` has the shape of a statement."""
    return (
        isinstance(document, dict)
        and "predicateType" in document
        and str(document.get("_type", "")).startswith("https://in-toto.io/Statement/")
    )


def parse_statement(data: bytes, where: str) -> Statement:
    """Read a payload. Raises MalformedEvidence, or UnsupportedFormat for another version."""
    return read_statement(parse_json(data, where=where), FieldReader(where))


def read_statement(document: JsonValue, read: FieldReader) -> Statement:
    """Read a parsed statement."""
    content = read.root(document)
    kind = read.text(content, "_type", ())
    if kind not in TYPES:
        raise UnsupportedFormat(
            "is a statement of a version that is not read",
            where=read.where,
            found=kind[:200],
            expected=" or ".join(sorted(TYPES)),
        )
    subjects = read.required_objects(content, "subject", ())
    if not 1 <= len(subjects) <= _SUBJECTS:
        raise read.wrong(("subject",), f"{len(subjects)} subjects", f"1 to {_SUBJECTS}")
    predicate_type = read.text(content, "predicateType", ())
    if not predicate_type:
        raise read.wrong(("predicateType",), "an empty string", "a URI")
    return Statement(
        predicate_type=predicate_type,
        subjects=tuple(
            _subject(read, item, ("subject", index)) for index, item in enumerate(subjects)
        ),
        predicate=read.optional_object(content, "predicate", ())
        if content.get("predicate") is not None
        else None,
    )


def _subject(read: FieldReader, item: JsonObject, path: Path) -> AttestedSubject:
    digests = digest_set(read, item, path)
    if not digests:
        raise read.wrong((*path, "digest"), "no digest", "one at least")
    return AttestedSubject(name=read.optional_text(item, "name", path) or "", digests=digests)


def digest_set(read: FieldReader, item: JsonObject, path: Path) -> tuple[tuple[str, str], ...]:
    """Return the digests of a subject or dependency, by algorithm.

    One of another length or alphabet is kept as it is: it is no image's, so it never matches.
    """
    found = read.optional_object(item, "digest", path)
    inner = (*path, "digest")
    return tuple((name, read.text(found, name, inner)) for name in sorted(found))
