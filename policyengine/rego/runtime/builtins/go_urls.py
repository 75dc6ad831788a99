"""URLs as Go's net/url takes them apart, refuses them, and escapes their paths."""

from __future__ import annotations

import ipaddress
import re
import string
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from policyengine.rego.runtime.utf8 import decode_utf8, encode_utf8

_BROKEN_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_ESCAPE: Final = re.compile("%[0-9A-Fa-f]{2}")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*", re.ASCII)
_PORT: Final = re.compile(r"(:\d*)?", re.ASCII)
_UNRESERVED: Final = string.ascii_letters + string.digits + "-_.~"
_USER: Final = frozenset(_UNRESERVED + ":!$&'()*+,;=%@")
_HOST: Final = frozenset(_UNRESERVED + "!$&'()*+,;=:[]<>\"")
_PATH_SAFE: Final = "$&+,/:;=@-_.~"
_ENCODED_PATH: Final = frozenset(_UNRESERVED + "$&+,/:;=@!'()*[]%")


class UrlError(ValueError):
    """A text that is no URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoUrl:
    """The parts of a URL; empty where they are not there.

    ``path`` and ``fragment`` are decoded; ``raw_path`` is the path as written where that is not
    how Go itself would escape it.
    """

    scheme: str = ""
    host: str = ""
    path: str = ""
    raw_path: str = ""
    raw_query: str = ""
    fragment: str = ""

    @property
    def hostname(self) -> str:
        name, _ = self._split_host()
        return name[1:-1] if name.startswith("[") and name.endswith("]") else name

    @property
    def port(self) -> str:
        return self._split_host()[1]

    def _split_host(self) -> tuple[str, str]:
        name, colon, port = self.host.rpartition(":")
        return (name, port) if colon and _PORT.fullmatch(f":{port}") else (self.host, "")

    @property
    def escaped_path(self) -> str:
        if self.raw_path and all(char in _ENCODED_PATH for char in self.raw_path):
            return self.raw_path
        return "*" if self.path == "*" else _escaped_path(self.path)


def parse_url(text: str) -> GoUrl:
    """The parts of a URL or of a relative reference. Raises UrlError."""
    whole, _, fragment = text.partition("#")
    if _CONTROL.search(whole):
        raise UrlError("net/url: invalid control character in URL")
    if whole == "*":
        return GoUrl(path="*", fragment=_unescaped(fragment))
    scheme, rest = _scheme(whole)
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return GoUrl(scheme=scheme, raw_query=query, fragment=_unescaped(fragment))
        if ":" in rest.partition("/")[0]:
            raise UrlError("first path segment in URL cannot contain colon")
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, below = rest[2:].partition("/")
        host, rest = _authority(scheme, authority), slash + below
    path = _unescaped(rest)
    return GoUrl(
        scheme=scheme,
        host=host,
        path=path,
        raw_path="" if _escaped_path(path) == rest else rest,
        raw_query=query,
        fragment=_unescaped(fragment),
    )


def _scheme(text: str) -> tuple[str, str]:
    if text.startswith(":"):
        raise UrlError("missing protocol scheme")
    found = _SCHEME.match(text)
    if found and text.startswith(":", found.end()):
        return found[0].lower(), text[found.end() + 1 :]
    return "", text


def _authority(scheme: str, text: str) -> str:
    user, at, address = text.rpartition("@")
    host = _host(scheme, address)
    if at:
        if any(char not in _USER for char in user):
            raise UrlError("net/url: invalid userinfo")
        _unescaped(user)
    return host


def _host(scheme: str, text: str) -> str:
    bracket = text.rfind("[")
    if bracket > 0:
        raise UrlError("invalid IP-literal")
    if bracket == 0:
        inner, closing, port = text[1:].rpartition("]")
        if not closing:
            raise UrlError("missing ']' in host")
        return f"[{_address(inner)}]{_checked_port(port)}"
    first, last = text.find(":"), text.rfind(":")
    if first >= 0:
        _checked_port(text[first if scheme in {"http", "https"} else last :])
    return _unescaped_host(text)


def _checked_port(text: str) -> str:
    if not _PORT.fullmatch(text):
        raise UrlError(f"invalid port {text} after host")
    return text


def _address(text: str) -> str:
    """An IPv6 address, with its zone behind ``%25``."""
    place = text.find("%25")
    if place < 0:
        address = _unescaped_host(text)
    else:
        zone = text[place:]
        for escape in _ESCAPE.findall(zone):
            byte = chr(int(escape[1:], 16))
            if escape != "%25" and byte != " " and byte not in _HOST:
                raise UrlError(f"invalid URL escape {escape}")
        _refuse_host_characters(zone)
        address = _unescaped_host(text[:place]) + _unescaped(zone)
    try:
        known = ipaddress.IPv6Address(address)
    except ValueError as error:
        raise UrlError(f"invalid host: {error}") from None
    if known.scope_id == "":
        raise UrlError("invalid host: zone must be a non-empty string")
    return address


def _unescaped_host(text: str) -> str:
    for escape in _ESCAPE.findall(text):
        # Only what is not ASCII may be escaped in a host, and the sign of the escape itself.
        if escape[1] < "8" and escape != "%25":
            raise UrlError(f"invalid URL escape {escape}")
    _refuse_host_characters(text)
    return _unescaped(text)


def _refuse_host_characters(text: str) -> None:
    for char in text:
        if char.isascii() and char not in _HOST and char != "%":
            raise UrlError(f"invalid character {char} in host name")


def _unescaped(text: str) -> str:
    broken = _BROKEN_ESCAPE.search(text)
    if broken:
        raise UrlError(f"invalid URL escape {broken[0]}")
    if "%" not in text:
        return text
    return decode_utf8(unquote_to_bytes(encode_utf8(text)))


def _escaped_path(path: str) -> str:
    return quote(encode_utf8(path), safe=_PATH_SAFE)
