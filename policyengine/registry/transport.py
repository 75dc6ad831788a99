"""HTTP as this program allows it: what is sent to whom, over which redirects, and how often.

Held here, for every request of the registry room:

1. Plain HTTP only to hosts that the user named as insecure.
2. A redirect is followed by hand, at most ``_REDIRECTS`` times, never from https to http, and
   takes no Authorization to another origin. A request with a body is not redirected.
3. Cookies are neither kept nor sent; a client certificate is shown to the host it was named for.
4. 429, the passing 5xx and cut connections are repeated with backoff.
5. Answers are read raw, with a limit on bytes and time: compression is not asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx

from policyengine.errors import LimitExceeded, MalformedEvidence, SourceUnavailable
from policyengine.model.access import ClientCertificate, RegistryAccess
from policyengine.registry.endpoint import (
    host_names,
    is_insecure,
    origin_of,
    shown,
    web_address,
)
from policyengine.registry.failure import (
    Refusal,
    error_codes,
    is_tls_failure,
    status_text,
    unreachable,
)
from policyengine.registry.pacing import (
    LONGEST_RETRY_AFTER,
    RETRIED_STATUSES,
    Pacing,
)
from policyengine.registry.tls import tls_context

T = TypeVar("T")

_REDIRECTS = 5
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_CREATING = frozenset({201, 202})
_LOCATION = "policyengine.location"
# Where an upload goes on, as the server says.
UPLOAD_LOCATION = "policyengine.upload"
_REFUSAL_BYTES = 64 * 1024
# A small answer that drips in may take this many times the time-out of a single read.
_PATIENCE = 4
_USER_AGENT = "policyengine"

# httpx leaves loopback to the proxy of the environment; curl, Go and Docker do not.
_NO_PROXY: Mapping[str, None] = {
    "all://localhost": None,
    "all://127.0.0.1": None,
    "all://[::1]": None,
}

CUT = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. ``authorization`` is the header's value; ``form`` makes it a POST.

    ``content`` is the body of a POST or PUT, and ``successes`` are the statuses that answer it.
    """

    url: httpx.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    retries: int = 0
    method: str = "GET"
    content: bytes | None = field(default=None, repr=False)
    successes: tuple[int, ...] = ()

    @property
    def has_body(self) -> bool:
        """Whether it sends something, and so is not sent on to where a redirect says."""
        return self.form is not None or self.method not in {"GET", "HEAD"}


class Transport:
    """Sends calls and gives what comes back to their consumers; closed by ``close``."""

    def __init__(self, access: RegistryAccess, pacing: Pacing) -> None:
        self._access = access
        self.pacing = pacing
        self._clients: dict[ClientCertificate | None, httpx.Client] = {}

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    def request(self, call: Call, consume: Callable[[httpx.Response], T]) -> T | Refusal:
        """Send ``call`` and return what ``consume`` makes of a success, else a Refusal.

        ``consume`` takes over the open response. It may run again after a connection was cut in
        it. Raises SourceUnavailable where there is no answer.
        """
        try:
            return self._repeat(call, consume)
        except httpx.HTTPError as error:
            raise unreachable(error, call.url, self._access.timeout) from error

    def read(self, response: httpx.Response, limit: int, what: str) -> bytes:
        """Read and close an answer of at most ``limit`` bytes; ``what`` names it in errors."""
        with closing(response):
            data, complete = self._read_up_to(response, limit)
        if not complete:
            raise LimitExceeded(
                f"{what} is too large",
                where=shown(response.url),
                found=f"more than {limit} bytes",
                expected=f"at most {limit} bytes",
            )
        return data

    def _repeat(self, call: Call, consume: Callable[[httpx.Response], T]) -> T | Refusal:
        attempt = 0
        while True:
            pause = self.pacing.backoff(attempt)
            try:
                outcome = self._attempt(call, consume)
            except CUT as error:
                if attempt >= call.retries or is_tls_failure(error):
                    raise
            else:
                if not isinstance(outcome, Refusal) or outcome.status not in RETRIED_STATUSES:
                    return outcome
                if outcome.retry_after is not None:
                    pause = outcome.retry_after
                if attempt >= call.retries or pause > LONGEST_RETRY_AFTER:
                    return outcome
            self.pacing.sleep(pause)
            attempt += 1

    def _attempt(self, call: Call, consume: Callable[[httpx.Response], T]) -> T | Refusal:
        response = self._follow(call)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(response.close)
            if response.status_code in _successes(call):
                self._require_identity(response)
                outcome = consume(response)
                on_failure.pop_all()
                return outcome
            body, _ = self._read_up_to(response, _REFUSAL_BYTES)
            return Refusal(
                url=response.url,
                status=response.status_code,
                challenges=tuple(response.headers.get_list("www-authenticate")),
                codes=error_codes(body),
                retry_after=self.pacing.retry_after(response.headers.get("retry-after")),
            )

    def _follow(self, call: Call) -> httpx.Response:
        url, authorization = call.url, call.authorization
        for _ in range(_REDIRECTS + 1):
            response = self._send(call, url, authorization)
            location = response.extensions.get(_LOCATION)
            if location is None or call.has_body:
                return response
            response.close()
            target = _redirect_target(response, location)
            if origin_of(target) != origin_of(url):
                authorization = None
            url = target
        raise SourceUnavailable(
            "the registry redirects without end",
            where=shown(call.url),
            found=f"more than {_REDIRECTS} redirects",
        )

    def _send(self, call: Call, url: httpx.URL, authorization: str | None) -> httpx.Response:
        if url.scheme != "https" and not is_insecure(url, self._access):
            raise SourceUnavailable(
                "plain HTTP is not spoken to a host that was not named as insecure",
                where=origin_of(url),
                expected="https",
                hint="name the host with --insecure-registry if that is what you want",
            )
        headers = dict(call.headers)
        if authorization is not None:
            headers["Authorization"] = authorization
        client = self._client(url)
        request = client.build_request(
            call.method if call.form is None else "POST",
            url,
            headers=headers,
            data=call.form,
            content=call.content,
        )
        return client.send(request, stream=True, follow_redirects=False)

    def _client(self, url: httpx.URL) -> httpx.Client:
        names = host_names(url)
        certificate = next(
            (pair for host, pair in self._access.client_certificates if host.lower() in names),
            None,
        )
        if certificate not in self._clients:
            self._clients[certificate] = httpx.Client(
                verify=tls_context(self._access.ca_files, certificate),
                mounts=dict(_NO_PROXY),
                timeout=self._access.timeout,
                event_hooks={"response": [_take_location]},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"},
            )
        return self._clients[certificate]

    def _read_up_to(self, response: httpx.Response, limit: int) -> tuple[bytes, bool]:
        deadline = self.pacing.elapsed() + _PATIENCE * self._access.timeout
        data = bytearray()
        for chunk in response.iter_raw():
            data += chunk
            if len(data) > limit:
                return bytes(data[:limit]), False
            if self.pacing.elapsed() > deadline:
                raise SourceUnavailable(
                    "the registry did not finish its answer in time",
                    where=shown(response.url),
                    found=f"{len(data)} bytes in {_PATIENCE * self._access.timeout:g} seconds",
                )
        return bytes(data), True

    def _require_identity(self, response: httpx.Response) -> None:
        encoding = response.headers.get("content-encoding", "identity")
        if encoding.strip().lower() not in {"", "identity"}:
            raise MalformedEvidence(
                "the registry's answer is compressed although that was not asked for",
                where=shown(response.url),
                expected="an answer without Content-Encoding",
            )


def _successes(call: Call) -> tuple[int, ...]:
    if call.successes:
        return call.successes
    # Part of a thing is a success only where a part was asked for.
    return (200, 206) if "Range" in call.headers else (200,)


def _take_location(response: httpx.Response) -> None:
    # httpx prepares a redirect even where it is not to follow it, and its error for a bad
    # Location looks like a cut connection.
    location = response.headers.pop("location", None)
    if response.status_code in _REDIRECTING and location is not None:
        response.extensions[_LOCATION] = location
    elif response.status_code in _CREATING and location is not None:
        response.extensions[UPLOAD_LOCATION] = location


def _redirect_target(response: httpx.Response, location: str) -> httpx.URL:
    where = shown(response.url)
    target = web_address(location, response.url)
    if target is None:
        raise SourceUnavailable(
            "the registry redirects to what is no web address",
            where=where,
            found=status_text(response.status_code),
            expected="Location with an https URL",
        )
    if response.url.scheme == "https" and target.scheme != "https":
        raise SourceUnavailable(
            "the registry redirects from https to plain HTTP",
            where=where,
            found=origin_of(target),
            expected="https",
        )
    return target
