"""Image manifests and indexes, by the OCI image specification and Docker's schema 2.

Docker's schema 1 is refused: its manifest has no configuration whose digest could be held.
"""

from __future__ import annotations

from dataclasses import dataclass

from policyengine.collect.image.content import ContentSource, Descriptor, FetchedManifest
from policyengine.errors import (
    LimitExceeded,
    MalformedEvidence,
    PlatformNotFound,
    UnsupportedFormat,
)
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.model.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from policyengine.model.platform import DEFAULT_PLATFORM, Platform
from policyengine.model.reference import is_digest

INDEX_TYPES = frozenset({OCI_INDEX, DOCKER_LIST})
MANIFEST_TYPES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})

_CONFIG_TYPES = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
        "application/octet-stream",  # early Docker registries
    }
)
# An index may hold an index; nobody nests them deeper than this.
_NESTING = 4
_ATTESTATION = ("vnd.docker.reference.type", "attestation-manifest")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedManifest:
    """An image manifest, with the annotations it carries itself."""

    digest: str
    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenManifest:
    """The image manifest of one platform, and the outermost index that it was chosen from."""

    manifest: ParsedManifest
    fetched: FetchedManifest
    index_digest: str | None


def choose_manifest(source: ContentSource, platform: Platform | None) -> ChosenManifest:
    """Follow ``source`` to the image manifest for ``platform``; None means linux/amd64.

    Raises PlatformNotFound with the platforms that there are.
    """
    fetched = source.root()
    index_digest: str | None = None
    for _ in range(_NESTING):
        document = _document(fetched, source.origin)
        if _kind(document, fetched, source.origin) in MANIFEST_TYPES:
            manifest = parse_manifest(fetched, source.origin)
            return ChosenManifest(manifest=manifest, fetched=fetched, index_digest=index_digest)
        index_digest = index_digest or fetched.digest
        entries = parse_index(fetched, source.origin)
        fetched = source.manifest(_choose(entries, platform or DEFAULT_PLATFORM, source.origin))
    raise LimitExceeded(
        "has image indexes inside of image indexes",
        where=source.origin,
        expected=f"at most {_NESTING - 1}",
    )


def parse_manifest(fetched: FetchedManifest, where: str) -> ParsedManifest:
    """Read an image manifest. Raises MalformedEvidence or UnsupportedFormat."""
    document = _document(fetched, where)
    media_type = _kind(document, fetched, where)
    read = FieldReader(where)
    if media_type not in MANIFEST_TYPES:
        raise read.wrong(("mediaType",), media_type, "an image manifest")
    config = _descriptor(read, read.object(document, "config", ()), ("config",))
    if config.media_type not in _CONFIG_TYPES:
        raise UnsupportedFormat(
            "is an artifact, not a container image",
            where=where,
            found=f"a configuration of type {config.media_type}",
            expected="application/vnd.oci.image.config.v1+json",
        )
    layers = tuple(
        _descriptor(read, layer, ("layers", index))
        for index, layer in enumerate(read.objects(document, "layers", ()))
    )
    # A layer may stand twice, but one digest cannot have two sizes, or be config and layer.
    sizes = {config.digest: (config.size, "config")}
    for index, layer in enumerate(layers):
        known = sizes.setdefault(layer.digest, (layer.size, "layer"))
        if known != (layer.size, "layer"):
            raise read.wrong(
                ("layers", index),
                f"{layer.digest} as a layer of {layer.size} bytes",
                f"one meaning for one digest; above it is a {known[1]} of {known[0]} bytes",
            )
    return ParsedManifest(
        digest=fetched.digest,
        media_type=media_type,
        config=config,
        layers=layers,
        annotations=_annotations(read, document, ()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedArtifact:
    """A manifest of something else than an image. ``subject`` is the digest it refers to."""

    layers: tuple[Descriptor, ...]
    subject: str | None


def parse_artifact(fetched: FetchedManifest, where: str) -> ParsedArtifact:
    """Read a manifest of whatever: its layers, and what it refers to."""
    document = _document(fetched, where)
    media_type = _kind(document, fetched, where)
    read = FieldReader(where)
    if media_type not in MANIFEST_TYPES:
        raise read.wrong(("mediaType",), media_type, "a manifest")
    subject = read.optional_object(document, "subject", ())
    return ParsedArtifact(
        layers=tuple(
            _descriptor(read, layer, ("layers", index))
            for index, layer in enumerate(read.objects(document, "layers", ()))
        ),
        subject=_descriptor(read, subject, ("subject",)).digest if subject else None,
    )


def parse_index(fetched: FetchedManifest, where: str) -> tuple[Descriptor, ...]:
    """Read an image index or manifest list: the descriptors in it."""
    document = _document(fetched, where)
    read = FieldReader(where)
    read.array(document, "manifests", ())
    return tuple(
        _descriptor(read, item, ("manifests", index))
        for index, item in enumerate(read.objects(document, "manifests", ()))
    )


def _choose(entries: tuple[Descriptor, ...], platform: Platform, where: str) -> Descriptor:
    name, value = _ATTESTATION
    candidates = [entry for entry in entries if entry.annotation(name) != value]
    if not candidates:
        raise MalformedEvidence("is an image index without an image", where=where)
    for entry in candidates:
        if entry.platform is not None and platform.matches(entry.platform):
            return entry
    # An index need not name platforms. A lone image is chosen; its configuration is held to it.
    if len(candidates) == 1 and candidates[0].platform is None:
        return candidates[0]
    offered = sorted({str(entry.platform or "unspecified") for entry in candidates})
    raise PlatformNotFound(
        f"has no image for {platform}",
        where=where,
        found=", ".join(offered),
        hint="choose one of these with --platform",
    )


def _document(fetched: FetchedManifest, where: str) -> JsonObject:
    return FieldReader(where).root(parse_json(fetched.data, where=where))


def _kind(document: JsonObject, fetched: FetchedManifest, where: str) -> str:
    """Return the media type of an index or manifest, by what it says and what it has."""
    version = document.get("schemaVersion")
    if version == 1 or "fsLayers" in document or "schema1" in fetched.media_type:
        raise UnsupportedFormat(
            "is an image in Docker's manifest schema 1, which is not read",
            where=where,
            hint="push it again with a current docker, or convert it with skopeo copy",
        )
    read = FieldReader(where)
    if version != 2:
        raise read.wrong(("schemaVersion",), repr(version), "2")
    own = read.optional_text(document, "mediaType", ())
    declared = fetched.media_type.partition(";")[0].strip()
    known = INDEX_TYPES | MANIFEST_TYPES
    # Without a mediaType the shape decides; a document with both shapes could be read two ways.
    if "manifests" in document and ("layers" in document or "config" in document):
        raise read.wrong(("manifests",), "an index and a manifest in one", "one of them")
    shape = OCI_INDEX if "manifests" in document else OCI_MANIFEST
    kind = own or (declared if declared in known else shape)
    if kind not in known:
        raise UnsupportedFormat(
            "is neither an image manifest nor an image index", where=where, found=kind
        )
    if own and declared in known and own != declared:
        raise read.wrong(("mediaType",), own, f"{declared}, which it was named as")
    if (kind in INDEX_TYPES) != (shape == OCI_INDEX):
        raise read.wrong((), f"a document without the fields of {kind}", kind)
    return kind


def _descriptor(read: FieldReader, item: JsonObject, path: Path) -> Descriptor:
    digest = read.text(item, "digest", path)
    if not is_digest(digest):
        raise read.wrong(
            (*path, "digest"), repr(digest[:80]), "sha256:, sha384: or sha512: and hexadecimal"
        )
    size = read.optional_integer(item, "size", path)
    if size is None or size < 0:
        raise read.wrong((*path, "size"), repr(size), "a number of bytes")
    platform = read.optional_object(item, "platform", path)
    inner = (*path, "platform")
    return Descriptor(
        digest=digest,
        size=size,
        media_type=read.text(item, "mediaType", path),
        platform=Platform(
            os=read.text(platform, "os", inner),
            architecture=read.text(platform, "architecture", inner),
            variant=read.optional_text(platform, "variant", inner),
        )
        if platform
        else None,
        annotations=_annotations(read, item, path),
    )


def _annotations(read: FieldReader, item: JsonObject, path: Path) -> tuple[tuple[str, str], ...]:
    found = read.optional_object(item, "annotations", path)
    inner = (*path, "annotations")
    return tuple((name, read.text(found, name, inner)) for name in sorted(found))
