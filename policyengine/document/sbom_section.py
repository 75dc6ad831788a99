"""The ``sbom`` section: the packages of all SBOMs, each once, with every place that lists it.

Entries are one package if they agree in

1. the package URL, up to the qualifiers that say where a tool found it and not what it is; where
   there is none, the type;
2. name and version, as they are written beside the URL;
3. the path, as far as both have one: an entry without goes to the first of the paths.

Entries that might be one stay two: a package that is listed twice is judged twice, one that was
merged away would not be judged. So nothing that rules ask for is lost in a merge: licences, hashes,
CPEs and suppliers are those of any entry, and where entries differ ``claims`` has each one's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policyengine.document.sbom_differences import differences
from policyengine.document.sbom_quality import quality
from policyengine.document.times import instant_fields
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import Package, PackageHash, PackageLicense, SbomDocument

Entry = tuple[int, Package]
# Qualifiers that tell packages of one name and version apart; all others (distro, upstream,
# repository) are how a tool came by it.
_TELLING = ("arch=", "classifier=", "epoch=")


def sbom_section(documents: Sequence[SbomDocument], matches: Sequence[str]) -> JsonObject:
    """Return ``sbom``; ``matches`` says of each SBOM how it is known to be about the image."""
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for index, document in enumerate(documents):
        for package in document.packages:
            groups.setdefault(_identity(package), []).append((index, package))
    packages = [_package(entries) for key in sorted(groups) for entries in _by_path(groups[key])]
    return {
        "documents": [
            _document(index, document, match)
            for index, (document, match) in enumerate(zip(documents, matches, strict=True))
        ],
        "packages": [*packages],
        "differences": differences(documents),
    }


def _identity(package: Package) -> tuple[str, ...]:
    name, version, purl = package.name, package.version or "", package.purl
    if purl is None or package.purl_problem is not None:
        return (name, version, purl or "", package.type or "")
    base, _, qualifiers = purl.partition("#")[0].partition("?")
    if not qualifiers:
        return (name, version, base)
    telling = [item for item in qualifiers.split("&") if item.startswith(_TELLING)]
    return (name, version, base, *telling)


def _by_path(group: list[Entry]) -> list[list[Entry]]:
    """Divide the entries of one package that lies at several paths."""
    if len(group) == 1:
        return [group]
    paths: dict[str | None, list[Entry]] = {}
    for entry in group:
        paths.setdefault(entry[1].path, []).append(entry)
    nowhere = paths.pop(None, [])
    ordered = [paths[path] for path in sorted(path for path in paths if path is not None)]
    if not ordered:
        return [nowhere]
    return [sorted(nowhere + ordered[0], key=lambda item: item[0]), *ordered[1:]]


def _order(package: Package) -> tuple[str, ...]:
    return (
        package.name,
        package.version or "",
        package.purl or "",
        package.type or "",
        package.path or "",
        package.supplier or "",
    )


def _package(entries: list[Entry]) -> JsonObject:
    origins: list[JsonValue] = [
        {"source": index, "pointer": package.pointer} for index, package in entries
    ]
    first = entries[0][1]
    if len(entries) == 1:
        return {
            **_facts(first),
            "suppliers": [] if first.supplier is None else [first.supplier],
            "reported_by": origins,
            "claims": [],
        }
    packages = sorted((package for _, package in entries), key=_order)
    facts = _facts(packages[0])
    for field in ("version", "purl", "type", "path", "supplier"):
        if facts[field] is None:
            facts[field] = min(
                (value for item in packages if (value := getattr(item, field)) is not None),
                default=None,
            )
    facts["cpes"] = [*sorted({cpe for item in packages for cpe in item.cpes})]
    facts["licenses"] = _licenses(x for item in packages for x in item.licenses)
    facts["hashes"] = _hashes(x for item in packages for x in item.hashes)
    every = [(index, package, _facts(package)) for index, package in entries]
    alike = all(words == every[0][2] for _, _, words in every)
    claims: list[JsonValue] = [
        {"source": index, "pointer": package.pointer, **words} for index, package, words in every
    ]
    return {
        **facts,
        "suppliers": [*sorted({x.supplier for x in packages if x.supplier is not None})],
        "reported_by": origins,
        "claims": [] if alike else claims,
    }


def _facts(package: Package) -> JsonObject:
    return {
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "purl_problem": package.purl_problem,
        "cpes": [*package.cpes] if len(package.cpes) < 2 else [*sorted(set(package.cpes))],
        "type": package.type,
        "path": package.path,
        "supplier": package.supplier,
        "licenses": _licenses(package.licenses),
        "hashes": _hashes(package.hashes) if package.hashes else [],
    }


def _licenses(found: Iterable[PackageLicense]) -> list[JsonValue]:
    """Return licences, what is said twice once."""
    return [
        {
            "value": item.value,
            "kind": item.kind,
            "concluded": item.concluded,
            "expression": item.expression,
            "ids": [*item.ids],
            "problem": item.problem,
        }
        for item in sorted(set(found), key=lambda item: (item.value, item.kind, item.concluded))
    ]


def _hashes(found: Iterable[PackageHash]) -> list[JsonValue]:
    return [
        {"algorithm": item.algorithm, "value": item.value}
        for item in sorted(set(found), key=lambda item: (item.algorithm, item.value))
    ]


def _document(index: int, document: SbomDocument, match: str) -> JsonObject:
    return {
        "source": index,
        "format": document.source.format,
        "format_version": document.source.format_version,
        "tool": document.source.tool,
        "tool_version": document.source.tool_version,
        **instant_fields("created", document.created),
        "serial": document.serial,
        "authors": [*document.authors],
        "package_count": len(document.packages),
        "dependency_count": document.dependencies,
        "subject_match": match,
        "schema": document.schema,
        "schema_problem": document.schema_problem,
        "predicate_type": document.predicate_type,
        "quality": quality(document),
    }
