"""``.trivyignore``: an id a line, with ``exp:2026-12-31`` behind it where it ends.

A comment above an id is its reason.
"""

from __future__ import annotations

import re

from policyengine.waivers.imports.terms import Imported, ImportTerms
from policyengine.waivers.writing import NewWaiver

_LINE = re.compile(r"(\S+)(?:\s+exp:(\d{4}-\d{2}-\d{2}))?")
# What is no vulnerability: checks of configurations, and secrets by rule.
_VULNERABILITY = re.compile(r"(?i)(CVE|GHSA|TEMP|DLA|DSA|RHSA|ELSA|ALAS|USN|GO|PYSEC|RUSTSEC)-\S+")


def read(data: bytes, _: str, terms: ImportTerms) -> Imported:
    """Read a file."""
    waivers: list[NewWaiver] = []
    left_out: list[str] = []
    reason: list[str] = []
    for number, raw in enumerate(data.decode().splitlines(), start=1):
        line, hash_, comment = raw.partition("#")
        line = line.strip()
        if not line:
            reason = [*reason, comment.strip()] if hash_ else []
            continue
        found = _LINE.fullmatch(line)
        if found is None or not _VULNERABILITY.fullmatch(found[1]):
            left_out.append(f"line {number}: {line[:80]} is no vulnerability")
        elif terms.over(found[2]):
            left_out.append(f"line {number}: {found[1]} ended on {found[2]}")
        else:
            text = " ".join(part for part in [*reason, comment.strip() if hash_ else ""] if part)
            waivers += terms.waivers(text, found[2], vulnerability=found[1])
        reason = []
    return Imported(waivers=tuple(waivers), left_out=tuple(left_out))
