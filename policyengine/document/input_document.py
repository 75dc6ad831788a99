"""The input document as a value: checked, canonical, with its digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import jsonschema_rs
import orjson

from policyengine.document.times import instant_fields
from policyengine.errors import MalformedEvidence, UnsupportedFormat
from policyengine.model.instant import Instant
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.resources import read_schema

SCHEMA_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDocument:
    """A document that fits ``input-v1.schema.json``.

    ``encoded`` is its canonical form (UTF-8, keys sorted, two spaces, a final newline): the same
    facts give the same bytes. ``sha256`` is of these bytes, in hexadecimal. ``content`` must not
    be changed.
    """

    content: JsonObject
    encoded: bytes
    sha256: str


def encode(content: JsonValue) -> bytes:
    """Return the canonical form of ``content``."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(content, option=options)


def checked(content: JsonObject, *, where: str) -> InputDocument:
    """Check ``content`` against the schema and make a document of it.

    Raises MalformedEvidence with the JSON path of the first thing that does not fit, and
    UnsupportedFormat for another version of the schema.
    """
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UnsupportedFormat(
            "not an input document of a version that is read",
            where=where,
            found=f"schema_version {version!r}",
            expected=f"schema_version {SCHEMA_VERSION!r}",
        )
    # Takes a third less than ``validate``, which would name the place as well.
    if not _validator().is_valid(content):
        error = next(_validator().iter_errors(content))
        raise MalformedEvidence(
            f"not a valid input document: {error.message}",
            where=f"{where}{json_pointer(error.instance_path) or '/'}",
        )
    encoded = encode(content)
    return InputDocument(
        content=content, encoded=encoded, sha256=hashlib.sha256(encoded).hexdigest()
    )


def at_time(document: InputDocument, now: Instant) -> InputDocument:
    """Return ``document`` with another clock."""
    content = {**document.content, **instant_fields("evaluated_at", now)}
    return checked(content, where="input document")


def read_document(data: bytes, *, where: str) -> InputDocument:
    """Read a stored document. ``where`` names it in errors."""
    content = parse_json(data, where=where)
    if not isinstance(content, dict):
        raise MalformedEvidence(
            "not an input document", where=where, found=type(content).__name__, expected="an object"
        )
    return checked(content, where=where)


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(read_schema("input-v1"))
