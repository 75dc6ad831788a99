"""Where several SBOMs of one image do not agree.

Nothing decides here who is right: a policy may want tools to agree, people may want to know why
they do not. With one SBOM there is nothing to compare, and all lists are empty.
"""

from __future__ import annotations

from collections.abc import Sequence

from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.sbom import Package, SbomDocument

_Entry = tuple[int, Package]


def differences(documents: Sequence[SbomDocument]) -> JsonObject:
    """Return ``differences``.

    What tools write beside a package URL (a group before the name, a distribution after it) is no
    difference of packages: those with the same URL up to its qualifiers are one package here.
    """
    only_in_some: list[JsonValue] = []
    licenses: list[JsonValue] = []
    versions: dict[tuple[str, str], dict[int, set[str]]] = {}
    count = len(documents)
    if count > 1:
        groups: dict[tuple[str, ...], list[_Entry]] = {}
        for index, document in enumerate(documents):
            for item in document.packages:
                groups.setdefault(_same(item), []).append((index, item))
        for key in sorted(groups):
            entries = groups[key]
            package = min((item for _, item in entries), key=_words)
            present = {index for index, _ in entries}
            if len(present) < count:
                only_in_some.append(
                    {
                        **_named(package),
                        "present_in": [*sorted(present)],
                        "absent_from": [*sorted(set(range(count)) - present)],
                    }
                )
            licenses += _licenses(package, entries)
            by_source = versions.setdefault((_unversioned(package), package.type or ""), {})
            for index, item in entries:
                by_source.setdefault(index, set()).add(item.version or "")
    return {
        "only_in_some": only_in_some,
        "versions": [
            {
                "name": name,
                "type": kind or None,
                "by_source": [
                    {"source": index, "versions": [*sorted(found)]}
                    for index, found in sorted(by_source.items())
                ],
            }
            for (name, kind), by_source in sorted(versions.items())
            if len({frozenset(found) for found in by_source.values()}) > 1
        ],
        "licenses": licenses,
    }


def _licenses(package: Package, entries: Sequence[_Entry]) -> list[JsonValue]:
    by_source: dict[int, set[str]] = {}
    for index, item in entries:
        if item.licenses:
            words = {found.expression or found.value for found in item.licenses}
            by_source.setdefault(index, set()).update(words)
    if len({frozenset(words) for words in by_source.values()}) < 2:
        return []
    return [
        {
            **_named(package),
            "by_source": [
                {"source": index, "licenses": [*sorted(words)]}
                for index, words in sorted(by_source.items())
            ],
        }
    ]


def _words(package: Package) -> tuple[str, ...]:
    return (package.name, package.version or "", package.purl or "", package.type or "")


def _named(package: Package) -> JsonObject:
    return {
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "type": package.type,
    }


def _same(package: Package) -> tuple[str, ...]:
    if package.purl is None or package.purl_problem is not None:
        return (package.name, package.version or "", package.type or "", "")
    return (package.purl.partition("#")[0].partition("?")[0],)


def _unversioned(package: Package) -> str:
    """Return the package's name as its URL has it, namespace and all, or else as it is."""
    if package.purl is None or package.purl_problem is not None:
        return package.name
    base = package.purl.partition("#")[0].partition("?")[0]
    # A version has no slash and an encoded @; a scope's @ is encoded too.
    name, at, _ = base.rpartition("@")
    return name if at else base
