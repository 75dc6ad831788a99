"""Workflow commands of GitHub Actions: annotations on the files that the facts came from.

GitHub shows ten errors and ten warnings of a step; the log has all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from policyengine.model.verdict import Outcome, Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Entry, Standing, entries, named, place_of
from policyengine.report.escape import terminal_text, workflow_data, workflow_property

_COMMANDS = {
    Standing.DENY: "error",
    Standing.WARN: "warning",
    Standing.WAIVED: "notice",
    Standing.KNOWN: "notice",
}


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write a line an annotation, and one a verdict."""
    for verdict in verdicts:
        stream.writelines(f"{line}\n" for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    image = verdict.image
    for entry in entries(verdict):
        yield _annotation(image, entry)
    for item in verdict.unjudged:
        missing = ", ".join(kind.value for kind in item.missing)
        yield _command(
            "error",
            {"title": f"{item.rule.id}: not judged"},
            f"{image}: needs evidence that was not gathered: {missing}. Supply it: {item.hint}",
        )
    if verdict.problem is not None:
        yield _command("error", {"title": "not judged"}, f"{image}: {verdict.problem}")
    if verdict.outcome is Outcome.ALLOWED:
        yield _command("notice", {"title": "allowed"}, f"{image} may ship")


def _annotation(image: str, entry: Entry) -> str:
    reason, place = entry.reason, place_of(entry.reason)
    properties = {"title": f"{reason.rule.id}: {named(reason.rule)}"}
    if place is not None:
        properties["file"] = place.path
        if place.line is not None:
            properties["line"] = str(place.line)
    text = f"{image}: {reason.message}"
    if entry.standing is Standing.WAIVED and entry.waiver is not None:
        text += f" (waived until {entry.waiver.expires})"
    elif entry.standing is Standing.KNOWN:
        text += " (known from the baseline)"
    elif reason.rule.remediation:
        text += f" Fix: {reason.rule.remediation}"
    return _command(_COMMANDS[entry.standing], properties, text)


def _command(name: str, properties: dict[str, str], text: str) -> str:
    listed = ",".join(
        f"{key}={workflow_property(terminal_text(value))}" for key, value in properties.items()
    )
    return f"::{name} {listed}::{workflow_data(terminal_text(text))}"
