"""Package URLs: https://github.com/package-url/purl-spec."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

# A URL of these types in these characters, its qualifiers in order, is canonical as it stands:
# the specification lower-cases nothing in it, decodes nothing and drops nothing. All others go to
# the library, which takes 50 times as long.
_PLAIN = re.compile(
    r"pkg:(?:apk|cargo|conda|deb|gem|generic|golang|maven|npm|nuget|rpm)"
    r"(?:/[a-z0-9][a-z0-9.-]*)+@[A-Za-z0-9][A-Za-z0-9._-]*"
    r"(?:\?(?P<qualifiers>[a-z]+=[A-Za-z0-9._-]+(?:&[a-z]+=[A-Za-z0-9._-]+)*))?"
)
_LONGEST = 4096


def canonical_purl(text: str | None) -> tuple[str | None, str | None]:
    """Return a package URL in canonical form, and what is wrong with it if it is none.

    A text that is no package URL is returned as it is.
    """
    if text is None:
        return None, None
    plain = _PLAIN.fullmatch(text)
    if plain is not None and _in_order(plain["qualifiers"]):
        return text, None
    return _parsed(text)


def _in_order(qualifiers: str | None) -> bool:
    if not qualifiers or "&" not in qualifiers:
        return True
    keys = [pair.partition("=")[0] for pair in qualifiers.split("&")]
    return all(one < other for one, other in pairwise(keys))


@lru_cache(maxsize=65536)
def _parsed(text: str) -> tuple[str, str | None]:
    if len(text) > _LONGEST:
        return text, f"longer than {_LONGEST} characters"
    from packageurl import PackageURL

    try:
        return PackageURL.from_string(text).to_string(), None
    except ValueError as error:
        return text, str(error).partition("\n")[0][:200]


def purl_type(purl: str | None) -> str | None:
    """Return the type of a package URL (``deb``), or None for what is none."""
    if purl is None or not purl.startswith("pkg:"):
        return None
    return purl[4:].lstrip("/").partition("/")[0].lower() or None


def purl_digest(purl: str | None) -> str | None:
    """Return the version of a ``pkg:oci`` URL, which is a manifest digest."""
    if purl is None or not purl.startswith(("pkg:oci/", "pkg:docker/")):
        return None
    version = purl.partition("?")[0].partition("#")[0].partition("@")[2]
    return version.replace("%3A", ":").replace("%3a", ":") or None


class PurlParts(NamedTuple):
    """A package URL taken apart. ``name`` is type, namespace and name; the rest may be missing."""

    name: str
    version: str | None
    qualifiers: frozenset[tuple[str, str]]
    subpath: str | None


def purl_parts(text: str) -> PurlParts | None:
    """Take a package URL apart; None for what is none."""
    from packageurl import PackageURL

    if len(text) > _LONGEST:
        return None
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return None
    return PurlParts(
        name="/".join(part for part in (purl.type, purl.namespace, purl.name) if part),
        version=purl.version or None,
        qualifiers=frozenset(purl.qualifiers.items()),
        subpath=purl.subpath or None,
    )
