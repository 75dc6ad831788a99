"""Which findings of several reports are one finding.

1. **Vulnerability.** Identifiers that scanners call aliases are joined into sets over all reports:
   if one scanner says that GHSA-1 is CVE-1 and another that SNYK-1 is GHSA-1, all three are one.
   Only identifiers of single vulnerabilities join (an advisory of a distribution is about a
   patch), and only where a finding names one CVE at most. A set that would hold two CVEs is not
   joined at all, so that it never swallows one of them: then the id itself, or the only CVE among
   the finding's own aliases, decides.
2. **Package.** Family, name and version (``package_identity``). A finding whose family is not known
   joins those of the same name and version if they are all of one family.
3. **Path.** A finding without a path joins those of the same package if they all have one path.

Where a rule leaves a doubt there are two findings where one might do. All rules look at all
reports together, so the order in which they were given does not matter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from policyengine.document.package_identity import (
    DISTRIBUTIONS,
    OF_THE_SYSTEM,
    PackageIdentity,
    package_identity,
)
from policyengine.model.scan import ScanReport, Vulnerability

_OF_ONE_VULNERABILITY = re.compile(
    r"(?:CVE|GHSA|GO|PYSEC|RUSTSEC|SNYK|XRAY|OSV|GMS|GSD|NSWG|VULNDB|BDSA|TEMP)-\S*\d\S*|npm:\S+:\d+"
)


class Reported(NamedTuple):
    """A finding, and the index of the report that has it."""

    scanner: str
    source: int
    finding: Vulnerability


class FindingGroup(NamedTuple):
    """One vulnerability in one package. ``names`` are all its identifiers but ``identifier``."""

    identifier: str
    names: tuple[str, ...]
    reported: list[Reported]


def finding_groups(reports: Sequence[ScanReport]) -> list[FindingGroup]:
    """Return the findings of ``reports``, each once, by identifier and package."""
    every = [
        Reported(report.scanner, index, finding)
        for index, report in enumerate(reports)
        for finding in report.vulnerabilities
    ]
    sets = _AliasSets(item.finding for item in every)
    keyed = [(sets.name_of(item.finding), item) for item in every]
    identities = _settled([(name, package_identity(r.finding.package)) for name, r in keyed])
    groups: dict[tuple[str, PackageIdentity], list[Reported]] = {}
    for (name, item), identity in zip(keyed, identities, strict=True):
        groups.setdefault((name, identity), []).append(item)
    found = []
    for name, identity in sorted(groups, key=_rank):
        group = groups[name, identity]
        if len(group) > 1:
            # By what is in the reports, not by the order in which they were given.
            group.sort(key=lambda item: _order(reports, item))
        names = dict.fromkeys(
            other for item in group for other in (item.finding.id, *item.finding.aliases)
        )
        if len({item.source for item in group}) > 1:
            names |= dict.fromkeys(sets.others(name))
        names.pop(name, None)
        found.append(FindingGroup(name, tuple(names), group))
    return found


def _rank(key: tuple[str, PackageIdentity]) -> tuple[str, str, str, str, str]:
    name, identity = key
    return (name, identity.family or "", identity.name, identity.version, identity.path)


def _order(reports: Sequence[ScanReport], item: Reported) -> tuple[str, str, str, str]:
    source = reports[item.source].source
    return (item.scanner, source.sha256, source.location, item.finding.pointer)


class _AliasSets:
    """Sets of identifiers of one vulnerability: a union of what all findings say."""

    def __init__(self, findings: Iterable[Vulnerability]) -> None:
        self._parents: dict[str, str] = {}
        members: defaultdict[str, set[str]] = defaultdict(set)
        for finding in findings:
            if not finding.aliases:
                continue
            names = {
                name
                for name in (finding.id, *finding.aliases)
                if _OF_ONE_VULNERABILITY.fullmatch(name)
            }
            if sum(name.startswith("CVE-") for name in names) <= 1 and len(names) > 1:
                first, *rest = sorted(names)
                for name in rest:
                    self._parents[self._root(name)] = self._root(first)
        for name in list(self._parents):
            members[self._root(name)].add(name)
        self._names: dict[str, str] = {}
        self._sets: dict[str, tuple[str, ...]] = {}
        for together in members.values():
            cves = [name for name in together if name.startswith("CVE-")]
            if len(cves) > 1:
                continue
            ordered = sorted(together, key=lambda name: (name not in cves, name))
            self._sets[ordered[0]] = tuple(ordered)
            self._names.update(dict.fromkeys(together, ordered[0]))

    def name_of(self, finding: Vulnerability) -> str:
        """Return the identifier that the set of ``finding`` goes by."""
        if (name := self._names.get(finding.id)) is not None:
            return name
        if finding.id.startswith("CVE-") or not finding.aliases:
            return finding.id
        cves = {alias for alias in finding.aliases if alias.startswith("CVE-")}
        return cves.pop() if len(cves) == 1 else finding.id

    def others(self, name: str) -> tuple[str, ...]:
        """Return the set that goes by ``name``."""
        return self._sets.get(name, ())

    def _root(self, name: str) -> str:
        parent = self._parents.setdefault(name, name)
        while parent != name:
            grandparent = self._parents[parent]
            self._parents[name] = grandparent
            name, parent = parent, grandparent
        return name


def _settled(keys: list[tuple[str, PackageIdentity]]) -> list[PackageIdentity]:
    """Give identities the family and the path that only one other has."""
    if all(
        identity.family is not None and (identity.path or identity.family in DISTRIBUTIONS)
        for _, identity in keys
    ) and not any(identity.family == OF_THE_SYSTEM for _, identity in keys):
        return [identity for _, identity in keys]
    families: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for name, identity in keys:
        if identity.family not in {None, OF_THE_SYSTEM} and identity.name:
            families[name, identity.name, identity.version].add(identity.family or "")
    settled = [_with_family(identity, families, name) for name, identity in keys]
    paths: defaultdict[tuple[str, PackageIdentity], set[str]] = defaultdict(set)
    for (name, _), identity in zip(keys, settled, strict=True):
        if identity.path:
            paths[name, identity._replace(path="")].add(identity.path)
    return [
        identity._replace(path=next(iter(paths[name, identity])))
        if not identity.path and identity.name and len(paths.get((name, identity), ())) == 1
        else identity
        for (name, _), identity in zip(keys, settled, strict=True)
    ]


def _with_family(
    identity: PackageIdentity, families: dict[tuple[str, str, str], set[str]], name: str
) -> PackageIdentity:
    if identity.family not in {None, OF_THE_SYSTEM}:
        return identity
    known = families.get((name, identity.name, identity.version), set())
    if identity.family == OF_THE_SYSTEM:
        known = known & DISTRIBUTIONS
    if len(known) != 1:
        return identity
    family = next(iter(known))
    return identity._replace(family=family, path="" if family in DISTRIBUTIONS else identity.path)
