"""Logging commands of Azure Pipelines: issues on the files that the facts came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Standing, entries, place_of
from policyengine.report.escape import azure_property, terminal_text

_TYPES = {Standing.DENY: "error", Standing.WARN: "warning"}


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write a line an issue. What is waived or known is none."""
    for verdict in verdicts:
        stream.writelines(f"{line}\n" for line in _lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    image = verdict.image
    for entry in entries(verdict):
        kind = _TYPES.get(entry.standing)
        if kind is None:
            continue
        reason, place = entry.reason, place_of(entry.reason)
        properties = {"type": kind, "code": reason.rule.id}
        if place is not None:
            properties["sourcepath"] = place.path
            if place.line is not None:
                properties["linenumber"] = str(place.line)
        yield _command(properties, f"{image}: {reason.message}")
    for item in verdict.unjudged:
        missing = ", ".join(kind.value for kind in item.missing)
        text = f"{image}: not judged, needs {missing}. Supply it: {item.hint}"
        yield _command({"type": "error", "code": item.rule.id}, text)
    if verdict.problem is not None:
        yield _command({"type": "error"}, f"{image}: {verdict.problem}")


def _command(properties: dict[str, str], text: str) -> str:
    listed = ";".join(f"{name}={azure_property(value)}" for name, value in properties.items())
    # The agent reads the message as it stands, to the end of the line.
    return f"##vso[task.logissue {listed}]{terminal_text(text)}"
