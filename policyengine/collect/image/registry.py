"""An image in a registry: one endpoint gives the root, and it or those after it the rest."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TypeVar

from policyengine.collect.image.content import Descriptor, FetchedManifest, digest_of
from policyengine.errors import (
    IntegrityError,
    MalformedEvidence,
    NotInRegistry,
    SourceUnavailable,
)
from policyengine.model.access import RegistryAccess
from policyengine.model.limits import ReadLimits
from policyengine.model.media_types import OCI_INDEX
from policyengine.model.reference import ImageReference, is_digest
from policyengine.registry.credentials import CredentialStore
from policyengine.registry.endpoint import endpoints_for, shown
from policyengine.registry.pacing import REAL_PACING, Pacing
from policyengine.registry.session import Session
from policyengine.registry.transport import Transport

T = TypeVar("T")


@contextmanager
def open_registry(
    reference: ImageReference,
    *,
    access: RegistryAccess,
    limits: ReadLimits,
    pacing: Pacing = REAL_PACING,
) -> Iterator[RegistrySource]:
    """Find ``reference`` in its registry's mirrors or the registry; give it as content.

    No tag and no digest means the tag ``latest``. Raises SourceUnavailable where no endpoint
    answers with it, IntegrityError where one answers with something else.
    """
    endpoints = endpoints_for(reference, access)
    transport = Transport(access, pacing)
    credentials = CredentialStore(access)
    try:
        yield RegistrySource(
            reference,
            [
                Session(endpoint, transport, credentials, access=access, limits=limits)
                for endpoint in endpoints
            ],
        )
    finally:
        transport.close()


class RegistrySource:
    """The content of one image reference.

    ``origin`` is the URL of the manifest that the reference names, at the server that gave it;
    ``mirror`` that server's host where it is a mirror, else None. A tag that a mirror serves is
    the mirror's word: its digest holds for what was read, not for what the registry has now.
    """

    def __init__(self, reference: ImageReference, sessions: Sequence[Session]) -> None:
        name = reference.digest or reference.tag or "latest"
        position, (data, media_type, digest) = _first(
            sessions, lambda session: session.manifest(name)
        )
        endpoint = sessions[position].endpoint
        self._sessions = sessions[position:]
        self._root = FetchedManifest(data=data, media_type=media_type, digest=digest)
        self.origin = shown(endpoint.manifest_url(name))
        self.mirror = endpoint.host if endpoint.is_mirror else None

    def root(self) -> FetchedManifest:
        """Return the manifest or index that the reference names."""
        return self._root

    def manifest(self, descriptor: Descriptor) -> FetchedManifest:
        """Return the manifest that ``descriptor`` of an index names, checked against it."""
        name = _safe(descriptor.digest, self.origin)
        position, (data, media_type, digest) = _first(
            self._sessions, lambda session: session.manifest(name)
        )
        where = shown(self._sessions[position].endpoint.manifest_url(name))
        if len(data) != descriptor.size:
            raise IntegrityError(
                "the image manifest is not of the size that the index says",
                where=where,
                found=f"{len(data)} bytes",
                expected=f"{descriptor.size} bytes",
            )
        if media_type and media_type != descriptor.media_type:
            raise MalformedEvidence(
                "the registry calls the manifest something else than the index does",
                where=where,
                found=media_type,
                expected=descriptor.media_type,
            )
        return FetchedManifest(data=data, media_type=descriptor.media_type, digest=digest)

    def tagged(self, name: str) -> FetchedManifest | None:
        """Return what stands under another tag or digest of the repository, or None."""
        found = self._if_there(lambda session: session.manifest(name))
        if found is None:
            return None
        data, media_type, digest = found
        return FetchedManifest(data=data, media_type=media_type, digest=digest)

    def referrers(self, digest: str) -> tuple[FetchedManifest, ...]:
        """Return the indexes of what refers to ``digest``: the API's pages, or the fallback tag."""
        name = _safe(digest, self.origin)
        pages = self._if_there(lambda session: tuple(session.referrers(name)))
        if pages is not None:
            return tuple(
                FetchedManifest(data=data, media_type=OCI_INDEX, digest=digest_of(data))
                for data in pages
            )
        tagged = self.tagged(name.replace(":", "-", 1))
        return () if tagged is None else (tagged,)

    def _if_there(self, ask: Callable[[Session], T]) -> T | None:
        """Return the first answer; None where the last endpoint, the registry, has none.

        A mirror that cannot be asked is passed over, as for the image: the registry decides.
        """
        for position, session in enumerate(self._sessions, start=1):
            try:
                return ask(session)
            except NotInRegistry:
                continue
            except SourceUnavailable:
                if position == len(self._sessions):
                    raise
        return None

    def blob(self, digest: str, size: int) -> Iterator[bytes]:
        """Yield the raw bytes of a blob. Digest and size are for the caller to check."""
        name = _safe(digest, self.origin)

        def begin(session: Session) -> tuple[bytes, Generator[bytes]]:
            chunks = session.blob(name, size)
            return next(chunks, b""), chunks

        _, (first, chunks) = _first(self._sessions, begin)
        with closing(chunks):
            yield first
            yield from chunks


def _safe(digest: str, where: str) -> str:
    # It becomes part of a URL.
    if not is_digest(digest):
        raise MalformedEvidence(
            "not a digest",
            where=where,
            found=repr(digest[:80]),
            expected="sha256, sha384 or sha512 in lower-case hexadecimal",
        )
    return digest


def _first(sessions: Sequence[Session], ask: Callable[[Session], T]) -> tuple[int, T]:
    """Return the first answer and its position.

    Only what is not available leads on to the next endpoint. Content that fails its check is an
    error at once: somebody would have to explain it.
    """
    failures: list[SourceUnavailable] = []
    for position, session in enumerate(sessions):
        try:
            return position, ask(session)
        except SourceUnavailable as error:
            failures.append(error)
    last = failures.pop()
    before = "; ".join(f"{failure.where}: {failure.what}" for failure in failures)
    if not before:
        raise last
    hint = f"{last.hint}; " if last.hint else ""
    raise SourceUnavailable(
        last.what,
        where=last.where,
        found=last.found,
        expected=last.expected,
        hint=f"{hint}mirrors asked before: {before}",
    )
