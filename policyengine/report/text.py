"""The report for people at a terminal: by image, the worst first, and how to fix each.

Reasons of one rule stand together. Where a rule has more than a few, the first are shown and the
others counted; ``ReportOptions.everything`` shows all.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TextIO

import orjson

from policyengine.model.policy import PolicyRule, RuleKind
from policyengine.model.severity import Severity
from policyengine.model.verdict import (
    Outcome,
    Reason,
    TracedValue,
    UnjudgedRule,
    Verdict,
    WaivedReason,
)
from policyengine.report import ReportOptions
from policyengine.report.escape import hyperlink, inert_line, terminal_text

_NARROWEST = 40
_COLOURS = {
    "allowed": "32",
    "denied": "31",
    "incomplete": "33",
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "warn": "33",
    "passed": "32",
    "dim": "2",
    "bold": "1",
}
_VALUES = 5  # values shown of one reason
_VALUE_TEXT = 200  # characters shown of one value
_FOLD_BEYOND = 8  # reasons shown of one rule before the rest is folded
_MARK = 13  # columns of "deny critical"


def write(verdicts: Sequence[Verdict], stream: TextIO, options: ReportOptions) -> None:
    """Write the verdicts, and a line that sums them up."""
    page = _Page(options)
    for verdict in verdicts:
        stream.writelines(inert_line(line) + "\n" for line in page.verdict(verdict))
        stream.write("\n")
    if len(verdicts) > 1:
        stream.write(_totals(verdicts) + "\n")


class _Page:
    def __init__(self, options: ReportOptions) -> None:
        self._width = max(options.width, _NARROWEST)
        self._options = options

    def verdict(self, verdict: Verdict) -> Iterator[str]:
        yield self._painted("bold", terminal_text(verdict.image))
        if verdict.digest:
            yield f"  {terminal_text(verdict.digest)}"
        yield self._painted("dim", _judged_by(verdict))
        yield from self._reasons("deny", verdict.reasons)
        yield from self._reasons("warn", verdict.warnings)
        if verdict.known:
            yield ""
            yield from self._known(verdict.known)
        yield from self._waivers(verdict.waived)
        for problem in verdict.refused_waivers:
            waiver = problem.waiver
            yield ""
            yield from self._wrapped(
                "  waiver not applied: ",
                f"{waiver.file}:{waiver.row}, of {waiver.rule}, {problem.message}",
            )
        yield from self._unjudged_rules(verdict.unjudged)
        if "passed" in self._options.show:
            yield from self._passed(verdict)
        for mismatch in verdict.mismatches:
            yield ""
            yield from self._wrapped(
                "  note: ",
                f"{mismatch.location} {mismatch.message}; used because mismatches are allowed",
            )
        yield ""
        yield self._painted(verdict.outcome.value, _summary(verdict))

    def _reasons(self, kind: str, reasons: Sequence[Reason]) -> Iterator[str]:
        for _, group in groupby(_by_rule(reasons), key=lambda reason: reason.rule.id):
            same = list(group)
            shown = len(same) if self._options.everything else _FOLD_BEYOND
            yield ""
            yield from self._rule(kind, same)
            for reason in same[:shown]:
                yield from self._reason(reason, several=len(same) > 1)
            if len(same) > shown:
                rest = Counter(reason.severity for reason in same[shown:])
                counts = ", ".join(
                    f"{count} {severity.word}" for severity, count in sorted(rest.items())[::-1]
                )
                yield f"    and {len(same) - shown} more: {counts}  (--all shows them)"
            yield from self._remedy(kind, same)

    def _rule(self, kind: str, same: Sequence[Reason]) -> Iterator[str]:
        rule: PolicyRule = same[0].rule
        worst = same[0].severity.word
        mark = self._painted("warn" if kind == "warn" else worst, f"{kind} {worst}")
        padding = " " * (_MARK - len(f"{kind} {worst}"))
        count = f" ({len(same)})" if len(same) > 1 else ""
        title = terminal_text(rule.title or rule.name)
        yield f"  {mark}{padding}  {terminal_text(rule.id)}: {title}{count}"

    def _reason(self, reason: Reason, *, several: bool) -> Iterator[str]:
        lead = f"    {reason.severity.word:<10}" if several else "    "
        yield from self._wrapped(lead, reason.message, hanging=10 if several else 0)
        for value in reason.values[:_VALUES]:
            yield from self._wrapped("      ", _shown(value), hanging=4)
        if len(reason.values) > _VALUES:
            yield f"      and {len(reason.values) - _VALUES} more values (all are in --format json)"

    def _remedy(self, kind: str, same: Sequence[Reason]) -> Iterator[str]:
        rule = same[0].rule
        if rule.effective_on is not None and rule.kind is RuleKind.DENY and kind == "warn":
            yield f"    denies from {rule.effective_on}"
        if rule.remediation:
            yield from self._wrapped("    fix: ", rule.remediation, hanging=5)
        places = sorted({(r.rule.location.file, r.rule.location.row) for r in same})
        where = ", ".join(f"{file}:{row}" for file, row in places)
        yield self._painted("dim", f"    rule: {terminal_text(where)}")

    def _known(self, known: Sequence[Reason]) -> Iterator[str]:
        count = _count(len(known), "reason", "reasons")
        yield self._painted("dim", f"  {count} known from the baseline:")
        shown = len(known) if self._options.everything else _FOLD_BEYOND
        for reason in known[:shown]:
            yield from self._wrapped(
                f"    {reason.severity.word:<10}", f"{reason.rule.id}: {reason.message}", hanging=10
            )
        if len(known) > shown:
            yield f"    and {len(known) - shown} more  (--all shows them)"

    def _waivers(self, waived: Sequence[WaivedReason]) -> Iterator[str]:
        if waived and "waived" not in self._options.show:
            count = _count(len(waived), "reason", "reasons")
            yield ""
            yield self._painted("dim", f"  {count} waived  (--show waived lists them)")
            return
        for item in waived:
            reason, waiver = item.reason, item.waiver
            yield ""
            yield f"  waived {reason.severity.word}  {terminal_text(reason.rule.id)}"
            yield from self._wrapped("    ", reason.message)
            yield from self._wrapped("    because: ", waiver.reason, hanging=9)
            ticket = f", {waiver.ticket}" if waiver.ticket else ""
            yield from self._wrapped(
                "    ",
                f"until {waiver.expires}, asked by {waiver.owner}, "
                f"approved by {waiver.approver}{ticket} [{waiver.origin}]",
                hanging=2,
            )

    def _unjudged_rules(self, unjudged: Sequence[UnjudgedRule]) -> Iterator[str]:
        shown = len(unjudged)
        if not (self._options.everything or "skipped" in self._options.show):
            shown = _FOLD_BEYOND
        for item in unjudged[:shown]:
            yield ""
            yield from self._unjudged(item)
        if len(unjudged) > shown:
            yield ""
            rest = len(unjudged) - shown
            yield f"  and {rest} more rules not judged  (--show skipped lists them)"

    def _unjudged(self, unjudged: UnjudgedRule) -> Iterator[str]:
        rule = unjudged.rule
        mark = self._painted("incomplete", "not judged")
        yield f"  {mark}  {terminal_text(rule.id)}: {terminal_text(rule.title or rule.name)}"
        missing = ", ".join(kind.value for kind in unjudged.missing)
        yield from self._wrapped("    ", f"needs evidence that was not gathered: {missing}")
        yield from self._wrapped("    supply it: ", unjudged.hint, hanging=11)

    def _passed(self, verdict: Verdict) -> Iterator[str]:
        reported = {
            reason.rule.id
            for reason in (
                *verdict.reasons,
                *verdict.warnings,
                *verdict.known,
                *(item.reason for item in verdict.waived),
            )
        }
        passed = {rule.id: rule for rule in verdict.judged if rule.id not in reported}
        if passed:
            yield ""
        for rule in passed.values():
            mark = self._painted("passed", "passed")
            yield f"  {mark}  {terminal_text(rule.id)}: {terminal_text(rule.title or rule.name)}"

    def _wrapped(self, lead: str, text: str, *, hanging: int = 0) -> Iterator[str]:
        lines = textwrap.wrap(
            terminal_text(text),
            width=self._width,
            initial_indent=lead,
            subsequent_indent=" " * (len(lead) - len(lead.lstrip()) + hanging),
            break_on_hyphens=False,
        ) or [lead.rstrip()]
        if self._options.links:
            lines = [hyperlink(line) for line in lines]
        yield from lines

    def _painted(self, name: str, text: str) -> str:
        code = _COLOURS.get(name)
        return f"\x1b[{code}m{text}\x1b[0m" if self._options.colour and code else text


def _by_rule(reasons: Sequence[Reason]) -> list[Reason]:
    """Return ``reasons`` with those of one rule together, the rule with the worst one first."""
    worst: dict[str, Severity] = {}
    for reason in reasons:
        worst[reason.rule.id] = max(worst.get(reason.rule.id, reason.severity), reason.severity)
    return sorted(
        reasons, key=lambda reason: (-worst[reason.rule.id], reason.rule.id, -reason.severity)
    )


def _judged_by(verdict: Verdict) -> str:
    bundles = " and ".join(
        f"{terminal_text(bundle.name)} {terminal_text(bundle.version)} "
        f"(revision {terminal_text(bundle.revision)})"
        for bundle in verdict.bundles
    )
    place = f" for {terminal_text(verdict.environment)}" if verdict.environment else ""
    return f"  judged{place} at {verdict.evaluated_at} by {bundles}"


def _shown(value: TracedValue) -> str:
    text = "not set" if value.value is None else orjson.dumps(value.value).decode()
    if len(text) > _VALUE_TEXT:
        text = text[:_VALUE_TEXT] + "..."
    origins = ", ".join(
        source.location
        + (f":{source.line}" if source.line else "")
        + (f" {source.pointer}" if source.pointer else "")
        for source in value.sources
    )
    return f"{value.pointer} = {text}" + (f"  [{origins}]" if origins else "")


def _summary(verdict: Verdict) -> str:
    outcome = verdict.outcome.value.upper()
    if verdict.problem is not None:
        return f"{outcome}: {terminal_text(verdict.problem)}"
    parts = [_count(len(verdict.reasons), "reason", "reasons")] if verdict.reasons else []
    if verdict.warnings:
        parts.append(_count(len(verdict.warnings), "warning", "warnings"))
    if verdict.known:
        parts.append(f"{len(verdict.known)} known")
    if verdict.waived:
        parts.append(f"{len(verdict.waived)} waived")
    if verdict.unjudged:
        parts.append(_count(len(verdict.unjudged), "rule", "rules") + " not judged")
    parts.append(_count(len(verdict.judged), "rule", "rules") + " judged")
    return f"{outcome}: {', '.join(parts)}"


def _totals(verdicts: Sequence[Verdict]) -> str:
    parts = [
        f"{count} {outcome.value}"
        for outcome in Outcome
        if (count := sum(verdict.outcome is outcome for verdict in verdicts))
    ]
    return f"{_count(len(verdicts), 'image', 'images')}: {', '.join(parts)}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
