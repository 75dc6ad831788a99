"""The formats of JSON Schema that OPA checks. Any other holds for every string."""

from __future__ import annotations

import calendar
import ipaddress
import re
from collections.abc import Callable
from typing import Final

from policyengine.rego.runtime.builtins.patterns import compile_pattern
from policyengine.rego.runtime.builtins.registry import BuiltinError

_LABEL: Final = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HOSTNAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_UUID: Final = re.compile("[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}", re.IGNORECASE | re.ASCII)
_POINTER: Final = re.compile("(/([^~/]|~[01])*)*")
_RELATIVE_POINTER: Final = re.compile("(0|[1-9][0-9]*)(#|(/([^~/]|~[01])*)*)")
_DATE: Final = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME: Final = re.compile(
    "([0-9]{1,2}):([0-9]{2}):([0-9]{2})([.,][0-9]+)?(Z|[+-]([0-9]{2}):([0-9]{2}))?"
)
_LETTER: Final = r"[\w!#$%&'*+/=?^`{|}~-]"
_WORD: Final = _LETTER + "+"
_QUOTED: Final = r'"([^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*"'
_DOMAIN: Final = rf"({_WORD}(\.{_WORD})*|\[[^\[\]\\\s]*\])"
_ADDRESS: Final = rf"({_WORD}(\.{_WORD})*|{_QUOTED})@{_DOMAIN}"
_MAIL: Final = re.compile(
    rf"[ \t]*({_ADDRESS}|(({_LETTER}|{_QUOTED}|[ \t.])*)<{_ADDRESS}>)[ \t]*(\([^()]*\)[ \t]*)?"
)
_SCHEME: Final = re.compile("([a-zA-Z][a-zA-Z0-9+.-]*):")
_BROKEN_ESCAPE: Final = re.compile("%(?![0-9a-fA-F]{2})")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")
_NOT_IN_HOST: Final = re.compile(r"[ #%/?@\\^`{|}]")
_TEMPLATE: Final = re.compile(r"([^{]|\{[^}]*\})*")
_USER: Final = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_MOST_HOSTNAME: Final = 255


def has_format(name: str, text: str) -> bool:
    """Whether the text is of the format."""
    check = _CHECKS.get(name)
    return check is None or check(text)


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if not found:
        return False
    year, month, day = map(int, found.groups())
    if not 1 <= month <= 12:
        return False
    # The calendar repeats after 400 years, and Python's has no year 0.
    return 1 <= day <= calendar.monthrange(year % 400 + 400, month)[1]


def _is_time(text: str) -> bool:
    found = _TIME.fullmatch(text)
    if not found:
        return False
    hour, minute, second, zone_hour, zone_minute = found.group(1, 2, 3, 6, 7)
    return (
        int(hour) < 24
        and int(minute) < 60
        and int(second) < 60
        and int(zone_hour or 0) <= 24
        and int(zone_minute or 0) <= 60
    )


def _is_date_time(text: str) -> bool:
    day, separator, moment = text.partition("T")
    if separator:
        found = _TIME.fullmatch(moment)
        return _is_date(day) and found is not None and bool(found[5]) and _is_time(moment)
    return _is_date(text) or _is_time(text)


def _is_address(version: int) -> Callable[[str], bool]:
    mark = "." if version == 4 else ":"

    def check(text: str) -> bool:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return False
        return mark in text and "%" not in text

    return check


def _is_uri_reference(text: str) -> bool:
    return "\\" not in text and _uri_path(text) is not None


def _is_uri(text: str) -> bool:
    return _SCHEME.match(text) is not None and _is_uri_reference(text)


def _is_uri_template(text: str) -> bool:
    path = _uri_path(text)
    if path is None or "\\" in text:
        return False
    return _TEMPLATE.fullmatch(path) is not None


def _uri_path(text: str) -> str | None:
    """The path of a URI or a reference as Go takes it apart; None for what it refuses."""
    rest, _, fragment = text.partition("#")
    if _CONTROL.search(text) or _BROKEN_ESCAPE.search(fragment) or rest.startswith(":"):
        return None
    scheme = _SCHEME.match(rest)
    rest = rest[scheme.end() :] if scheme else rest
    path = rest.partition("?")[0]
    if scheme and not path.startswith("/"):
        return ""
    if not scheme and ":" in path.partition("/")[0]:
        return None
    if path.startswith("//") and (scheme or not path.startswith("///")):
        authority, slash, path = path[2:].partition("/")
        path = slash + path
        if not _is_authority(authority):
            return None
    return None if _BROKEN_ESCAPE.search(path) else path


def _is_authority(text: str) -> bool:
    user, _, host = text.rpartition("@")
    if not _USER.fullmatch(user) or _BROKEN_ESCAPE.search(user):
        return False
    if host.startswith("["):
        address, closed, port = host[1:].partition("]")
        return bool(closed) and _is_address(6)(address.partition("%25")[0]) and _is_port(port)
    name, colon, port = host.partition(":")
    return not _NOT_IN_HOST.search(name) and _is_port(colon + port)


def _is_port(text: str) -> bool:
    return not text or (
        text[0] == ":" and (text[1:] or "0").isascii() and (text[1:] or "0").isdigit()
    )


def _is_pattern(text: str) -> bool:
    try:
        compile_pattern(text)
    except BuiltinError:
        return False
    return True


def _is_hostname(text: str) -> bool:
    return len(text) <= _MOST_HOSTNAME and _HOSTNAME.fullmatch(text) is not None


def _fully(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "date": _is_date,
    "time": _is_time,
    "date-time": _is_date_time,
    "hostname": _is_hostname,
    "email": _fully(_MAIL),
    "idn-email": _fully(_MAIL),
    "ipv4": _is_address(4),
    "ipv6": _is_address(6),
    "uri": _is_uri,
    "uri-reference": _is_uri_reference,
    "iri": _is_uri,
    "iri-reference": _is_uri_reference,
    "uri-template": _is_uri_template,
    "uuid": _fully(_UUID),
    "regex": _is_pattern,
    "json-pointer": _fully(_POINTER),
    "relative-json-pointer": _fully(_RELATIVE_POINTER),
}
