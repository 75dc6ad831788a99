"""Which findings of several reports are one finding.

1. **Vulnerability.** Identifiers that scanners call aliases are joined into sets over all reports:
   if one scanner says that GHSA-1 is CVE-1 and another that SNYK-1 is GHSA-1, all three are one.
   Only identifiers of single vulnerabilities join (an advisory of a distribution is about a
   patch), and only where a finding names one CVE at most. A set that would hold two CVEs is not
   joined at all, so that it never swallows one of them: then the id itself, or the only CVE among
   the finding's own aliases, decides.
2. **Package.** Family, name and version (``package_identity``); an image has one distribution, so
   all its package systems are one family.
3. **Path.** Copies at two paths are two findings, and so is one whose path is not known.

Where a rule leaves a doubt there are two findings where one might do. What joins two findings
is in these two alone, but for aliases: so a report that is added never parts what was one, unless
it calls an advisory by another CVE. The order in which reports were given does not matter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from policyengine.document.package_identity import (
    DISTRIBUTIONS,
    OF_THE_SYSTEM,
    package_identity,
)
from policyengine.model.scan import AffectedPackage, ScanReport, Vulnerability

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
    groups: dict[tuple[str, str, str, str, str], list[Reported]] = {}
    for item in every:
        key = (sets.name_of(item.finding), *_merged_by(item.finding.package))
        groups.setdefault(key, []).append(item)
    found = []
    for key in sorted(groups):
        name, group = key[0], groups[key]
        if len(group) > 1:
            # By what is in the reports, not by the order in which they were given.
            group.sort(key=lambda item: _order(reports, item))
        names = dict.fromkeys(
            other for item in group for other in (item.finding.id, *item.finding.aliases)
        )
        names |= dict.fromkeys(sets.others(name))
        names.pop(name, None)
        found.append(FindingGroup(name, tuple(names), group))
    return found


def _merged_by(package: AffectedPackage) -> tuple[str, str, str, str]:
    """Return what tells packages apart here: family, name, version, path."""
    family, name, version, path = package_identity(package)
    # No family has an empty name, so that it can stand for one that is not known.
    return OF_THE_SYSTEM if family in DISTRIBUTIONS else family or "", name, version, path


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
