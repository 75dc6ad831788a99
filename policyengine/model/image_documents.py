"""What other programs wrote down of an image that is not at hand itself."""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.model.evidence import EvidenceSource
from policyengine.model.image import Image
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerInspection:
    """One image of ``docker image inspect``; ``pointer`` is its place in the file."""

    source: EvidenceSource
    pointer: str
    image_id: str
    repo_tags: tuple[str, ...]
    repo_digests: tuple[str, ...]
    inspected: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerHistory:
    """``docker history`` as JSON, the newest step first, in the field names of Docker's API.

    ``image_id`` is that of the newest step: a digest, or the beginning of its digits.
    """

    source: EvidenceSource
    image_id: str
    steps: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationDocument:
    """An OCI image configuration by itself, as ``skopeo inspect --config --raw`` gives it."""

    source: EvidenceSource
    image: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class SkopeoInspection:
    """``skopeo inspect``: which manifest a name leads to. ``layers`` counts them."""

    source: EvidenceSource
    name: str
    digest: str
    created: Instant | None
    architecture: str
    os: str
    layers: int


ImageDocument = DockerInspection | DockerHistory | ConfigurationDocument | SkopeoInspection
