"""Manifests and blobs from one endpoint, by the OCI distribution specification 1.1."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from typing import TypeVar

import httpx

from policyengine.errors import IntegrityError, MalformedEvidence, SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.model.limits import ReadLimits
from policyengine.model.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from policyengine.model.reference import is_digest
from policyengine.registry.credentials import CredentialStore
from policyengine.registry.endpoint import Endpoint, next_page, shown
from policyengine.registry.failure import media_type_of, unreachable
from policyengine.registry.login import Login
from policyengine.registry.transport import CUT, Call, Transport

T = TypeVar("T")

# Docker schema 1 is asked for last, so that it can be refused by its name, not as "not found".
_MANIFEST_TYPES = (
    OCI_INDEX,
    OCI_MANIFEST,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/vnd.docker.distribution.manifest.v1+json",
)
# What servers of plain files say; the manifest's own mediaType then decides.
_UNTYPED = frozenset({"", "application/json", "application/octet-stream", "text/plain"})
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")

# Of a tag list: a thousand names each, by most registries.
_PAGES = 256


class Session:
    """One endpoint, with the login that it asked for."""

    def __init__(
        self,
        endpoint: Endpoint,
        transport: Transport,
        credentials: CredentialStore,
        *,
        access: RegistryAccess,
        limits: ReadLimits,
    ) -> None:
        self.endpoint = endpoint
        self._transport = transport
        self._access = access
        self._limits = limits
        self._login = Login(endpoint, transport, credentials, access)
        # The next endpoint is a better answer to a mirror's failure than asking it again.
        self._retries = 0 if endpoint.is_mirror else access.retries

    def manifest(self, tag_or_digest: str) -> tuple[bytes, str, str]:
        """Return a manifest's bytes, media type ("" if the server gave none) and digest.

        The bytes are checked against the digest asked for and the one the server promises.
        """
        url = self.endpoint.manifest_url(tag_or_digest)
        what = f'manifest "{tag_or_digest}"'
        data, headers = self._get(
            url,
            {"Accept": ", ".join(_MANIFEST_TYPES)},
            what,
            lambda response: (
                self._transport.read(response, self._limits.manifest_bytes, f"the {what}"),
                response.headers,
            ),
        )
        media_type = media_type_of(headers.get("content-type"))
        if media_type not in _MANIFEST_TYPES and media_type not in _UNTYPED:
            raise MalformedEvidence(
                "the registry did not answer with an image manifest",
                where=shown(url),
                found=f"Content-Type {media_type}",
                expected=OCI_MANIFEST,
                hint="a login page, a proxy or another kind of server may answer here",
            )
        digest = _check_digests(data, headers.get("docker-content-digest"), tag_or_digest, url)
        return data, "" if media_type in _UNTYPED else media_type, digest

    def referrers(self, digest: str) -> Iterator[bytes]:
        """Yield the indexes, page by page, of what refers to the manifest ``digest``.

        Raises NotInRegistry where the registry has no referrers API.
        """
        what = f"list of what refers to {digest}"
        for data, media_type, url in self.pages(
            self.endpoint.referrers_url(digest), OCI_INDEX, what
        ):
            if media_type != OCI_INDEX:
                raise MalformedEvidence(
                    "the registry did not answer with an image index",
                    where=url,
                    found=f"Content-Type {media_type}",
                    expected=OCI_INDEX,
                )
            yield data

    def tag_lists(self, most: int) -> Iterator[tuple[bytes, str]]:
        """Yield the pages of the repository's tags, ``most`` names each, with their URL.

        Raises NotInRegistry where the registry has no such repository.
        """
        what = f"list of the tags of {self.endpoint.repository}"
        for data, _, url in self.pages(self.endpoint.tags_url(most), "application/json", what):
            yield data, url

    def pages(self, url: httpx.URL, accept: str, what: str) -> Iterator[tuple[bytes, str, str]]:
        """Yield each page of a list: its bytes, media type and URL.

        The next one is where ``Link: <...>; rel="next"`` says (OCI distribution, "Listing Tags" and
        "Listing Referrers"). A page left out would be a list cut short, so what cannot be followed
        is refused: another server, a page a second time, more than ``_PAGES``.
        """
        seen: list[httpx.URL] = []
        following: httpx.URL | None = url
        while following is not None:
            seen.append(following)
            data, headers = self._get(
                following,
                {"Accept": accept},
                what,
                lambda response: (
                    self._transport.read(response, self._limits.manifest_bytes, f"the {what}"),
                    response.headers,
                ),
            )
            yield data, media_type_of(headers.get("content-type")), shown(following)
            following = next_page(headers.get("link"), following)
            if following in seen or len(seen) == _PAGES:
                raise MalformedEvidence(
                    f"the {what} has no end",
                    where=shown(url),
                    found=f"a page that was read before, or more than {_PAGES}",
                )

    def blob(self, digest: str, size: int) -> Generator[bytes]:
        """Yield the raw bytes of a blob of ``size`` bytes, resuming where a connection was cut.

        Digest and size of what is yielded are for the caller to check (``content.verified``).
        """
        url = self.endpoint.blob_url(digest)
        offset = cuts = 0
        while True:
            response = self._open_blob(url, digest, offset, size)
            try:
                with closing(response):
                    for chunk in response.iter_raw():
                        offset += len(chunk)
                        yield chunk
            except httpx.HTTPError as error:
                if not isinstance(error, CUT) or cuts >= self._access.retries:
                    raise _cut(error, url, offset, size, self._access.timeout) from error
            else:
                return
            if offset >= size:
                return
            self._transport.pacing.sleep(self._transport.pacing.backoff(cuts))
            cuts += 1

    def _open_blob(self, url: httpx.URL, digest: str, offset: int, size: int) -> httpx.Response:
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        response = self._get(url, headers, f"blob {digest}", lambda response: response)
        try:
            self._check_extent(response, url, offset, size)
        except BaseException:
            response.close()
            raise
        return response

    def _check_extent(
        self, response: httpx.Response, url: httpx.URL, offset: int, size: int
    ) -> None:
        if offset:
            extent = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
            expected = (offset, size - 1, size)
            if (
                response.status_code != 206
                or not extent
                or tuple(int(number) for number in extent.groups()) != expected
            ):
                raise SourceUnavailable(
                    "the connection to the registry was cut, and the server does not resume",
                    where=shown(url),
                    found=f"{offset} of {size} bytes",
                    hint="try again",
                )
        length = response.headers.get("content-length")
        if length is not None and length != str(size - offset):
            content_type = media_type_of(response.headers.get("content-type")) or "no content type"
            raise IntegrityError(
                "the blob is not of the size that the image manifest says",
                where=shown(url),
                found=f"{length} bytes of {content_type}",
                expected=f"{size - offset} bytes",
            )

    def _get(
        self,
        url: httpx.URL,
        headers: Mapping[str, str],
        what: str,
        consume: Callable[[httpx.Response], T],
    ) -> T:
        return self.ask(Call(url=url, headers=headers, retries=self._retries), what, consume)

    def ask(self, call: Call, what: str, consume: Callable[[httpx.Response], T]) -> T:
        """Send ``call`` with the login that the server asks for; ``what`` names it in errors.

        Raises SourceUnavailable for a refusal, NotInRegistry for a 404.
        """
        return self._login.ask(call, what, consume)


def _check_digests(data: bytes, promised: str | None, tag_or_digest: str, url: httpx.URL) -> str:
    """Return the digest of ``data``: the one asked for, else the promised, else sha256."""
    asked = tag_or_digest if is_digest(tag_or_digest) else None
    if promised is not None and not is_digest(promised):
        raise IntegrityError(
            "the registry promises a digest that cannot be checked",
            where=shown(url),
            found="a Docker-Content-Digest of another algorithm or form",
            expected="sha256, sha384 or sha512 in lower-case hexadecimal",
        )
    for digest, promise in ((asked, "asked for"), (promised, "promised by the registry")):
        if digest is not None and (found := _digest(data, digest.partition(":")[0])) != digest:
            raise IntegrityError(
                f"the manifest is not the one {promise}",
                where=shown(url),
                found=found,
                expected=digest,
                hint="the registry, or something between, has changed it",
            )
    return asked or promised or _digest(data, "sha256")


def _digest(data: bytes, algorithm: str) -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def _cut(
    error: httpx.HTTPError, url: httpx.URL, offset: int, size: int, timeout: float
) -> SourceUnavailable:
    reason = unreachable(error, url, timeout)
    return SourceUnavailable(
        f"{reason.what} in the middle of a blob",
        where=shown(url),
        found=f"{offset} of {size} bytes",
        hint=reason.hint,
    )
