"""``.trivyignore.yaml``: vulnerabilities, with paths, a day and a statement.

Entries about misconfigurations, secrets and licences name checks of Trivy, which are no rules of
ours.
"""

from __future__ import annotations

from policyengine.errors import WaiverError
from policyengine.model.json_value import JsonValue
from policyengine.model.yaml_text import parse_yaml_file
from policyengine.waivers.imports.terms import Imported, ImportTerms, path_pattern, time_of
from policyengine.waivers.writing import NewWaiver

_OTHER = "is about a check of Trivy, which is no rule of ours"


def read(data: bytes, where: str, terms: ImportTerms) -> Imported:
    """Read a file."""
    document, _ = parse_yaml_file(data, where=where, error=WaiverError)
    if not isinstance(document, dict):
        raise WaiverError("is no .trivyignore.yaml", where=where, expected="an object")
    waivers: list[NewWaiver] = []
    left_out: list[str] = []
    for section, entries in document.items():
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            place = f"{section}[{index}]"
            made = _entry(entry, terms) if section == "vulnerabilities" else _OTHER
            if isinstance(made, str):
                left_out.append(f"{place}: {made}")
            else:
                waivers += made
    return Imported(waivers=tuple(waivers), left_out=tuple(left_out))


def _entry(entry: JsonValue, terms: ImportTerms) -> list[NewWaiver] | str:
    """Return the waivers of an entry, or why no waiver says it."""
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        return "has no id"
    if unknown := entry.keys() - {"id", "paths", "purls", "expired_at", "statement"}:
        return f"narrows by {', '.join(sorted(unknown))}, which a waiver cannot"
    if entry.get("purls") is not None:
        # A name alone would mean packages of other kinds too.
        return "narrows by package URL, which a waiver cannot"
    ends = time_of(entry.get("expired_at"))
    if entry.get("expired_at") is not None and ends is None:
        return "ends at what is no time"
    if ends is not None and terms.over(ends):
        return "has ended"
    paths = entry.get("paths")
    if not (paths is None or _texts(paths)):
        return "has paths that are none"
    globs: list[str | None] = [None]
    if isinstance(paths, list):
        globs = [path_pattern(str(path)) for path in paths]
        if None in globs:
            return "has a pattern of paths that a waiver has not"
    reason = entry.get("statement")
    return [
        waiver
        for path in globs
        for waiver in terms.waivers(
            reason if isinstance(reason, str) else "",
            ends,
            vulnerability=str(entry["id"]),
            path=path,
        )
    ]


def _texts(value: JsonValue) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
