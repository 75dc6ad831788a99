"""What a verdict has to report, one after the other, for formats that are lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from policyengine.model.policy import PolicyRule
from policyengine.model.verdict import Reason, Verdict
from policyengine.model.waiver import Waiver


class Standing(StrEnum):
    """Whether a reason counts."""

    DENY = "deny"
    WARN = "warn"
    WAIVED = "waived"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reason, and how it stands; ``waiver`` where it is waived."""

    reason: Reason
    standing: Standing
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a reader looks: a file as evidence names it, and a line from 1 where one is known."""

    path: str
    line: int | None


def entries(verdict: Verdict) -> Iterator[Entry]:
    """Yield what denies, what warns, what is waived, and what is known."""
    for reason in verdict.reasons:
        yield Entry(reason=reason, standing=Standing.DENY)
    for reason in verdict.warnings:
        yield Entry(reason=reason, standing=Standing.WARN)
    for item in verdict.waived:
        yield Entry(reason=item.reason, standing=Standing.WAIVED, waiver=item.waiver)
    for reason in verdict.known:
        yield Entry(reason=reason, standing=Standing.KNOWN)


def by_rule(verdict: Verdict) -> dict[str, tuple[PolicyRule, list[Entry]]]:
    """Return every rule that was judged, by id, with its entries; the first definition stands for
    the rule."""
    found: dict[str, tuple[PolicyRule, list[Entry]]] = {}
    for rule in verdict.judged:
        found.setdefault(rule.id, (rule, []))
    for entry in entries(verdict):
        found.setdefault(entry.reason.rule.id, (entry.reason.rule, []))[1].append(entry)
    return found


def place_of(reason: Reason) -> Place | None:
    """Return the first place with a line, else the first file; None where no source is one."""
    sources = [
        source
        for value in reason.values
        for source in value.sources
        if source.location != "-" and "://" not in source.location
    ]
    chosen = next((source for source in sources if source.line), None) or next(iter(sources), None)
    if chosen is None:
        return None
    # A file inside an archive is "ARCHIVE: MEMBER"; who looks finds the archive.
    return Place(path=chosen.location.partition(": ")[0], line=chosen.line)


def detail(reason: Reason, name: str) -> str:
    """Return a detail of the rule's result as text; empty where it is none."""
    value = reason.details.get(name)
    return value if isinstance(value, str) else ""


def named(rule: PolicyRule) -> str:
    """Return what people call the rule."""
    return rule.title or rule.name
