"""The base image, where the image says it: OCI image specification, annotations.md."""

from __future__ import annotations

from collections.abc import Mapping

from policyengine.model.image import BaseImage
from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.reference import is_digest

_NAME = "org.opencontainers.image.base.name"
_DIGEST = "org.opencontainers.image.base.digest"


def base_image(
    annotations: Mapping[str, str], config: FrozenObject, inspected: FrozenObject | None
) -> BaseImage | None:
    """Return the base image by the manifest's annotations, the labels, or what a daemon says.

    The first that names one decides alone: a name and a digest of two origins are not joined.
    """
    labels = config.get("Labels")
    if (found := _named(annotations, "annotation")) is not None:
        return found
    if isinstance(labels, Mapping) and (found := _named(labels, "label")) is not None:
        return found
    own = inspected.get("Config") if inspected is not None else None
    image = own.get("Image") if isinstance(own, Mapping) else None
    # The classic builder writes the ID of the step before there, which names nothing.
    if isinstance(image, str) and image and not is_digest(image):
        return BaseImage(name=image, digest=None, created=None, found_in="docker-inspect")
    return None


def _named(values: Mapping[str, FrozenJson], found_in: str) -> BaseImage | None:
    name, digest = values.get(_NAME), values.get(_DIGEST)
    if not name and not digest:
        return None
    return BaseImage(
        name=name if isinstance(name, str) and name else None,
        digest=digest if isinstance(digest, str) and digest else None,
        created=None,
        found_in=found_in,
    )
