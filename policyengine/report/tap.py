"""TAP version 14: a test point for each rule and image.

What is waived or known is marked TODO, so that a harness shows it and does not fail; what was not
judged fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

import orjson

from policyengine.model.json_value import FrozenJson
from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Entry, Standing, by_rule, named
from policyengine.report.escape import terminal_text


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write the plan and the points of all verdicts."""
    points = [point for verdict in verdicts for point in _points(verdict)]
    stream.write(f"TAP version 14\n1..{len(points)}\n")
    for number, (holds, description, directive, facts) in enumerate(points, start=1):
        mark = "ok" if holds else "not ok"
        stream.write(f"{mark} {number} - {_escaped(description)}{directive}\n")
        if facts:
            stream.write("  ---\n")
            stream.writelines(f"  {key}: {_scalar(value)}\n" for key, value in facts.items())
            stream.write("  ...\n")


_Point = tuple[bool, str, str, dict[str, FrozenJson]]


def _points(verdict: Verdict) -> Iterator[_Point]:
    image = verdict.image
    if verdict.problem is not None:
        yield False, f"{image} is judged", "", {"message": verdict.problem}
    for rule, found in by_rule(verdict).values():
        name = f"{image} {rule.id}: {named(rule)}"
        denied = [entry for entry in found if entry.standing is Standing.DENY]
        excused = [e for e in found if e.standing in {Standing.WAIVED, Standing.KNOWN}]
        facts: dict[str, FrozenJson] = {}
        if found:
            facts = {
                "severity": found[0].reason.severity.word,
                "messages": [entry.reason.message for entry in found],
                "fix": rule.remediation,
            }
        if denied:
            yield False, name, "", facts
        elif excused:
            yield False, name, f" # TODO {_excuse(excused[0])}", facts
        else:
            yield True, name, "", facts
    for item in verdict.unjudged:
        missing = ", ".join(kind.value for kind in item.missing)
        yield (
            False,
            f"{image} {item.rule.id}: {named(item.rule)}",
            "",
            {"message": f"not judged: needs {missing}", "supply": item.hint},
        )


def _excuse(entry: Entry) -> str:
    if entry.waiver is None:
        return "known from the baseline"
    return f"waived until {entry.waiver.expires}"


def _escaped(text: str) -> str:
    """Return a description: a hash would begin a directive."""
    return terminal_text(text).replace("\\", "\\\\").replace("#", "\\#")


def _scalar(value: FrozenJson) -> str:
    return orjson.dumps(_shown(value)).decode()


def _shown(value: FrozenJson) -> FrozenJson:
    if isinstance(value, str):
        return terminal_text(value)
    return [_shown(item) for item in value] if isinstance(value, list) else value
