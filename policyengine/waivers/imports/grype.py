"""The ``ignore`` rules of Grype's configuration.

A rule that narrows by what a reason does not name (fix state, language, package version, a match
type) cannot be said by a waiver: without that it would let more pass.
"""

from __future__ import annotations

import re

from policyengine.errors import WaiverError
from policyengine.model.json_value import JsonValue
from policyengine.model.yaml_text import parse_yaml_file
from policyengine.waivers.imports.terms import Imported, ImportTerms, path_pattern
from policyengine.waivers.writing import NewWaiver

# Grype reads names as regular expressions. A dot or a plus is in many names: as a letter it means
# less.
_REGEXP = re.compile(r"[\[\](){}|\\^$*?]|\.\+")


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
        if isinstance(made, str):
            left_out.append(f"ignore[{index}]: {made}")
        else:
            waivers += made
    return Imported(waivers=tuple(waivers), left_out=tuple(left_out))


def _rule(rule: JsonValue, terms: ImportTerms) -> list[NewWaiver] | str:
    """Return the waivers of a rule, or why no waiver says it."""
    if not isinstance(rule, dict):
        return "is no rule"
    package = rule.get("package") or {}
    if not isinstance(package, dict):
        return "has a package that is none"
    unknown = rule.keys() - {"vulnerability", "package", "reason"}
    unknown |= {f"package.{name}" for name in package.keys() - {"name", "location"}}
    if unknown:
        return f"narrows by {', '.join(sorted(unknown))}, which a waiver cannot"
    named = (rule.get("vulnerability"), package.get("name"), package.get("location"))
    given = [item for item in named if item is not None]
    if not given or not all(isinstance(item, str) and item for item in given):
        return "narrows by nothing, or by what is no text"
    vulnerability, name, glob = (None if item is None else str(item) for item in named)
    if name is not None and _REGEXP.search(name):
        return "has a regular expression for the name of a package"
    path = None if glob is None else path_pattern(glob)
    if glob is not None and path is None:
        return "has a pattern of paths that a waiver has not"
    reason = rule.get("reason")
    return terms.waivers(
        reason if isinstance(reason, str) else "",
        vulnerability=vulnerability,
        package=name,
        path=path,
    )
