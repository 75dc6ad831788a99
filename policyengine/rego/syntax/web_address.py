"""URLs as Go's ``net/url`` reads them and writes them again."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")
# Brackets stand around an address of version 6, and nowhere else.
_HOST: Final = re.compile(r"(?:[^@]*@)?(?:[^\[\]]*|\[[^\[\]]*\](?::\d*)?)\Z")
_NO_HOST: Final = re.compile(r"[^A-Za-z0-9\-_.~!$&'()*+,;=:\[\]<>\"%@\x80-\U0010ffff]")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})[^%]{0,2}")
# What may stand unescaped in a path as it is written, besides letters, digits and escapes.
_PATH_TEXT: Final = re.compile(r"[A-Za-z0-9\-_.~$&+,/:;=@!'()*\[\]%]*\Z")
_PATH_SAFE: Final = "$&+,/:;=@-_.~"
_FRAGMENT_TEXT: Final = re.compile(r"[A-Za-z0-9\-_.~$&+,/:;=?@!'()*\[\]%]*\Z")
_FRAGMENT_SAFE: Final = "$&+,/:;=?@!()*-_.~"


def normal_url(text: str) -> str:
    """``text`` with its scheme in small letters and what needs it escaped.

    Raises ``ValueError`` with Go's words.
    """
    if _CONTROL.search(text):
        raise ValueError("net/url: invalid control character in URL")
    rest, hash_sign, fragment = text.partition("#")
    scheme = ""
    found = _SCHEME.match(rest)
    if found:
        scheme, rest = found[1].lower() + ":", rest[found.end() :]
    elif rest.startswith(":"):
        raise ValueError("missing protocol scheme")
    rest, question_mark, query = rest.partition("?")
    if scheme and not rest.startswith("/"):
        path = rest
    else:
        if not scheme and ":" in rest.split("/", 1)[0]:
            raise ValueError("first path segment in URL cannot contain colon")
        host = ""
        if rest.startswith("//") and not rest.startswith("///"):
            host, slash, rest = rest[2:].partition("/")
            if not _HOST.match(host):
                is_open = "]" not in host and host.rpartition("@")[2].startswith("[")
                raise ValueError("missing ']' in host" if is_open else "invalid IP-literal")
            wrong = _NO_HOST.search(host)
            if wrong:
                raise ValueError(f'invalid character "{wrong[0]}" in host name')
            host, rest = f"//{host}", slash + rest
        path = host + _escaped(rest, _PATH_TEXT, _PATH_SAFE)
    end = _escaped(fragment, _FRAGMENT_TEXT, _FRAGMENT_SAFE)
    return f"{scheme}{path}{question_mark}{query}{hash_sign if fragment else ''}{end}"


def _escaped(text: str, plain: re.Pattern[str], safe: str) -> str:
    wrong = _BAD_ESCAPE.search(text)
    if wrong:
        raise ValueError(f'invalid URL escape "{wrong[0]}"')
    if plain.match(text):
        return text
    return quote(unquote_to_bytes(text), safe=safe)
