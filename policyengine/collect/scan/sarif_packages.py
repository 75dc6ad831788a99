"""The packages of SARIF results, which tools put into texts, properties and names."""

from __future__ import annotations

import re

from policyengine.collect.scan.fields import plain
from policyengine.collect.scan.sarif_rules import Rule, locations_of
from policyengine.model.json_fields import FieldReader, Path
from policyengine.model.json_value import JsonObject
from policyengine.model.scan import AffectedPackage

# What Grype writes as a message, before and since its version 0.36.
_GRYPE = (
    re.compile(r"The path \S* ?reports (?P<name>.+) at version (?P<version>\S+) "),
    re.compile(r"package: (?P<name>.+), version (?P<version>\S+) was found"),
)
_PURL = re.compile(r"pkg:[a-z0-9.+-]+/(?:[^@?#]*/)?(?P<name>[^/@?#]+)(?:@(?P<version>[^?#]+))?.*")


def packages_of(
    read: FieldReader,
    result: JsonObject,
    path: Path,
    rule: Rule,
    *,
    told: dict[str, str],
    text: str,
    place: str | None,
) -> list[AffectedPackage]:
    """Return the packages of a result: by its text, else by the purls of result or rule."""
    properties = read.optional_object(result, "properties", path)
    inner = (*path, "properties")
    name, version = read.optional_texts(properties, ("name", "version"), inner)
    purls = [
        qualified
        for item, here in locations_of(read, result, path)
        for index, entry in enumerate(read.objects(item, "logicalLocations", here))
        if (
            qualified := read.optional_text(
                entry, "fullyQualifiedName", (*here, "logicalLocations", index)
            )
        )
        and qualified.startswith("pkg:")
    ]
    purls += read.texts(rule.properties, "purls", rule.path)
    package = plain(told.get("package")) or name
    if package is not None and package.startswith("pkg:"):
        purls, package = [package], None
    for pattern in _GRYPE:
        if match := pattern.search(text):
            package, version = match.group("name"), match.group("version")
    version = version or plain(told.get("installed version")) or plain(told.get("version"))
    if package is None and not purls:
        # "CVE-2019-1549/libcrypto1.1" is how Trivy called its rules in 2021.
        package = rule.id.partition("/")[2] or ""
    kind = plain(told.get("type"))
    if package is not None:
        own = [purl for purl in dict.fromkeys(purls) if _is_of(purl, package, version)]
        return [
            AffectedPackage(
                name=package,
                version=version or "",
                purl=own[0] if len(own) == 1 else None,
                type=kind,
                path=place,
            )
        ]
    return [_of_purl(purl, kind, place) for purl in dict.fromkeys(purls)]


def _is_of(purl: str, name: str, version: str | None) -> bool:
    match = _PURL.fullmatch(purl)
    return (
        match is not None
        and match.group("name") == name.rpartition("/")[2]
        and (version is None or match.group("version") == version)
    )


def _of_purl(purl: str, kind: str | None, place: str | None) -> AffectedPackage:
    match = _PURL.fullmatch(purl)
    return AffectedPackage(
        name=match.group("name") if match else purl,
        version=(match.group("version") or "") if match else "",
        purl=purl,
        type=kind,
        path=place,
    )
