"""From what a user wrote to image evidence: choose the transport, read, put together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from policyengine.collect.image.base import base_image
from policyengine.collect.image.configuration import parse_configuration
from policyengine.collect.image.content import ContentSource, collected, verified
from policyengine.collect.image.docker_archive import DockerArchiveImage, read_docker_archive
from policyengine.collect.image.file_tree import DirectoryTree, FileTree, open_archive
from policyengine.collect.image.manifest import ChosenManifest, choose_manifest
from policyengine.collect.image.oci_layout import OciLayout
from policyengine.collect.image.request import (
    ImageRequest,
    Target,
    archive_transport,
    parse_target,
)
from policyengine.collect.image.user import user_of
from policyengine.errors import (
    IntegrityError,
    InvalidReference,
    LimitExceeded,
    PlatformNotFound,
    SourceUnavailable,
)
from policyengine.model.access import DaemonAccess, RegistryAccess
from policyengine.model.evidence import EvidenceSource
from policyengine.model.image import (
    Image,
    ImageEvidence,
    ImageManifest,
    LayerDescriptor,
    Subject,
    Transport,
)
from policyengine.model.limits import ReadLimits
from policyengine.model.reference import ImageReference, is_tag

if TYPE_CHECKING:
    # Imported where they are used: most images need neither, and would start later for them.
    from policyengine.collect.image.daemon import Daemon, DaemonImage
    from policyengine.collect.image.layers import OpenLayer
    from policyengine.model.layers import LayerContent

_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_TAR = "application/x-tar"


def read_image(
    request: ImageRequest, *, limits: ReadLimits, registry: RegistryAccess, daemon: DaemonAccess
) -> ImageEvidence:
    """Return all that the image itself tells.

    Raises UsageError for a reference that does not parse, and an EvidenceError for an image that
    cannot be read or is not what its digests say.
    """
    target = parse_target(request.text)
    if target.path is not None:
        return _from_path(target, target.path, request, limits)
    name = target.name or ""
    if target.transport is Transport.REGISTRY:
        return _from_registry(target, request, limits, registry)
    from policyengine.collect.image.daemon import connect, socket_answers

    if target.transport is Transport.DOCKER_DAEMON:
        with connect(daemon) as connection:
            return _from_daemon(connection, target, request, limits)
    if socket_answers(daemon):
        # A bare reference: the daemon first, if it is there and has the image.
        with connect(daemon) as connection:
            if connection.has(name):
                return _from_daemon(connection, target, request, limits)
    return _from_registry(target, request, limits, registry)


def _from_path(
    target: Target, path: Path, request: ImageRequest, limits: ReadLimits
) -> ImageEvidence:
    if target.transport is Transport.OCI:
        if not path.is_dir():
            raise SourceUnavailable(
                "is not a directory", where=str(path), hint="for a file use oci-archive:"
            )
        return _from_layout(DirectoryTree(path, location=str(path)), target, request, limits)
    with open_archive(path, location=str(path), limits=limits) as tree:
        transport: Transport | None = target.transport
        if transport is None:
            transport = archive_transport(tree, location=str(path), limits=limits)
        if transport is Transport.OCI_ARCHIVE:
            return _from_layout(
                tree, replace(target, transport=Transport.OCI_ARCHIVE), request, limits
            )
        archived = read_docker_archive(tree, name=target.name, limits=limits)
        sources = (
            EvidenceSource(
                location=str(path),
                sha256=tree.sha256 or "",
                media_type=_TAR,
                format="docker-archive",
            ),
            EvidenceSource(
                location=f"{path}: {archived.config_name}",
                sha256=archived.config_sha256,
                media_type=_CONFIG_TYPE,
                format="image-config",
            ),
        )
        return _from_docker_archive(archived, target, sources, request, limits=limits)


def _from_docker_archive(
    archived: DockerArchiveImage,
    target: Target,
    sources: tuple[EvidenceSource, ...],
    request: ImageRequest,
    *,
    limits: ReadLimits,
    inspected: DaemonImage | None = None,
) -> ImageEvidence:
    image, content = archived.image, None
    if request.layers:
        image, content = _with_accounts(image, archived.layers, str(target.text), limits)
    tags = inspected.repo_tags if inspected else archived.repo_tags
    return _evidence(
        request,
        image,
        _named_subject(
            Subject(
                reference=target.text,
                transport=Transport.DOCKER_DAEMON if inspected else Transport.DOCKER_ARCHIVE,
                origin=inspected.origin if inspected else str(target.path),
                repo_tags=tags,
                repo_digests=inspected.repo_digests if inspected else (),
            ),
            (target.name if inspected else None, target.name, *tags[:1]),
        ),
        sources,
        inspected=inspected,
        layers=content,
    )


def _from_layout(
    tree: FileTree, target: Target, request: ImageRequest, limits: ReadLimits
) -> ImageEvidence:
    layout = OciLayout(tree, name=target.name, limits=limits)
    chosen, image, config, content = _chosen(layout, request, limits)
    prefix = () if tree.sha256 is None else (_archive_source(tree),)
    subject = Subject(
        reference=target.text,
        transport=target.transport or Transport.OCI_ARCHIVE,
        origin=tree.location,
        digest=chosen.manifest.digest,
        index_digest=chosen.index_digest,
        # A bare word is a tag: org.opencontainers.image.ref.name, as skopeo and umoci write it.
        tag=next((name for name in layout.names if is_tag(name)), None),
        repo_tags=tuple(name for name in layout.names if _full_name(name) is not None),
    )
    return _evidence(
        request,
        image,
        _named_subject(subject, layout.names),
        (*prefix, *_content_sources(tree.location, chosen, config)),
        chosen=chosen,
        layers=content,
    )


def _from_registry(
    target: Target, request: ImageRequest, limits: ReadLimits, access: RegistryAccess
) -> ImageEvidence:
    from policyengine.collect.image.registry import open_registry

    reference = ImageReference.parse(target.name or "")
    with open_registry(reference, access=access, limits=limits) as source:
        chosen, image, config, content = _chosen(source, request, limits)
        subject = Subject(
            reference=target.text,
            transport=Transport.REGISTRY,
            origin=source.origin,
            registry=reference.registry,
            repository=reference.repository,
            tag=reference.tag,
            digest=chosen.manifest.digest,
            index_digest=chosen.index_digest,
        )
        return _evidence(
            request,
            image,
            subject,
            _content_sources(source.origin, chosen, config),
            chosen=chosen,
            layers=content,
        )


def _from_daemon(
    daemon: Daemon, target: Target, request: ImageRequest, limits: ReadLimits
) -> ImageEvidence:
    name = target.name or ""
    found = daemon.read(name)
    source = EvidenceSource(
        location=f"{found.origin}: {name}",
        sha256=hashlib.sha256(found.raw).hexdigest(),
        media_type="application/json",
        format="docker-inspect",
    )
    if found.image is None or request.layers:
        return _from_saved(daemon, found, target, (source,), request, limits=limits)
    subject = Subject(
        reference=target.text,
        transport=Transport.DOCKER_DAEMON,
        origin=found.origin,
        repo_tags=found.repo_tags,
        repo_digests=found.repo_digests,
    )
    subject = _named_subject(subject, (name, *found.repo_tags[:1]))
    return _evidence(request, found.image, subject, (source,), inspected=found)


def _from_saved(
    daemon: Daemon,
    found: DaemonImage,
    target: Target,
    sources: tuple[EvidenceSource, ...],
    request: ImageRequest,
    *,
    limits: ReadLimits,
) -> ImageEvidence:
    """Read the image as ``docker save`` writes it, by way of a temporary file."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "image.tar")
        count = 0
        with path.open("wb") as stream:
            for chunk in daemon.save(target.name or ""):
                count += len(chunk)
                if count > limits.layer_bytes:
                    raise LimitExceeded(
                        "is too large",
                        where=target.text,
                        expected=f"at most {limits.layer_bytes} bytes",
                        hint="limits.layer_bytes raises the limit",
                    )
                stream.write(chunk)
        with open_archive(path, location=f"{found.origin}: {target.name}", limits=limits) as tree:
            archived = read_docker_archive(tree, name=None, limits=limits)
            if found.image is not None and found.image.id != archived.image.id:
                raise IntegrityError(
                    "the Docker daemon sent another image than it described",
                    where=target.text,
                    found=archived.image.id,
                    expected=found.image.id,
                )
            return _from_docker_archive(
                archived, target, sources, request, limits=limits, inspected=found
            )


def _chosen(
    source: ContentSource, request: ImageRequest, limits: ReadLimits
) -> tuple[ChosenManifest, Image, EvidenceSource, LayerContent | None]:
    chosen = choose_manifest(source, request.platform)
    config = chosen.manifest.config
    where = f"{source.origin}: {config.digest}"
    if config.size > limits.manifest_bytes:
        raise LimitExceeded(
            "the configuration is too large",
            where=where,
            found=f"{config.size} bytes",
            expected=f"at most {limits.manifest_bytes}",
            hint="limits.manifest_bytes raises the limit",
        )
    chunks = source.blob(config.digest, config.size)
    data = collected(
        verified(chunks, digest=config.digest, size=config.size, where=where),
        limit=limits.manifest_bytes,
        where=where,
    )
    image = parse_configuration(data, where=where, image_id=config.digest)
    layers = chosen.manifest.layers
    if len(layers) != len(image.layers):
        raise IntegrityError(
            "the image manifest has other layers than the configuration",
            where=source.origin,
            found=f"{len(layers)} layers",
            expected=f"{len(image.layers)}",
        )
    content = None
    if request.layers:
        openers: list[tuple[str, OpenLayer]] = [
            (diff_id, partial(_open_layer, source, layer.digest, layer.size))
            for diff_id, layer in zip(image.layers, layers, strict=True)
        ]
        image, content = _with_accounts(image, tuple(openers), source.origin, limits)
    described = EvidenceSource(
        location=where,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=config.media_type or _CONFIG_TYPE,
        format="image-config",
    )
    return chosen, image, described, content


def _open_layer(source: ContentSource, digest: str, size: int) -> Iterator[bytes]:
    return verified(
        source.blob(digest, size), digest=digest, size=size, where=f"{source.origin}: {digest}"
    )


def _with_accounts(
    image: Image,
    layers: tuple[tuple[str, OpenLayer], ...],
    where: str,
    limits: ReadLimits,
) -> tuple[Image, LayerContent]:
    from policyengine.collect.image.layers import read_layers

    passwd, group, content = read_layers(layers, where=where, limits=limits)
    user = user_of(image.user.name, passwd=passwd, group=group)
    return replace(image, user=user), content


def _evidence(
    request: ImageRequest,
    image: Image,
    subject: Subject,
    sources: tuple[EvidenceSource, ...],
    *,
    chosen: ChosenManifest | None = None,
    inspected: DaemonImage | None = None,
    layers: LayerContent | None = None,
) -> ImageEvidence:
    if request.platform is not None and not request.platform.matches(image.platform):
        raise PlatformNotFound(
            f"is not an image for {request.platform}",
            where=request.text,
            found=str(image.platform),
            hint="choose it with --platform, or leave the option out",
        )
    raw = inspected.inspected if inspected else None
    annotations = dict(chosen.manifest.annotations) if chosen else {}
    return ImageEvidence(
        subject=subject,
        image=image,
        manifest=_manifest(chosen) if chosen else None,
        base=base_image(annotations, image.config, raw),
        docker_inspect=raw,
        sources=sources,
        layers=layers,
    )


def _manifest(chosen: ChosenManifest) -> ImageManifest:
    manifest = chosen.manifest
    return ImageManifest(
        digest=manifest.digest,
        media_type=manifest.media_type,
        size=manifest.config.size + sum(layer.size for layer in manifest.layers),
        layers=tuple(
            LayerDescriptor(digest=layer.digest, media_type=layer.media_type, size=layer.size)
            for layer in manifest.layers
        ),
        annotations=dict(manifest.annotations),
    )


def _content_sources(
    origin: str, chosen: ChosenManifest, config: EvidenceSource
) -> tuple[EvidenceSource, ...]:
    manifest = EvidenceSource(
        location=origin if chosen.index_digest is None else f"{origin}: {chosen.manifest.digest}",
        sha256=hashlib.sha256(chosen.fetched.data).hexdigest(),
        media_type=chosen.manifest.media_type,
        format="image-manifest",
    )
    return (manifest, config)


def _archive_source(tree: FileTree) -> EvidenceSource:
    return EvidenceSource(
        location=tree.location,
        sha256=tree.sha256 or "",
        media_type=_TAR,
        format="oci-archive",
    )


def _named_subject(subject: Subject, names: tuple[str | None, ...]) -> Subject:
    """Give ``subject`` the first of ``names`` that is a full name; an image ID is none."""
    for name in names:
        reference = _full_name(name) if name else None
        if reference is not None:
            return replace(
                subject,
                registry=reference.registry,
                repository=reference.repository,
                tag=reference.tag,
            )
    return subject


def _full_name(name: str) -> ImageReference | None:
    """Read a name that surely has a repository: a bare word in a layout is only a tag."""
    try:
        reference = ImageReference.parse(name)
    except InvalidReference:
        return None
    return reference if reference.tag or reference.digest or "/" in name else None
