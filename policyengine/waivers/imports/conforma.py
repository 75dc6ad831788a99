"""The ``volatileConfig`` of Conforma's policy configuration: exclusions that begin and end.

An exclusion names rules by package and code (``cve.cve_blockers``), and may narrow them by a term
behind a colon. The rule ids are taken as they are, for Conforma's own policies run here; ``--rule``
replaces them.
"""

from __future__ import annotations

import re
from dataclasses import replace

from policyengine.errors import InvalidReference, WaiverError
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.reference import ImageReference
from policyengine.model.yaml_text import parse_yaml_file
from policyengine.waivers.imports.terms import Imported, ImportTerms, time_of
from policyengine.waivers.writing import NewWaiver

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


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
            if isinstance(made, str):
                left_out.append(f"{name}: {made}")
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


def _exclusion(entry: JsonValue, terms: ImportTerms) -> list[NewWaiver] | str:
    """Return the waivers of an exclusion, or why no waiver says it."""
    if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
        return "has no value"
    known = {"value", "effectiveOn", "effectiveUntil", "imageRef", "imageUrl", "imageDigest"}
    if unknown := entry.keys() - known - {"reference", "componentNames"}:
        return f"has {', '.join(sorted(unknown))}, which a waiver has not"
    if entry.get("componentNames"):
        return "narrows by component, which a waiver cannot"
    begins, ends = time_of(entry.get("effectiveOn")), time_of(entry.get("effectiveUntil"))
    for name, time in (("effectiveOn", begins), ("effectiveUntil", ends)):
        if entry.get(name) and time is None:
            return f"has {name} that is no time"
    if ends is not None and terms.over(ends):
        return "has ended"
    code, _, term = str(entry["value"]).partition(":")
    if "." not in code or code.startswith("@") or code.endswith(".*"):
        return "excludes more than one rule"
    image = _image(entry)
    if isinstance(image, str):
        return image
    reference = entry.get("reference")
    narrowed: dict[str, str | None] = {
        **image,
        "ticket": reference if isinstance(reference, str) else None,
    }
    if term:
        narrowed["vulnerability" if _is_vulnerability(term) else "package"] = term
    made = [terms.waiver(rule, "", ends, **narrowed) for rule in terms.rules or (code,)]
    if begins is None or terms.over(begins):
        return made
    # What begins later there begins later here.
    last = ends or time_of(terms.expires)
    if last is None or Instant.parse(begins) >= Instant.parse(last):
        return "ends before it begins"
    return [replace(waiver, created=begins) for waiver in made]


def _image(entry: JsonObject) -> dict[str, str | None] | str:
    """Return what narrows to images, or why a waiver cannot. Of several the first counts there."""
    for name in ("imageRef", "imageUrl", "imageDigest"):
        value = entry.get(name)
        if not value:
            continue
        if name != "imageUrl":
            if isinstance(value, str) and _DIGEST.fullmatch(value):
                return {"digest": value}
            return f"has {name} that is no digest"
        try:
            reference = ImageReference.parse(str(value))
        except InvalidReference:
            return "has imageUrl that is no repository"
        if reference.tag or reference.digest:
            return "has imageUrl with a tag or digest, which there means no image"
        return {"repository": reference.name}
    return {}


def _is_vulnerability(term: str) -> bool:
    return term.upper().startswith(("CVE-", "GHSA-"))


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
