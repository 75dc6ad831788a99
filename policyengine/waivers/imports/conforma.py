"""The ``volatileConfig`` of Conforma's policy configuration: exclusions that begin and end.

An exclusion names rules by package and code (``cve.cve_blockers``), and may narrow them by a term
behind a colon. The rule ids are taken as they are, for Conforma's own policies run here; ``--rule``
replaces them.
"""

from __future__ import annotations

from policyengine.errors import WaiverError
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.yaml_text import parse_yaml_file
from policyengine.waivers.imports.terms import Imported, ImportTerms
from policyengine.waivers.writing import NewWaiver


def read(data: bytes, where: str, terms: ImportTerms) -> Imported:
    """Read a policy configuration, or the Kubernetes resource around it."""
    document, _ = parse_yaml_file(data, where=where, error=WaiverError)
    waivers: list[NewWaiver] = []
    left_out: list[str] = []
    found = _sources(document)
    if not found:
        raise WaiverError("has no volatileConfig", where=where, expected="sources with one")
    for place, config in found:
        for index, entry in enumerate(_list(config.get("exclude"))):
            made = _exclusion(entry, terms)
            name = f"{place}/volatileConfig/exclude[{index}]"
            if made is None:
                left_out.append(f"{name}: cannot be said by a waiver")
            elif not made:
                left_out.append(f"{name}: has ended")
            else:
                waivers += made
        if config.get("include"):
            left_out.append(f"{place}/volatileConfig/include: a waiver excludes only")
    return Imported(waivers=tuple(waivers), left_out=tuple(left_out))


def _sources(document: JsonValue) -> list[tuple[str, JsonObject]]:
    holder = document if isinstance(document, dict) else {}
    spec = holder.get("spec")
    if isinstance(spec, dict):
        holder = spec
    found = []
    for index, source in enumerate(_list(holder.get("sources"))):
        config = source.get("volatileConfig") if isinstance(source, dict) else None
        if isinstance(config, dict):
            found.append((f"sources[{index}]", config))
    return found


def _exclusion(entry: JsonValue, terms: ImportTerms) -> list[NewWaiver] | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
        return None
    known = {"value", "effectiveOn", "effectiveUntil", "imageRef", "imageUrl", "imageDigest"}
    if entry.keys() - known - {"reference", "componentNames"} or entry.get("componentNames"):
        return None
    # A beginning in the future would be cut to today: it would let more pass.
    begins = entry.get("effectiveOn")
    if isinstance(begins, str) and begins[:10] > terms.created:
        return None
    until = entry.get("effectiveUntil")
    day = until if isinstance(until, str) else None
    if terms.over(day):
        return []
    code, _, term = str(entry["value"]).partition(":")
    if not code or code == "*" or code.startswith("@"):
        return None
    digest = entry.get("imageDigest") or entry.get("imageRef")
    url = entry.get("imageUrl")
    reference = entry.get("reference")
    narrowed: dict[str, str | None] = {
        "digest": digest if isinstance(digest, str) else None,
        "repository": url.partition("@")[0] if isinstance(url, str) else None,
        "ticket": reference if isinstance(reference, str) else None,
    }
    if term:
        narrowed["vulnerability" if term[:4].upper() in {"CVE-", "GHSA"} else "package"] = term
    if terms.rules:
        return terms.waivers("", day, **narrowed)
    return [terms.waiver(code, "", day, **narrowed)]


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
