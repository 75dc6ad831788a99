"""Content by digest: descriptors, and bytes that are checked while they stream.

OCI image specification: descriptor.md. A descriptor promises a digest and a size; both are held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from policyengine.errors import IntegrityError, LimitExceeded
from policyengine.model.platform import Platform

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What an index or manifest says of the content it names. ``size`` is in bytes."""

    digest: str
    size: int
    media_type: str
    platform: Platform | None = None
    annotations: tuple[tuple[str, str], ...] = ()

    def annotation(self, name: str) -> str | None:
        """Return the annotation ``name``, or None."""
        return dict(self.annotations).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedManifest:
    """An image manifest or index as it was read; ``digest`` is of ``data``."""

    data: bytes
    media_type: str
    digest: str


class ContentSource(Protocol):
    """Something that holds an image by digests: an OCI layout, an OCI archive or a registry."""

    @property
    def origin(self) -> str:
        """The URL or path that the root was read from."""

    def root(self) -> FetchedManifest:
        """Return the index or image manifest that the user named."""

    def manifest(self, descriptor: Descriptor) -> FetchedManifest:
        """Return the manifest that an index names."""

    def blob(self, digest: str, size: int) -> Iterator[bytes]:
        """Yield the raw bytes of a blob; the caller checks them with ``verified``."""


def digest_of(data: bytes) -> str:
    """Return the sha256 digest of ``data``, with its algorithm."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def verified(chunks: Iterable[bytes], *, digest: str, size: int, where: str) -> Iterator[bytes]:
    """Pass ``chunks`` on, and raise IntegrityError where they are not what was promised.

    More bytes than promised raise at once; fewer, or another digest, after the last chunk: what
    was made of the bytes until then must not be used before the iteration has ended.
    """
    algorithm = digest.partition(":")[0]
    running = hashlib.new(algorithm)
    count = 0
    for chunk in chunks:
        count += len(chunk)
        if count > size:
            raise IntegrityError(
                f"the content of {digest} is longer than promised",
                where=where,
                found=f"more than {size} bytes",
                expected=f"{size} bytes",
            )
        running.update(chunk)
        yield chunk
    if count != size:
        raise IntegrityError(
            f"the content of {digest} is shorter than promised",
            where=where,
            found=f"{count} bytes",
            expected=f"{size} bytes",
        )
    found = f"{algorithm}:{running.hexdigest()}"
    if found != digest:
        raise IntegrityError(
            "the content is not what its digest says", where=where, found=found, expected=digest
        )


def collected(chunks: Iterable[bytes], *, limit: int, where: str) -> bytes:
    """Return ``chunks`` as one; raise LimitExceeded beyond ``limit`` bytes."""
    parts: list[bytes] = []
    count = 0
    for chunk in chunks:
        count += len(chunk)
        if count > limit:
            raise LimitExceeded(
                "is too large",
                where=where,
                found=f"more than {limit} bytes",
                hint="limits.manifest_bytes raises the limit",
            )
        parts.append(chunk)
    return b"".join(parts)
