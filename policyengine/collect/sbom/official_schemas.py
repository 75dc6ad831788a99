"""SBOMs against the official JSON Schemas of their formats.

Real tools write what the schemas do not allow: a purpose in lower case, a licence newer than the
list. Whether that matters is for policies to say. So a document that does not fit is read, if
what is read of it is sound, and the first place that does not fit goes along as a fact.
"""

from __future__ import annotations

from functools import cache

import jsonschema_rs
import orjson

from policyengine.model.json_value import JsonObject, JsonValue, json_pointer
from policyengine.resources import SCHEMAS

_VENDOR = SCHEMAS / "vendor"
_BASE = "http://cyclonedx.org/schema/"
_SHARED = (
    "spdx.SNAPSHOT.schema.json",
    "jsf-0.82.SNAPSHOT.schema.json",
    "cryptography-defs.SNAPSHOT.schema.json",
)
CYCLONEDX = {
    version: f"cyclonedx/bom-{version}.SNAPSHOT.schema.json"
    for version in ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
}
# 2.3 allows all that 2.2 does, and asks for less.
SPDX_2 = "spdx/spdx-schema-2.3.json"


def schema_problem(document: JsonValue, schema: str) -> str | None:
    """Return the first place in ``document`` that does not fit ``schema``, or None."""
    validator = _validator(schema)
    if validator.is_valid(document):
        return None
    try:
        validator.validate(document)
    except jsonschema_rs.ValidationError as error:
        return f"{json_pointer(error.instance_path) or '/'}: {error.message[:200]}"
    return None


@cache
def read_vendored(name: str) -> JsonObject:
    """Return an official schema. The caller must not change it."""
    document: JsonObject = orjson.loads((_VENDOR / name).read_bytes())
    return document


@cache
def _validator(name: str) -> jsonschema_rs.Validator:
    shared = [(_BASE + item, read_vendored(f"cyclonedx/{item}")) for item in _SHARED]
    # Values are masked: a message must not carry half a document, or what is secret in it.
    return jsonschema_rs.validator_for(
        read_vendored(name),
        registry=jsonschema_rs.Registry(shared),
        mask="the value",
        offline=True,
    )
