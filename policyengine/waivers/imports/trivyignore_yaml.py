"""``.trivyignore.yaml``: vulnerabilities, with paths, packages, a day and a statement.

Entries about misconfigurations, secrets and licences name checks of Trivy, which are no rules of
ours.
"""

from __future__ import annotations

from policyengine.errors import WaiverError
from policyengine.model.json_value import JsonValue
from policyengine.model.yaml_text import parse_yaml_file
from policyengine.waivers.imports.terms import Imported, ImportTerms
from policyengine.waivers.writing import NewWaiver


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
            made = _entry(entry, terms) if section == "vulnerabilities" else None
            if made is None:
                left_out.append(f"{place}: cannot be said by a waiver")
            elif not made:
                left_out.append(f"{place}: has ended")
            else:
                waivers += made
    return Imported(waivers=tuple(waivers), left_out=tuple(left_out))


def _entry(entry: JsonValue, terms: ImportTerms) -> list[NewWaiver] | None:
    """Return the waivers of an entry: none where it has ended, None where no waiver says it."""
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        return None
    if entry.keys() - {"id", "paths", "purls", "expired_at", "statement"}:
        return None
    expires = entry.get("expired_at")
    day = expires if isinstance(expires, str) else None
    if terms.over(day):
        return []
    names = _purl_names(entry.get("purls"))
    paths = entry.get("paths")
    if names is None or not (paths is None or _texts(paths)):
        return None
    reason = entry.get("statement")
    chosen: list[str | None] = [None]
    if isinstance(paths, list):
        chosen = [str(path) for path in paths]
    packages: list[str | None] = [*names] or [None]
    return [
        waiver
        for path in chosen
        for name in packages
        for waiver in terms.waivers(
            reason if isinstance(reason, str) else "",
            day,
            vulnerability=str(entry["id"]),
            path=path,
            package=name,
        )
    ]


def _purl_names(purls: JsonValue) -> list[str] | None:
    """Return the package names in purls; None where one narrows by more than a waiver can."""
    if purls is None:
        return []
    if not isinstance(purls, list):
        return None
    names = []
    for purl in purls:
        if not isinstance(purl, str) or not purl.startswith("pkg:") or "@" in purl or "?" in purl:
            return None
        names.append(purl.rpartition("/")[2])
    return names or None


def _texts(value: JsonValue) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
