"""The JSON Schemas of ``input`` in the views."""

from __future__ import annotations

import hashlib
from typing import Final

from policyengine.model.json_value import JsonObject
from policyengine.model.views import DocumentView
from policyengine.resources import SCHEMAS, read_schema

_NAMES: Final = {
    DocumentView.UNIFIED: "input-v1",
    DocumentView.DOCKER_INSPECT: "view-docker-inspect-v1",
    DocumentView.REGISTRY: "view-registry-v1",
    DocumentView.DOCKERFILE: "view-dockerfile-v1",
    DocumentView.TRIVY_DOCKERFILE: "view-trivy-dockerfile-v1",
}


def view_schema(view: DocumentView) -> JsonObject:
    """Return the JSON Schema of ``input`` in ``view``. The caller must not change it."""
    return read_schema(_NAMES[view])


def view_schema_digest(view: DocumentView) -> str:
    """Return the sha256, in hexadecimal, of the file that ``view_schema`` reads."""
    content = (SCHEMAS / f"{_NAMES[view]}.schema.json").read_bytes()
    return hashlib.sha256(content).hexdigest()
