"""A Notary server over HTTP, by the rules of the registry room: limits, redirects, token logins.

The API is theupdateframework/notary ``docs/``: ``/v2/NAME/_trust/tuf/ROLE.json``, a version of
the root as ``N.root.json``, exact metadata as ``ROLE.SHA256.json``. The login is the registry's,
as Docker does it; a server for which the registry's login must not be sent must not be named.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from policyengine.collect.trust.notary.metadata import METADATA_BYTES, is_role_name
from policyengine.errors import NotInRegistry, SettingsError
from policyengine.model.access import RegistryAccess
from policyengine.model.reference import ImageReference
from policyengine.registry.credentials import CredentialStore
from policyengine.registry.endpoint import Endpoint, shown, web_address
from policyengine.registry.login import Login
from policyengine.registry.pacing import REAL_PACING, Pacing
from policyengine.registry.transport import Call, Transport


class ServerSource:
    """The metadata of one repository on one server."""

    def __init__(
        self, server: str, reference: ImageReference, access: RegistryAccess, transport: Transport
    ) -> None:
        base = web_address(server)
        if base is None:
            raise SettingsError(
                "not the address of a Notary server",
                found=repr(server),
                expected="https://host[:port]",
            )
        path = f"{base.path.rstrip('/')}/v2/{reference.name}/_trust/tuf"
        self._url = base.copy_with(path=path, query=None)
        self._transport = transport
        self._access = access
        endpoint = Endpoint(
            host=reference.registry, repository=reference.name, url=self._url, is_mirror=False
        )
        self._login = Login(endpoint, transport, CredentialStore(access), access)

    @property
    def name(self) -> str:
        """The repository's URL on the server."""
        return shown(self._url)

    def location(self, role: str) -> str:
        """Return the URL of a role's metadata."""
        return f"{self.name}/{role}.json"

    def current(self, role: str) -> bytes | None:
        """Return the newest metadata of a role."""
        return self._get(role, role)

    def root_version(self, version: int) -> bytes | None:
        """Return one version of the root."""
        return self._get("root", f"{version}.root")

    def exact(self, role: str, sha256: str) -> bytes | None:
        """Return the metadata of a role with this digest."""
        return self._get(role, f"{role}.{sha256}")

    def _get(self, role: str, name: str) -> bytes | None:
        if not is_role_name(role):
            return None
        what = f'trust metadata "{name}"'
        call = Call(
            url=self._url.copy_with(path=f"{self._url.path}/{name}.json"),
            retries=self._access.retries,
        )
        try:
            return self._login.ask(
                call,
                what,
                lambda response: self._transport.read(response, METADATA_BYTES, f"the {what}"),
            )
        except NotInRegistry:
            return None


@contextmanager
def open_server(
    server: str,
    reference: ImageReference,
    access: RegistryAccess,
    *,
    pacing: Pacing = REAL_PACING,
) -> Iterator[ServerSource]:
    """Give the metadata of ``reference``'s repository on the Notary server at URL ``server``."""
    transport = Transport(access, pacing)
    try:
        yield ServerSource(server, reference, access, transport)
    finally:
        transport.close()
