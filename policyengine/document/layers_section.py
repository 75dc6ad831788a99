"""The section ``layers``: what is in the layers of an image."""

from __future__ import annotations

from collections.abc import Sequence

from policyengine.model.image import Image
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.layers import LayerContent, LayerFile


def layers_section(content: LayerContent, image: Image) -> JsonObject:
    """Return ``layers``."""
    made_by = {step.layer: step.created_by for step in image.history if step.layer is not None}
    layers: list[JsonValue] = [
        {
            "layer": item.diff_id,
            "created_by": made_by.get(item.diff_id),
            "files": item.files,
            "size": item.size,
            "wasted": item.wasted,
            "removed": item.removed,
        }
        for item in content.layers
    ]
    credentials: list[JsonValue] = [
        {
            "path": item.path,
            "layer": item.layer,
            "name": item.name,
            "size": item.size,
            "removed_in": item.removed_in,
        }
        for item in content.credentials
    ]
    return {
        "layers": layers,
        "files": content.files,
        "size": content.size,
        "wasted": content.wasted,
        "setuid": _files(content.setuid),
        "setgid": _files(content.setgid),
        "world_writable": _files(content.world_writable),
        "credentials": credentials,
        "package_databases": _files(content.package_databases),
        "package_managers": _files(content.package_managers),
        "shells": _files(content.shells),
    }


def _files(files: Sequence[LayerFile]) -> list[JsonValue]:
    return [
        {
            "path": item.path,
            "layer": item.layer,
            "kind": item.kind,
            "mode": f"{item.mode:04o}",
            "uid": item.uid,
            "gid": item.gid,
            "size": item.size,
            "name": item.name,
        }
        for item in files
    ]
