"""Policy bundles as directories, for tests that need one and change a part of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RULE = 'package acme.user\n\ndeny contains "runs as root" if input.image.user.is_root\n'


def manifest(**own: Any) -> dict[str, Any]:
    """Return a manifest; ``own`` are keys of ``metadata.policyengine``."""
    return {
        "revision": "r7",
        "roots": ["acme"],
        "rego_version": 1,
        "metadata": {"policyengine": {"name": "acme", "version": "1.2.3", **own}},
    }


def parameter(default: Any, kind: str) -> dict[str, Any]:
    return {"type": kind, "default": default, "description": f"a parameter, by default {default}"}


def write_bundle(
    folder: Path,
    modules: Mapping[str, str] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
    **own: Any,
) -> Path:
    """Write a bundle into ``folder`` and return it. ``parameters`` are schema properties."""
    folder.mkdir(parents=True, exist_ok=True)
    contents: dict[str, bytes] = {}
    if parameters is not None:
        own["parameters"] = "parameters.schema.json"
        schema = {"type": "object", "properties": dict(parameters)}
        contents["parameters.schema.json"] = json.dumps(schema).encode()
    contents[".manifest"] = json.dumps(manifest(**own)).encode()
    for name, text in ({"user.rego": RULE} if modules is None else modules).items():
        contents[name] = text.encode()
    for name, data in {**contents, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
