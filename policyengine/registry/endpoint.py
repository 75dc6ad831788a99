"""Which servers may hold an image, in the order in which they are asked, and how to speak to each.

A registry named by a reference may have mirrors, which are asked first. Every URL is ``https``
but those of hosts that the user named as insecure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx

from policyengine.errors import InvalidReference, MalformedEvidence, SettingsError
from policyengine.model.access import RegistryAccess
from policyengine.model.reference import DOCKER_HUB, ImageReference

_DOCKER_HUB_SERVER = "registry-1.docker.io"
_DOCKER_HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io", _DOCKER_HUB_SERVER})
_DEFAULT_PORTS = {"http": 80, "https": 443}

# RFC 1035: labels of 1 to 63 bytes, 253 in all; or an IPv6 address. Underscores are in use.
_LABEL = rb"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(
    rb"(?=.{1,254}\Z)%b(?:\.%b)*\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*" % (_LABEL, _LABEL)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One server and the repository on it.

    ``host`` is the name under which the user knows the server, and by which credentials are
    found. ``url`` is the repository's, ``https://host/v2/library/alpine``.
    """

    host: str
    repository: str
    url: httpx.URL
    is_mirror: bool

    def manifest_url(self, tag_or_digest: str) -> httpx.URL:
        """Return the URL of a manifest."""
        return self.url.copy_with(path=f"{self.url.path}/manifests/{tag_or_digest}")

    def referrers_url(self, digest: str) -> httpx.URL:
        """Return where what refers to a manifest is listed (OCI distribution 1.1)."""
        return self.url.copy_with(path=f"{self.url.path}/referrers/{digest}")

    def tags_url(self, most: int) -> httpx.URL:
        """Return where the tags are listed, ``most`` a page."""
        return self.url.copy_with(path=f"{self.url.path}/tags/list", params={"n": str(most)})

    def uploads_url(self) -> httpx.URL:
        """Return where the upload of a blob begins."""
        return self.url.copy_with(path=f"{self.url.path}/blobs/uploads/")

    def blob_url(self, digest: str) -> httpx.URL:
        """Return the URL of a blob."""
        return self.url.copy_with(path=f"{self.url.path}/blobs/{digest}")


def next_page(link: str | None, page: httpx.URL) -> httpx.URL | None:
    """Return the URL of the page after ``page`` by its Link header (RFC 8288), None for the last.

    Raises MalformedEvidence for one on another server, which a login must not be sent to.
    """
    if link is None:
        return None
    target = httpx.Response(200, headers={"Link": link}).links.get("next", {}).get("url")
    if target is None:
        return None
    try:
        following = page.join(target)
    except httpx.InvalidURL:
        following = None
    if following is None or origin_of(following) != origin_of(page):
        raise MalformedEvidence(
            "the next page of a list is not on the registry",
            where=shown(page),
            found=f'Link with rel="next" to {"no URL" if following is None else shown(following)}',
            expected=origin_of(page),
        )
    return following


def endpoints_for(reference: ImageReference, access: RegistryAccess) -> tuple[Endpoint, ...]:
    """Return the mirrors of the reference's registry in the user's order, then the registry.

    Raises InvalidReference for a reference that did not come from ``ImageReference.parse``, and
    SettingsError for a mirror that is not ``host[:port][/path]``.
    """
    # The repository becomes part of a URL: one with "..", "?" or a line break must not get there.
    if ImageReference.parse(str(reference)) != reference:
        raise InvalidReference("not an image reference", where=repr(str(reference)))
    mirrors = [
        name
        for registry, names in access.mirrors
        if registry == reference.registry
        for name in names
    ]
    return (
        *(_mirror(name, reference, access) for name in mirrors),
        _endpoint(reference.registry, reference.repository, access, is_mirror=False),
    )


def _mirror(name: str, reference: ImageReference, access: RegistryAccess) -> Endpoint:
    try:
        there = ImageReference.parse(f"{name}/{reference.repository}")
    except InvalidReference:
        there = None
    if there is None or there.tag is not None or there.registry != name.partition("/")[0]:
        raise SettingsError(
            f"not a mirror of {reference.registry}",
            found=repr(name),
            expected="host[:port] or host[:port]/path, without https://",
        )
    return _endpoint(there.registry, there.repository, access, is_mirror=True)


def _endpoint(host: str, repository: str, access: RegistryAccess, *, is_mirror: bool) -> Endpoint:
    server = _DOCKER_HUB_SERVER if host == DOCKER_HUB else host
    plain = web_address(f"http://{server}/v2/{repository}")
    if plain is None:
        raise InvalidReference("the registry is not a host and port", where=repr(host))
    insecure = is_insecure(plain, access)
    url = plain if insecure else httpx.URL(f"https://{server}{plain.path}")
    return Endpoint(host=host, repository=repository, url=url, is_mirror=is_mirror)


def web_address(text: str, base: httpx.URL | None = None) -> httpx.URL | None:
    """Read an http or https URL, relative to ``base``; None where it is none.

    User and password are left out, because they would be sent as a login, and the fragment.
    """
    try:
        url = httpx.URL(text) if base is None else base.join(text)
        # Names that are no IDNA fail here, and not where somebody asks for them.
        is_named = bool(url.host)
    except (httpx.InvalidURL, UnicodeError):
        return None
    if not is_named or url.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(url.raw_host):
        return None
    if url.port is not None and not 0 < url.port < 65536:
        return None
    return url.copy_with(username=None, password=None, fragment=None)


def host_names(url: httpx.URL) -> frozenset[str]:
    """Return the ways in which a user may write the server of ``url``, in lower case.

    The default port may be written or left out; Docker Hub has three names.
    """
    host = url.netloc.decode("ascii").lower()
    names = {host}
    if url.port is None:
        names.add(f"{host}:{_DEFAULT_PORTS[url.scheme]}")
    if host in _DOCKER_HUB_NAMES:
        names |= _DOCKER_HUB_NAMES
    return frozenset(names)


def is_insecure(url: httpx.URL, access: RegistryAccess) -> bool:
    """Say whether the user named the server of ``url`` as one for plain HTTP."""
    return not host_names(url).isdisjoint(name.lower() for name in access.insecure_hosts)


def origin_of(url: httpx.URL) -> str:
    """Return scheme, host and port of ``url``: what credentials are bound to."""
    return f"{url.scheme}://{url.netloc.decode('ascii').lower()}"


def shown(url: httpx.URL) -> str:
    """Return ``url`` as messages show it: without user, password and query (signatures)."""
    return f"{origin_of(url)}{url.path}"
