"""The ``ignore`` rules of Grype's configuration.

A rule that narrows by what a reason does not name (fix state, language, package version, a match
type) cannot be said by a waiver: without that it would let more pass.
"""

from __future__ import annotations

from policyengine.errors import WaiverError
from policyengine.model.json_value import JsonValue
from policyengine.model.yaml_text import parse_yaml_file
from policyengine.waivers.imports.terms import Imported, ImportTerms
from policyengine.waivers.writing import NewWaiver


def read(data: bytes, where: str, terms: ImportTerms) -> Imported:
    """Read a configuration."""
    document, _ = parse_yaml_file(data, where=where, error=WaiverError)
    rules = document.get("ignore") if isinstance(document, dict) else None
    if not isinstance(rules, list):
        raise WaiverError(
            "has no ignore rules", where=f"{where}/ignore", expected="an array of rules"
        )
    waivers: list[NewWaiver] = []
    left_out: list[str] = []
    for index, rule in enumerate(rules):
        made = _rule(rule, terms)
        if made is None:
            left_out.append(f"ignore[{index}]: cannot be said by a waiver")
        else:
            waivers += made
    return Imported(waivers=tuple(waivers), left_out=tuple(left_out))


def _rule(rule: JsonValue, terms: ImportTerms) -> list[NewWaiver] | None:
    if not isinstance(rule, dict) or rule.keys() - {"vulnerability", "package", "reason"}:
        return None
    package = rule.get("package") or {}
    if not isinstance(package, dict) or package.keys() - {"name", "location"}:
        return None
    vulnerability, name, path = (
        rule.get("vulnerability"),
        package.get("name"),
        package.get("location"),
    )
    given = [item for item in (vulnerability, name, path) if item is not None]
    if not given or not all(isinstance(item, str) and item for item in given):
        return None
    reason = rule.get("reason")
    return terms.waivers(
        reason if isinstance(reason, str) else "",
        vulnerability=str(vulnerability) if vulnerability else None,
        package=str(name) if name else None,
        # Grype's paths are of the image's root.
        path=str(path).lstrip("/") if path else None,
    )
