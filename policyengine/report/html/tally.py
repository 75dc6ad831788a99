"""What the verdicts come to, counted once for all parts of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policyengine.model.policy import PolicyRule
from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Verdict
from policyengine.report.entries import Standing, entries

# Unknown may be any severity: it stands behind those that are known, and is never left out.
WORST_FIRST = tuple(sorted(Severity, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTally:
    """One rule over all images: how many reasons of each standing, and where it was judged."""

    rule: PolicyRule
    standings: Mapping[Standing, int]
    judged: int
    unjudged: int
    worst: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts over all verdicts. ``rules`` come with those that deny most first."""

    outcomes: Mapping[Outcome, int]
    severities: Mapping[tuple[Severity, Standing], int]
    standings: Mapping[Standing, int]
    rules: tuple[RuleTally, ...]
    unjudged: int
    problems: int


def tally(verdicts: Sequence[Verdict]) -> Tally:
    """Count what the verdicts have."""
    severities: Counter[tuple[Severity, Standing]] = Counter()
    by_rule: dict[str, Counter[Standing]] = {}
    worst: dict[str, Severity] = {}
    rules: dict[str, PolicyRule] = {}
    judged: Counter[str] = Counter()
    unjudged: Counter[str] = Counter()
    for verdict in verdicts:
        for entry in entries(verdict):
            reason = entry.reason
            name = reason.rule.id
            severities[reason.severity, entry.standing] += 1
            rules.setdefault(name, reason.rule)
            by_rule.setdefault(name, Counter())[entry.standing] += 1
            worst[name] = max(worst.get(name, reason.severity), reason.severity)
        for rule in verdict.judged:
            rules.setdefault(rule.id, rule)
        judged.update({rule.id for rule in verdict.judged})
        for item in verdict.unjudged:
            rules.setdefault(item.rule.id, item.rule)
        unjudged.update({item.rule.id for item in verdict.unjudged})
    tallies = [
        RuleTally(
            rule=rule,
            standings=by_rule.get(name, Counter()),
            judged=judged[name],
            unjudged=unjudged[name],
            worst=worst.get(name, rule.severity or Severity.UNKNOWN),
        )
        for name, rule in rules.items()
    ]
    standings: Counter[Standing] = Counter()
    for (_, standing), number in severities.items():
        standings[standing] += number
    return Tally(
        outcomes=Counter(verdict.outcome for verdict in verdicts),
        severities=severities,
        standings=standings,
        rules=tuple(sorted(tallies, key=_weight)),
        unjudged=sum(len(verdict.unjudged) for verdict in verdicts),
        problems=sum(verdict.problem is not None for verdict in verdicts),
    )


def _weight(item: RuleTally) -> tuple[int, ...]:
    counts = (item.standings.get(standing, 0) for standing in Standing)
    return (*(-count for count in counts), -item.unjudged)
