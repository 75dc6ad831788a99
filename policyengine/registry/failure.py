"""What went wrong between us and a registry, as errors that a person can act on.

Messages hold no text that a server chose freely (it might echo a password): of its answer only
the status, the content type's name and the error codes of the specification are shown, and of a
URL only scheme, host and path.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from policyengine.errors import EvidenceError, NotInRegistry, SourceUnavailable
from policyengine.registry.endpoint import origin_of, shown

# OCI distribution specification 1.1, "Error Codes".
_ERROR_CODES = frozenset(
    {
        "BLOB_UNKNOWN",
        "DENIED",
        "DIGEST_INVALID",
        "MANIFEST_BLOB_UNKNOWN",
        "MANIFEST_INVALID",
        "MANIFEST_UNKNOWN",
        "NAME_INVALID",
        "NAME_UNKNOWN",
        "SIZE_INVALID",
        "TOOMANYREQUESTS",
        "UNAUTHORIZED",
        "UNSUPPORTED",
    }
)
_CODE = re.compile(rb'"code"\s*:\s*"([A-Z_]{1,32})"')
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")

# X509_verify_cert(3): the certificate is for another name or address.
_WRONG_NAME = frozenset({62, 64})
_EXPIRED = 10

# What versions of OpenSSL say to an answer that is plain text.
_NO_TLS_SPOKEN = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is not a success. ``retry_after`` is in seconds."""

    url: httpx.URL
    status: int
    challenges: tuple[str, ...]
    codes: tuple[str, ...]
    retry_after: float | None

    @property
    def found(self) -> str:
        """The status, with its phrase and the registry's error codes."""
        return status_text(self.status) + (f" ({', '.join(self.codes)})" if self.codes else "")


def status_text(status: int) -> str:
    """Return ``404 Not Found``. The phrase is ours: the server's own is free text."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def error_codes(body: bytes) -> tuple[str, ...]:
    """Return the specification's error codes in the body of a refusal, in order, none twice."""
    found = (code.decode("ascii") for code in _CODE.findall(body))
    return tuple(dict.fromkeys(code for code in found if code in _ERROR_CODES))


def media_type_of(content_type: str | None) -> str:
    """Return the media type of a Content-Type header without parameters; "" if there is none."""
    name = (content_type or "").partition(";")[0].strip().lower()
    return name if _MEDIA_TYPE.fullmatch(name) else ""


def refused(refusal: Refusal, *, what: str, login: str) -> SourceUnavailable:
    """Return the error for a refused request.

    ``what`` names the thing asked for (``manifest "3.19"``); ``login`` says which login was used,
    or where one was looked for.
    """
    sentence, hint = _explain(refusal, what, login)
    kind = NotInRegistry if refusal.status == HTTPStatus.NOT_FOUND else SourceUnavailable
    return kind(sentence, where=shown(refusal.url), found=refusal.found, hint=hint)


def _explain(refusal: Refusal, what: str, login: str) -> tuple[str, str | None]:
    status = refusal.status
    if status == HTTPStatus.UNAUTHORIZED:
        return (
            f"the registry does not give {what} without a login that it accepts",
            f"{login}; some registries say this, too, where there is no such repository",
        )
    if status == HTTPStatus.FORBIDDEN:
        return f"the registry does not allow reading {what}", login
    if status == HTTPStatus.NOT_FOUND:
        return f"the registry has no {what}", "check registry, repository and tag; or push it first"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = refusal.retry_after
        return (
            f"the registry limits how often {what} is asked for",
            f"it asks to wait {wait:.0f} seconds" if wait else f"try later, or log in; {login}",
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"the registry failed to give {what}", "this is a fault on its side; try later"
    if status == HTTPStatus.BAD_REQUEST and refusal.url.scheme == "http":
        return (
            f"the registry did not give {what}",
            "if it speaks TLS, do not name its host with --insecure-registry",
        )
    return f"the registry did not give {what}", None


def unreachable(error: httpx.HTTPError, url: httpx.URL, timeout: float) -> EvidenceError:
    """Return the error for a request that got no answer. ``timeout`` is in seconds."""
    where, server = shown(url), origin_of(url)
    if isinstance(error, httpx.TimeoutException):
        return SourceUnavailable(
            "the registry did not answer in time",
            where=where,
            found=f"nothing within {timeout:g} seconds",
            hint="check host and network, or allow more time",
        )
    if isinstance(error, httpx.ProxyError):
        return SourceUnavailable(
            f"the proxy did not connect to {server}",
            where=where,
            hint="check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
        )
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(cause, where)
        if isinstance(cause, ssl.SSLError):
            return _tls_failed(cause, where)
        if isinstance(cause, ConnectionRefusedError):
            return SourceUnavailable(
                f"no server listens at {server}",
                where=where,
                found="connection refused",
                hint="check host and port, and that the registry runs",
            )
        if isinstance(cause, socket.gaierror):
            return SourceUnavailable(
                f"the host name of {server} is not known",
                where=where,
                found=cause.strerror,
                hint="check its spelling and the name service",
            )
    if isinstance(error, httpx.ConnectError):
        return SourceUnavailable(
            f"{server} cannot be reached",
            where=where,
            found=_system_reason(error),
            hint="check host and network",
        )
    return SourceUnavailable(
        "the connection to the registry was cut",
        where=where,
        found=_system_reason(error),
        hint="try again; if it stays so, look whether this port speaks HTTP at all",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def is_tls_failure(error: BaseException) -> bool:
    """Say whether TLS, not the network, is what failed: repeating it would not help."""
    # An unexpected end of the stream is a cut connection in TLS's words.
    return any(
        isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError)
        for cause in _causes(error)
    )


def _system_reason(error: BaseException) -> str | None:
    # The text of an httpx error may quote a header; the operating system's reason is its own.
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return None


def _untrusted(error: ssl.SSLCertVerificationError, where: str) -> SourceUnavailable:
    hint = "add the certificate of its CA with --registry-ca or in the settings"
    if error.verify_code in _WRONG_NAME:
        hint = "use the name that is in the certificate, or correct the certificate"
    elif error.verify_code == _EXPIRED:
        hint = "the registry needs a new certificate; check this machine's clock, too"
    return SourceUnavailable(
        "the certificate of the registry is not trusted",
        where=where,
        found=error.verify_message.rstrip("."),
        hint=hint,
    )


def _tls_failed(error: ssl.SSLError, where: str) -> SourceUnavailable:
    reason = error.reason or "no TLS"
    hint = (
        "if the registry speaks plain HTTP only, name its host with --insecure-registry"
        if reason in _NO_TLS_SPOKEN
        else "the registry may ask for a client certificate, or for another version of TLS"
    )
    return SourceUnavailable(
        "TLS with the registry failed",
        where=where,
        found=reason.lower().replace("_", " "),
        hint=hint,
    )
