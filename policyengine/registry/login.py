"""Answering a registry's 401: Basic, or a token from the realm that it names.

Specifications: distribution "Token Authentication", "OAuth2 Token Authentication".

Where credentials go, and where not:

1. They are looked up for the host that the user named (registry or mirror), when it asks. A
   host that the user named as insecure gets them over plain HTTP.
2. A challenge counts only if that host itself sent it, not a server it redirected to.
3. The realm may be another host, over https; over plain HTTP only if the user named that host
   as insecure.
4. A realm that was named over plain HTTP could be anybody's: it gets credentials only if it is
   the same host, or one that the user named as insecure.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import httpx
import orjson

from policyengine.errors import MalformedEvidence, SourceUnavailable
from policyengine.model.access import RegistryAccess
from policyengine.registry.challenge import Challenge, parse_challenges
from policyengine.registry.credentials import Credentials, CredentialStore
from policyengine.registry.endpoint import (
    Endpoint,
    host_names,
    is_insecure,
    origin_of,
    shown,
    web_address,
)
from policyengine.registry.failure import Refusal, refused
from policyengine.registry.transport import Call, Transport

T = TypeVar("T")

_TOKEN_BYTES = 1024 * 1024
_CLIENT_ID = "policyengine"
# RFC 6750 b64token; anything else could break out of the header.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")


class Login:
    """The login at one endpoint, and the requests that are sent with it."""

    def __init__(
        self,
        endpoint: Endpoint,
        transport: Transport,
        credentials: CredentialStore,
        access: RegistryAccess,
    ) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._store = credentials
        self._access = access
        self._retries = 0 if endpoint.is_mirror else access.retries
        self._authorization: str | None = None
        self.description = "no login was asked for"

    def ask(self, call: Call, what: str, consume: Callable[[httpx.Response], T]) -> T:
        """Send ``call`` with the login that the server asks for; ``what`` names it in errors.

        Raises SourceUnavailable for a refusal, NotInRegistry for a 404.
        """
        asked_for_login = False
        while True:
            outcome = self._transport.request(
                replace(call, authorization=self._authorization), consume
            )
            if not isinstance(outcome, Refusal):
                return outcome
            # A token may have expired between two requests, so each may log in once.
            if outcome.status != 401 or asked_for_login:
                raise refused(outcome, what=what, login=self.description)
            asked_for_login = True
            self._authorization = self.answer(outcome)
            if self._authorization is None:
                raise refused(outcome, what=what, login=self.description)

    def answer(self, refusal: Refusal) -> str | None:
        """Return the Authorization header that ``refusal`` asks for; None if there is none.

        Raises SourceUnavailable where the realm refuses or may not be given credentials.
        """
        if origin_of(refusal.url) != origin_of(self._endpoint.url):
            self.description = f"{origin_of(refusal.url)}, where it redirects to, asks for a login"
            return None
        found = self._store.find(self._endpoint.host)
        self.description = (
            f"the login is from {found.found_in}"
            if found
            else f"there is no login for {self._endpoint.host} in {self._store.path}"
        )
        if found is not None and found.registry_token:
            return _bearer(found.registry_token, self._store.path.as_posix())
        offered = parse_challenges(refusal.challenges)
        for challenge in offered:
            if challenge.scheme == "bearer":
                return self._token(challenge, found)
        if found is None:
            return None
        if any(challenge.scheme == "basic" for challenge in offered) and found.username:
            return _basic(found)
        raise SourceUnavailable(
            "the registry asks for a login of a kind that there is none of",
            where=origin_of(self._endpoint.url),
            found=" or ".join(sorted({c.scheme for c in offered})[:8]) or "no WWW-Authenticate",
            expected="Bearer, or Basic with user and password",
            hint=self.description,
        )

    def _token(self, challenge: Challenge, found: Credentials | None) -> str:
        realm = self._realm(challenge)
        if found is not None:
            self._require_trusted(realm)
        asked = {
            "service": challenge.parameters.get("service", ""),
            "scope": challenge.parameters.get(
                "scope", f"repository:{self._endpoint.repository}:pull"
            ),
        }
        asked = {name: value for name, value in asked.items() if value}
        if found is not None and found.identity_token:
            call = Call(
                url=realm,
                form={
                    **asked,
                    "grant_type": "refresh_token",
                    "client_id": _CLIENT_ID,
                    "refresh_token": found.identity_token,
                },
                retries=self._retries,
            )
        else:
            call = Call(
                url=realm.copy_merge_params(asked),
                authorization=_basic(found) if found is not None else None,
                retries=self._retries,
            )
        answer = self._transport.request(
            call, lambda response: self._transport.read(response, _TOKEN_BYTES, "the token")
        )
        if isinstance(answer, Refusal):
            raise refused(answer, what="a token", login=self.description)
        return _bearer(_token_in(answer, shown(realm)), shown(realm))

    def _realm(self, challenge: Challenge) -> httpx.URL:
        realm = web_address(challenge.parameters.get("realm", ""))
        if realm is None:
            raise MalformedEvidence(
                "the registry names no place to get a token",
                where=origin_of(self._endpoint.url),
                found="a Bearer challenge without a web address as its realm",
                expected='WWW-Authenticate: Bearer realm="https://..."',
            )
        return realm

    def _require_trusted(self, realm: httpx.URL) -> None:
        own = self._endpoint.url
        if (
            own.scheme == "https"
            or not host_names(realm).isdisjoint(host_names(own))
            or is_insecure(realm, self._access)
        ):
            return
        raise SourceUnavailable(
            f"the login for {self._endpoint.host} is not sent to {origin_of(realm)}",
            where=origin_of(own),
            found="a token realm on another host, named over plain HTTP",
            hint="reach the registry over https, or name that host with --insecure-registry",
        )


def _basic(found: Credentials) -> str:
    pair = f"{found.username}:{found.password}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def _bearer(token: str, where: str) -> str:
    if _TOKEN.fullmatch(token) is None:
        raise MalformedEvidence(
            "the token cannot be used in a header",
            where=where,
            expected="letters, digits and -._~+/= (RFC 6750)",
        )
    return f"Bearer {token}"


def _token_in(answer: bytes, where: str) -> str:
    try:
        value = orjson.loads(answer)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict):
        # "token" is Docker's name, "access_token" OAuth2's; both may be there and are then equal.
        for name in ("token", "access_token"):
            token = value.get(name)
            if isinstance(token, str) and token:
                return token
    raise MalformedEvidence(
        "the answer holds no token",
        where=where,
        found=f"{len(answer)} bytes of something else",
        expected='a JSON object with the text "token" or "access_token"',
    )
