"""The file of known base images: JSON, ``{"version": 1, "bases": [...]}``."""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson

from policyengine.errors import UsageError
from policyengine.given_file import read_given
from policyengine.model.bases import BaseCatalogue, KnownBase
from policyengine.model.evidence import EvidenceSource
from policyengine.model.image import ImageEvidence
from policyengine.model.instant import Instant
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_fields import Path as Place
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.model.reference import is_digest

_VERSION = 1
_FIELDS = frozenset({"name", "digest", "platform", "created", "layers"})


def read_catalogue(path: Path) -> BaseCatalogue:
    """Read a catalogue. Raises UsageError with the place of what is wrong."""
    data = read_given(path, error=UsageError)
    read = FieldReader(str(path), UsageError)
    document = read.root(parse_json(data, where=str(path), error=UsageError))
    if document.get("version") != _VERSION:
        raise read.wrong(("version",), repr(document.get("version")), str(_VERSION))
    return BaseCatalogue(
        source=EvidenceSource(
            location=str(path),
            sha256=hashlib.sha256(data).hexdigest(),
            media_type="application/json",
            format="base-catalogue",
            format_version=str(_VERSION),
        ),
        bases=tuple(
            _base(read, item, ("bases", index))
            for index, item in enumerate(read.required_objects(document, "bases", ()))
        ),
    )


def _base(read: FieldReader, item: JsonObject, at: Place) -> KnownBase:
    for name in item:
        if name not in _FIELDS:
            raise read.wrong((*at, name), "an unknown field", ", ".join(sorted(_FIELDS)))
    digest = read.optional_text(item, "digest", at)
    if digest is not None and not is_digest(digest):
        raise read.wrong((*at, "digest"), repr(digest), "a digest")
    layers = tuple(read.texts(item, "layers", at))
    if not layers or not all(map(is_digest, layers)):
        # No layer at all would be the beginning of every image.
        raise read.wrong((*at, "layers"), repr(list(layers)), "at least one diff_id")
    created = read.optional_text(item, "created", at)
    try:
        instant = None if created is None else Instant.parse(created)
    except ValueError:
        raise read.wrong((*at, "created"), repr(created), "an RFC 3339 time") from None
    return KnownBase(
        name=read.text(item, "name", at),
        digest=digest,
        platform=read.text(item, "platform", at),
        created=instant,
        layers=layers,
    )


def written(bases: tuple[KnownBase, ...]) -> bytes:
    """Return the file of ``bases``: the same bases give the same bytes."""
    listed = [
        {
            "name": base.name,
            "digest": base.digest,
            "platform": base.platform,
            "created": None if base.created is None else str(base.created),
            "layers": list(base.layers),
        }
        for base in sorted(bases, key=lambda base: (base.name, base.platform, base.digest or ""))
    ]
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({"version": _VERSION, "bases": listed}, option=options)


def known_base(image: ImageEvidence, *, name: str | None) -> KnownBase:
    """Return ``image`` as a base, by its own name or ``name``. Raises UsageError without either."""
    subject = image.subject
    if name is None and subject.registry and subject.repository:
        tag = "" if subject.tag is None else f":{subject.tag}"
        name = f"{subject.registry}/{subject.repository}{tag}"
    if name is None:
        raise UsageError(
            "an image without a name is no known base", where=subject.reference, expected="--name"
        )
    if not image.image.layers:
        raise UsageError(
            "an image without layers is the base of every image", where=subject.reference
        )
    return KnownBase(
        name=name,
        digest=subject.digest,
        platform=str(image.image.platform),
        created=image.image.created,
        layers=image.image.layers,
    )


def added(bases: tuple[KnownBase, ...], base: KnownBase) -> tuple[KnownBase, ...]:
    """Return ``bases`` with ``base``, which replaces one of its name, platform and layers."""
    kept = (
        item
        for item in bases
        if (item.name, item.platform, item.layers) != (base.name, base.platform, base.layers)
    )
    return (*kept, base)
