"""The schemas, policies and bundles that ship with the program.

In a wheel they lie in ``policyengine/_data``; in a checkout at its root.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson

from policyengine.model.json_value import JsonObject

_PACKAGE = Path(__file__).resolve().parent
_DATA = _PACKAGE / "_data"
_ROOT = _DATA if _DATA.is_dir() else _PACKAGE.parent

SCHEMAS = _ROOT / "schemas"
POLICIES = _ROOT / "policies"
BUNDLES = _ROOT / "bundles"


@cache
def read_schema(name: str) -> JsonObject:
    """Return the JSON Schema ``NAME.schema.json``. The caller must not change it."""
    document: JsonObject = orjson.loads((SCHEMAS / f"{name}.schema.json").read_bytes())
    return document
