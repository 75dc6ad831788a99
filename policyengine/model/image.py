"""What is known about an image itself: its configuration, history, layers and manifest.

Field names of ``config`` are the OCI image configuration's own. A fact that is the same however
the image was reached belongs to ``Image``; one that only a registry or layout knows belongs to
``ImageManifest`` or ``Subject``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from policyengine.model.evidence import EvidenceSource
from policyengine.model.instant import Instant
from policyengine.model.json_value import FrozenObject
from policyengine.model.platform import Platform

if TYPE_CHECKING:
    from policyengine.model.layers import LayerContent


class Transport(StrEnum):
    """How an image was reached."""

    DOCKER_ARCHIVE = "docker-archive"
    OCI_ARCHIVE = "oci-archive"
    OCI = "oci"
    DOCKER_DAEMON = "docker-daemon"
    REGISTRY = "registry"
    DOCUMENTS = "documents"  # what other programs wrote down of it
    DOCKERFILE = "dockerfile"  # no image at all: the subject of a Dockerfile alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Which image was looked at.

    ``reference`` is what the user asked for, without its prefix. ``registry``, ``repository`` and
    ``tag`` are None where the image has no name (an archive without tags). ``digest`` is of the
    image manifest, or None where there is none (a Docker archive); ``index_digest`` of the index
    it was chosen from. ``repo_digests`` are the digests by which registries are known to hold it.
    ``origin`` is the URL or path it was really read from: a mirror's, where one answered.
    """

    reference: str
    transport: Transport
    origin: str
    registry: str | None = None
    repository: str | None = None
    tag: str | None = None
    digest: str | None = None
    index_digest: str | None = None
    repo_tags: tuple[str, ...] = ()
    repo_digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One step of the build. ``layer`` is the diff_id it made; None for an empty step.

    ``created`` is cut to whole seconds: a daemon tells no more.
    """

    created: Instant | None
    created_by: str
    comment: str
    empty_layer: bool
    layer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUser:
    """Who the image runs as. ``name`` is the configured text; empty means root.

    ``uid`` and ``gid`` are None where only ``/etc/passwd`` could tell and layers were not read,
    or it does not say. ``is_root`` is None where that leaves it open. ``resolved_by`` is
    ``default`` (nothing configured), ``number``, ``name`` (``root`` itself), ``passwd`` or None.
    """

    name: str
    uid: int | None
    gid: int | None
    is_root: bool | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The image configuration and what follows from it. The same for every transport.

    ``id`` is the digest of the configuration. ``layers`` are diff_ids, the base first.
    """

    id: str
    platform: Platform
    created: Instant | None
    author: str
    config: FrozenObject
    history: tuple[HistoryEntry, ...]
    layers: tuple[str, ...]
    user: ImageUser


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDescriptor:
    """A layer as the image manifest lists it; ``size`` is of the blob, in bytes."""

    digest: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageManifest:
    """The image manifest, where the transport has one. ``size`` adds up config and layers."""

    digest: str
    media_type: str
    size: int
    layers: tuple[LayerDescriptor, ...]
    annotations: FrozenObject


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """The image this one was built on.

    ``found_in`` says by what it is known: ``annotation``, ``label``, ``docker-inspect``,
    ``catalogue``, ``provenance``, ``unverified-provenance`` or ``dockerfile``.
    """

    name: str | None
    digest: str | None
    created: Instant | None
    found_in: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageEvidence:
    """All that a collector learned about one image.

    ``docker_inspect`` is the daemon's own answer, where a daemon gave it. ``layers`` is None where
    layers were not read.
    """

    subject: Subject
    image: Image
    manifest: ImageManifest | None
    base: BaseImage | None
    docker_inspect: FrozenObject | None
    sources: tuple[EvidenceSource, ...]
    layers: LayerContent | None = None
