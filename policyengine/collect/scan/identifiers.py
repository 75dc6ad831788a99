"""Identifiers of vulnerabilities in the names and links that scanners write."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
# At the start of a name: what Clair calls "CVE-2022-23219 glibc" or "RHSA-2019:0109: perl update".
_LEADING = re.compile(
    r"\s*(CVE-\d{4}-\d{4,}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|RH[SBE]A-\d{4}:\d+|EL[SBE]A-\d{4}-\d+"
    r"|AL(?:AS|AS2|AS2023)-\d{4}-\d+|DSA-\d+-\d+|DLA-\d+-\d+|USN-\d+-\d+|SNYK-[A-Z0-9]+-[A-Z0-9-]+"
    r"|SUSE-SU-\d{4}:\d+-\d+|PYSEC-\d{4}-\d+|GO-\d{4}-\d+|RUSTSEC-\d{4}-\d+)"
)


def leading_identifier(text: str) -> str | None:
    """Return the identifier that ``text`` begins with."""
    match = _LEADING.match(text)
    return match.group(1) if match else None


def cves_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the CVEs in ``texts``, each once, in order."""
    return tuple(dict.fromkeys(found for text in texts for found in _CVE.findall(text)))


def identified(name: str, links: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return the identifier and the aliases of a vulnerability called ``name``.

    A name that has none is identified by the only CVE in it or in its links. An advisory has the
    CVEs of its links as aliases, so that it is merged with one CVE and swallows none of several.
    """
    leading = leading_identifier(name)
    if leading is not None and leading.startswith("CVE-"):
        return leading, ()
    named = cves_in((name,))
    linked = named or cves_in(links)
    if leading is None and len(linked) == 1:
        return linked[0], ()
    return leading or name, linked
