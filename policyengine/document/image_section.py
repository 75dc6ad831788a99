"""The sections that speak of the image itself."""

from __future__ import annotations

import copy

from policyengine.document.times import instant_fields
from policyengine.model.image import Image, ImageManifest, Subject
from policyengine.model.json_value import FrozenJson, JsonObject, JsonValue
from policyengine.model.platform import Platform


def thawed(value: FrozenJson) -> JsonValue:
    """Return a copy of ``value`` that the document may own."""
    own: JsonValue = copy.deepcopy(value)  # type: ignore[assignment]  # JSON's own types in, and out
    return own


def subject_section(subject: Subject, platform: Platform | None) -> JsonObject:
    """Return ``subject``; ``platform`` None for what is no image."""
    return {
        "reference": subject.reference,
        "transport": subject.transport.value,
        "origin": subject.origin,
        "registry": subject.registry,
        "repository": subject.repository,
        "tag": subject.tag,
        "digest": subject.digest,
        "index_digest": subject.index_digest,
        "platform": None if platform is None else _platform(platform),
        "repo_tags": list(subject.repo_tags),
        "repo_digests": list(subject.repo_digests),
    }


def image_section(image: Image) -> JsonObject:
    """Return ``image``: nothing in it may depend on the transport."""
    history: list[JsonValue] = [
        {
            **instant_fields("created", entry.created),
            "created_by": entry.created_by,
            "comment": entry.comment,
            "empty_layer": entry.empty_layer,
            "layer": entry.layer,
        }
        for entry in image.history
    ]
    return {
        "id": image.id,
        "platform": _platform(image.platform),
        **instant_fields("created", image.created),
        "author": image.author,
        "config": thawed(image.config),
        "history": history,
        "layers": list(image.layers),
        "user": {
            "name": image.user.name,
            "uid": image.user.uid,
            "gid": image.user.gid,
            "is_root": image.user.is_root,
            "resolved_by": image.user.resolved_by,
        },
    }


def manifest_section(manifest: ImageManifest | None) -> JsonObject | None:
    """Return ``image_manifest``, or null where the transport has none."""
    if manifest is None:
        return None
    return {
        "digest": manifest.digest,
        "media_type": manifest.media_type,
        "size": manifest.size,
        "layers": [
            {"digest": layer.digest, "media_type": layer.media_type, "size": layer.size}
            for layer in manifest.layers
        ],
        "annotations": thawed(manifest.annotations),
    }


def _platform(platform: Platform) -> JsonObject:
    return {
        "os": platform.os,
        "architecture": platform.architecture,
        "variant": platform.variant,
    }
