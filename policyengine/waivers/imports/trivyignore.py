"""``.trivyignore``: an id a line, with ``exp:2026-12-31`` behind it where it ends.

A comment above an id is its reason. A day is the end: Trivy reads it as its first moment.
"""

from __future__ import annotations

import re

from policyengine.waivers.imports.terms import Imported, ImportTerms, time_of
from policyengine.waivers.writing import NewWaiver

# A comment begins the line or stands behind a blank: elsewhere a # is part of the id.
_COMMENT = re.compile(r"(?:^|\s)#")
_LINE = re.compile(r"(\S+)(?:\s+exp:(\d{4}-\d{2}-\d{2}))?")
# What is no vulnerability: checks of configurations, and secrets by rule.
_VULNERABILITY = re.compile(r"(?i)(CVE|GHSA|TEMP|DLA|DSA|RHSA|ELSA|ALAS|USN|GO|PYSEC|RUSTSEC)-\S+")


def read(data: bytes, _: str, terms: ImportTerms) -> Imported:
    """Read a file."""
    waivers: list[NewWaiver] = []
    left_out: list[str] = []
    reason: list[str] = []
    for number, raw in enumerate(data.decode().splitlines(), start=1):
        line, is_comment, comment = _parts(raw)
        if not line:
            reason = [*reason, comment] if is_comment else []
            continue
        found = _LINE.fullmatch(line)
        if found is None or not _VULNERABILITY.fullmatch(found[1]):
            left_out.append(f"line {number}: {line[:80]} is no vulnerability")
        else:
            ends = time_of(found[2])
            if found[2] is not None and ends is None:
                left_out.append(f"line {number}: {found[2]} is no day")
            elif ends is not None and terms.over(ends):
                left_out.append(f"line {number}: {found[1]} ended on {found[2]}")
            else:
                text = " ".join(part for part in [*reason, comment] if part)
                waivers += terms.waivers(text, ends, vulnerability=found[1])
        reason = []
    return Imported(waivers=tuple(waivers), left_out=tuple(left_out))


def _parts(line: str) -> tuple[str, bool, str]:
    """Return what stands before a comment, whether there is one, and the comment."""
    found = _COMMENT.search(line)
    if found is None:
        return line.strip(), False, ""
    return line[: found.start()].strip(), True, line[found.end() :].strip()
