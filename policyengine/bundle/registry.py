"""Bundles in OCI registries, as OPA's artifact and as conftest's.

OPA's has one layer that is the archive. conftest's has a layer for each file, with its path as the
title; what it is pushed from need not have a manifest. Everything is known by its digest: what a
tag leads to is asked of the registry, what a digest leads to of the cache first, and nothing is
believed that does not have the digest it was asked by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

import orjson

from policyengine.bundle.archive import PACKED_BYTES, read_archive
from policyengine.bundle.cache import BundleCache
from policyengine.bundle.files import MANIFEST
from policyengine.bundle.lock import BundleLock
from policyengine.bundle.source import REGISTRY, BundleSource, plain_name
from policyengine.errors import (
    BundleFormatError,
    BundleUnavailable,
    EvidenceError,
    InvalidReference,
    SourceUnavailable,
)
from policyengine.model.access import RegistryAccess
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_text import parse_json
from policyengine.model.json_value import JsonObject
from policyengine.model.limits import DEFAULT_LIMITS
from policyengine.model.media_types import OCI_MANIFEST
from policyengine.model.reference import ImageReference, is_digest

if TYPE_CHECKING:
    from policyengine.registry.session import Session

T = TypeVar("T")

_OPA_CONFIG = "application/vnd.oci.image.config.v1+json"
_OPA_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_CONFTEST_CONFIG = "application/vnd.unknown.config.v1+json"
_CONFTEST = "application/vnd.cncf.openpolicyagent."
_CONFTEST_POLICY = f"{_CONFTEST}policy.layer.v1+rego"
_CONFTEST_DATA = f"{_CONFTEST}data.layer.v1+json"
_OTHER_LAYER = "application/octet-stream"
_TITLE = "org.opencontainers.image.title"
_VERSION = "org.opencontainers.image.version"
_REVISION = "org.opencontainers.image.revision"
_CONFIG = b"{}"
_LAYERS = 10_000
_TAGS_A_PAGE = 1_000


class ArtifactType(StrEnum):
    """Whose artifact a bundle is pushed as."""

    OPA = "opa"
    CONFTEST = "conftest"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    digest: str
    size: int
    media_type: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedArtifact:
    """A bundle as a registry or the cache has it. ``archive`` is the layer of OPA's artifact."""

    digest: str
    source: BundleSource
    archive: bytes | None


class RegistryBundles:
    """Reads bundles from registries and the cache.

    A source that the lock file has is read by the digest that it is locked to: from the cache, or
    else from the registry, and by no other digest whatever its tag leads to now. ``offline`` asks
    no registry.
    """

    def __init__(
        self,
        access: RegistryAccess,
        *,
        cache: BundleCache,
        lock: BundleLock | None = None,
        offline: bool = False,
    ) -> None:
        self._access = access
        self._cache = cache
        self._lock = lock
        self._offline = offline

    def __call__(self, source: str) -> BundleSource:
        """Return the files of ``source``. Raises as ``fetch``."""
        return self.fetch(source).source

    def fetch(self, source: str) -> FetchedArtifact:
        """Return ``source``, ``oci://REGISTRY/REPOSITORY[:TAG][@DIGEST]``.

        Raises BundleUnavailable where neither cache nor registry has it, BundleFormatError for an
        artifact that is no bundle, BundleNotLocked where the lock file has no such source.
        """
        reference = registry_reference(source)
        digest = reference.digest
        if self._lock is not None:
            locked = self._lock.entry(source).artifact
            if locked is None or digest not in {None, locked}:
                raise BundleFormatError(
                    "is not locked by its digest in the registry",
                    where=source,
                    found=str(locked),
                    hint=f"policyengine bundle lock {source}",
                )
            digest = locked
        with _sessions(reference, self._access, offline=self._offline) as sessions:
            if digest is None:
                digest, manifest = _asked(
                    sessions(), source, lambda session: _tagged(session, reference.tag or "latest")
                )
                self._cache.put(digest, manifest)
            else:
                manifest = self._content(sessions, source, digest, None)
            layers = _layers(manifest, source)
            contents = [
                self._content(sessions, source, layer.digest, layer.size) for layer in layers
            ]
        return _artifact(source, reference, digest, layers, contents)

    def tags(self, source: str, *, page: int = _TAGS_A_PAGE) -> tuple[str, ...]:
        """Return all tags of the repository of ``source``, which is asked for them each time.

        ``page`` is how many the registry gives at a time. Raises BundleUnavailable where it gives
        none, BundleFormatError for an answer that is no list of tags.
        """
        reference = registry_reference(source)
        with _sessions(reference, self._access, offline=self._offline) as sessions:
            pages = _asked(sessions(), source, lambda session: tuple(session.tag_lists(page)))
        found: dict[str, None] = {}
        for data, url in pages:
            read = FieldReader(url, BundleFormatError)
            document = read.root(parse_json(data, where=url, error=BundleFormatError))
            # Null where every tag was deleted, in Go's registries.
            if document.get("tags") is not None:
                found.update(dict.fromkeys(read.texts(document, "tags", ())))
        return tuple(found)

    def _content(
        self,
        sessions: Callable[[], Sequence[Session]],
        source: str,
        digest: str,
        size: int | None,
    ) -> bytes:
        """Return what has this digest; ``size`` is that of a blob, None for a manifest."""
        found = self._cache.get(digest)
        if found is None:
            found = _asked(
                sessions(),
                f"{source}, which is {digest}" if size is None else source,
                lambda session: _by_digest(session, digest, size),
            )
            self._cache.put(digest, found)
        return found


def registry_reference(source: str) -> ImageReference:
    """Read ``oci://...``. Raises BundleFormatError."""
    try:
        return ImageReference.parse(source.removeprefix(REGISTRY))
    except InvalidReference as error:
        raise BundleFormatError(
            "is no place in a registry",
            where=source,
            found=str(error.found),
            expected="oci://REGISTRY/REPOSITORY[:TAG][@DIGEST]",
        ) from None


def push_bundle(
    target: str,
    archive: bytes,
    *,
    kind: ArtifactType,
    version: str,
    revision: str,
    access: RegistryAccess,
) -> str:
    """Push an archive to ``target`` and return the digest of its manifest.

    The same archive gives the same digest. Raises BundleUnavailable where the registry does not
    take it.
    """
    reference = registry_reference(target)
    if reference.digest is not None:
        raise BundleFormatError(
            "is a digest, which follows from what is pushed", where=target, expected="a tag"
        )
    (digest, manifest), blobs = artifact_manifest(
        archive, kind=kind, version=version, revision=revision
    )

    def upload(session: Session) -> None:
        from policyengine.registry.upload import push_blob, push_manifest

        for name, content in blobs:
            push_blob(session, name, content)
        push_manifest(session, reference.tag or "latest", manifest, OCI_MANIFEST)

    with _sessions(reference, access, offline=False) as sessions:
        # The registry itself comes last; a mirror is nowhere to push to.
        _asked(sessions()[-1:], target, upload)
    return digest


Content = tuple[str, bytes]


def artifact_manifest(
    archive: bytes, *, version: str, revision: str, kind: ArtifactType = ArtifactType.OPA
) -> tuple[Content, list[Content]]:
    """Return the manifest of an artifact and its blobs, each with its digest."""
    blobs: list[tuple[bytes, str, str | None]] = [
        (_CONFIG, _OPA_CONFIG if kind is ArtifactType.OPA else _CONFTEST_CONFIG, None)
    ]
    if kind is ArtifactType.OPA:
        blobs.append((archive, _OPA_LAYER, "bundle.tar.gz"))
    else:
        files = read_archive(archive, where="archive")
        blobs += [(files[name], _layer_type(name), name) for name in sorted(files)]
    config, *layers = [
        {
            "mediaType": media_type,
            "digest": _digest(content),
            "size": len(content),
            **({} if title is None else {"annotations": {_TITLE: title}}),
        }
        for content, media_type, title in blobs
    ]
    manifest = orjson.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config,
            "layers": layers,
            "annotations": {_REVISION: revision, _VERSION: version},
        }
    )
    return (_digest(manifest), manifest), [(_digest(content), content) for content, _, _ in blobs]


def _layer_type(name: str) -> str:
    if name.endswith(".rego"):
        return _CONFTEST_POLICY
    return _CONFTEST_DATA if PurePosixPath(name).name == "data.json" else _OTHER_LAYER


@contextmanager
def _sessions(
    reference: ImageReference, access: RegistryAccess, *, offline: bool
) -> Iterator[Callable[[], Sequence[Session]]]:
    """Give what opens the servers that may be asked, mirrors first.

    What the cache has needs none of them, nor the time to be ready for them.
    """
    opened: list[Session] = []
    with ExitStack() as stack:

        def sessions() -> Sequence[Session]:
            if not offline and not opened:
                opened.extend(_opened(reference, access, stack))
            return opened

        yield sessions


def _opened(
    reference: ImageReference, access: RegistryAccess, stack: ExitStack
) -> Iterator[Session]:
    from policyengine.registry.credentials import CredentialStore
    from policyengine.registry.endpoint import endpoints_for
    from policyengine.registry.pacing import REAL_PACING
    from policyengine.registry.session import Session
    from policyengine.registry.transport import Transport

    transport = Transport(access, REAL_PACING)
    stack.callback(transport.close)
    credentials = CredentialStore(access)
    for endpoint in endpoints_for(reference, access):
        yield Session(endpoint, transport, credentials, access=access, limits=DEFAULT_LIMITS)


def _asked(sessions: Sequence[Session], source: str, ask: Callable[[Session], T]) -> T:
    """Return the first answer. Only what is not there, or not reached, leads on to the next."""
    last: EvidenceError | None = None
    for session in sessions:
        try:
            return ask(session)
        except SourceUnavailable as error:
            last = error
        except EvidenceError as error:
            raise BundleUnavailable(
                f"cannot be had: {error.what}",
                where=source,
                found=error.found,
                expected=error.expected,
                hint=error.hint,
            ) from None
    if last is None:
        raise BundleUnavailable(
            "is not in the cache, and no registry is asked",
            where=source,
            hint="the setting bundles.offline",
        )
    raise BundleUnavailable(
        f"cannot be had: {last.what}",
        where=source,
        found=last.found,
        expected=last.expected,
        hint=last.hint,
    ) from None


def _tagged(session: Session, tag: str) -> tuple[str, bytes]:
    data, _, digest = session.manifest(tag)
    return digest, data


def _by_digest(session: Session, digest: str, size: int | None) -> bytes:
    if size is None:
        data, _, _ = session.manifest(digest)
        return data
    content = bytearray()
    for chunk in session.blob(digest, size):
        content += chunk
        if len(content) > size:
            break
    found = _digest(bytes(content), digest.partition(":")[0])
    if found != digest or len(content) != size:
        raise SourceUnavailable(
            "the registry gives a layer that is not the one asked for",
            where=str(session.endpoint.blob_url(digest)),
            found=f"{found}, {len(content)} bytes or more",
            expected=f"{digest}, {size} bytes",
        )
    return bytes(content)


def _digest(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def _layers(manifest: bytes, source: str) -> tuple[_Layer, ...]:
    read = FieldReader(f"manifest of {source}", BundleFormatError)
    document = read.root(parse_json(manifest, where=read.where, error=BundleFormatError))
    if "layers" not in document:
        raise read.wrong(("layers",), "nothing", "the layers of a bundle, not an index of images")
    found = []
    total = 0
    for index, item in enumerate(read.required_objects(document, "layers", ())):
        found.append(_layer(read, item, index))
        total += found[-1].size
    if not found or len(found) > _LAYERS or total > PACKED_BYTES:
        raise BundleFormatError(
            "is no bundle of a size that is read",
            where=source,
            found=f"{len(found)} layers, {total} bytes",
            expected=f"1 to {_LAYERS} layers, at most {PACKED_BYTES} bytes",
        )
    return tuple(found)


def _layer(read: FieldReader, item: JsonObject, index: int) -> _Layer:
    path = ("layers", index)
    digest = read.text(item, "digest", path)
    size = read.optional_integer(item, "size", path)
    if not is_digest(digest):
        raise read.wrong((*path, "digest"), repr(digest[:80]), "a digest, as sha256:...")
    if size is None or size < 0:
        raise read.wrong((*path, "size"), repr(size), "a number of bytes")
    annotations = read.optional_object(item, "annotations", path)
    return _Layer(
        digest=digest,
        size=size,
        media_type=read.text(item, "mediaType", path),
        title=read.optional_text(annotations, _TITLE, (*path, "annotations")) or "",
    )


def _artifact(
    source: str,
    reference: ImageReference,
    digest: str,
    layers: Sequence[_Layer],
    contents: Sequence[bytes],
) -> FetchedArtifact:
    name = plain_name(reference.repository.rpartition("/")[2])
    archive = None
    if len(layers) == 1 and layers[0].media_type == _OPA_LAYER:
        (archive,) = contents
        files = read_archive(archive, where=source)
    elif any(layer.media_type.startswith(_CONFTEST) for layer in layers):
        files = _conftest_files(source, layers, contents)
    else:
        raise BundleFormatError(
            "is no bundle",
            where=source,
            found=", ".join(sorted({layer.media_type for layer in layers}))[:300],
            expected=f"one layer {_OPA_LAYER}, or layers of conftest's types",
        )
    return FetchedArtifact(
        digest=digest,
        archive=archive,
        source=BundleSource(
            contents=files, where=source, name=name, includes=False, artifact=digest
        ),
    )


def _conftest_files(
    source: str, layers: Sequence[_Layer], contents: Sequence[bytes]
) -> dict[str, bytes]:
    parts = [PurePosixPath(layer.title).parts for layer in layers]
    # conftest pushes paths below the working directory, which is not part of the bundle.
    first = {path[0] for path in parts if len(path) > 1}
    is_below = len(first) == 1 and all(len(path) > 1 for path in parts)
    files: dict[str, bytes] = {}
    for layer, path, content in zip(layers, parts, contents, strict=True):
        if not path or path[0] == "/" or ".." in path or "\\" in layer.title:
            raise BundleFormatError(
                "has a layer without a path in the bundle", where=source, found=repr(layer.title)
            )
        name = "/".join(path[1:] if is_below else path)
        if name in files:
            raise BundleFormatError("has a file twice", where=f"{source}/{name}")
        if layer.media_type == _CONFTEST_DATA and PurePosixPath(name).name != "data.json":
            # It would not be read, and rules over it would quietly not apply.
            raise BundleFormatError(
                "has data under a name that is not read",
                where=f"{source}/{name}",
                expected="data.json in the folder of its path",
            )
        files[name] = content
    if MANIFEST not in files and not any(name.endswith(".rego") for name in files):
        raise BundleFormatError("has no Rego in it", where=source)
    return files
