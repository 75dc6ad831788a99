"""The report for people at a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TextIO

import orjson

from policyengine.model.policy import RuleKind
from policyengine.model.verdict import Outcome, Reason, TracedValue, UnjudgedRule, Verdict
from policyengine.report import ReportOptions
from policyengine.report.escape import terminal_text

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
    "dim": "2",
    "bold": "1",
}
_VALUES = 5  # values shown of one reason
_VALUE_TEXT = 200  # characters shown of one value


def write(verdicts: Sequence[Verdict], stream: TextIO, options: ReportOptions) -> None:
    """Write the verdicts, and a line that sums them up."""
    page = _Page(options)
    for verdict in verdicts:
        stream.writelines(line + "\n" for line in page.verdict(verdict))
        stream.write("\n")
    if len(verdicts) > 1:
        stream.write(_totals(verdicts) + "\n")


class _Page:
    def __init__(self, options: ReportOptions) -> None:
        self._width = max(options.width, _NARROWEST)
        self._colour = options.colour

    def verdict(self, verdict: Verdict) -> Iterator[str]:
        yield self._painted("bold", terminal_text(verdict.image))
        if verdict.digest:
            yield f"  {terminal_text(verdict.digest)}"
        yield self._painted("dim", _judged_by(verdict))
        for kind, reasons in (("deny", verdict.reasons), ("warn", verdict.warnings)):
            for reason in reasons:
                yield ""
                yield from self._reason(kind, reason)
        for unjudged in verdict.unjudged:
            yield ""
            yield from self._unjudged(unjudged)
        for mismatch in verdict.mismatches:
            yield ""
            yield from self._wrapped(
                "  note: ",
                f"{mismatch.location} {mismatch.message}; used because mismatches are allowed",
            )
        yield ""
        yield self._painted(verdict.outcome.value, _summary(verdict))

    def _reason(self, kind: str, reason: Reason) -> Iterator[str]:
        word = reason.severity.word
        mark = self._painted("warn" if kind == "warn" else word, f"{kind} {word}")
        rule = reason.rule
        yield f"  {mark}  {terminal_text(rule.id)}: {terminal_text(rule.title or rule.name)}"
        yield from self._wrapped("    ", reason.message)
        for value in reason.values[:_VALUES]:
            yield from self._wrapped("      ", _shown(value), hanging=4)
        if len(reason.values) > _VALUES:
            yield f"      and {len(reason.values) - _VALUES} more values (all are in --format json)"
        if rule.effective_on is not None and rule.kind is RuleKind.DENY and kind == "warn":
            yield f"    denies from {rule.effective_on}"
        if rule.remediation:
            yield from self._wrapped("    fix: ", rule.remediation, hanging=5)
        where = f"{rule.location.file}:{rule.location.row}"
        yield self._painted("dim", f"    rule: {terminal_text(where)}")

    def _unjudged(self, unjudged: UnjudgedRule) -> Iterator[str]:
        rule = unjudged.rule
        mark = self._painted("incomplete", "not judged")
        yield f"  {mark}  {terminal_text(rule.id)}: {terminal_text(rule.title or rule.name)}"
        missing = ", ".join(kind.value for kind in unjudged.missing)
        yield from self._wrapped("    ", f"needs evidence that was not gathered: {missing}")
        yield from self._wrapped("    supply it: ", unjudged.hint, hanging=11)

    def _wrapped(self, lead: str, text: str, *, hanging: int = 0) -> Iterator[str]:
        yield from textwrap.wrap(
            terminal_text(text),
            width=self._width,
            initial_indent=lead,
            subsequent_indent=" " * (len(lead) - len(lead.lstrip()) + hanging),
            break_on_hyphens=False,
        ) or [lead.rstrip()]

    def _painted(self, name: str, text: str) -> str:
        code = _COLOURS.get(name)
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code else text


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
        source.location + (f" {source.pointer}" if source.pointer else "")
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
