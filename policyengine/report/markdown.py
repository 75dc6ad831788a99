"""Markdown for a comment on a pull request, and for the summary of a job.

A comment holds 65,536 characters, a summary of GitHub 1 MiB: of more, the worst are written and
the others counted. Text from evidence is written so that it is no Markdown, no HTML, no mention
and no link.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TextIO

from policyengine.model.verdict import Outcome, Reason, Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Entry, Standing, entries, named, place_of
from policyengine.report.escape import markdown_text

MOST_IN_COMMENT = 65_000
MOST_IN_SUMMARY = 1_000_000
_OPEN = 20  # reasons shown before the fold
_MARKS = {
    Outcome.ALLOWED: ":white_check_mark: allowed",
    Outcome.DENIED: ":x: denied",
    Outcome.INCOMPLETE: ":warning: incomplete",
}


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write a comment over all verdicts."""
    stream.write(document(verdicts, most=MOST_IN_COMMENT))


def document(verdicts: Sequence[Verdict], *, most: int) -> str:
    """Return the report in at most ``most`` characters."""
    heads = [_head(verdict) for verdict in verdicts]
    tail = "\n<sub>policyengine</sub>\n"
    parts: list[str] = []
    # What an image needs at least is kept free for those that follow.
    room = most - sum(map(len, heads)) - len(tail)
    if room < 0:
        return _only_counts(verdicts, most)
    for head, verdict in zip(heads, verdicts, strict=True):
        body = _body(verdict, room)
        room -= len(body)
        parts += [head, body]
    return "".join(parts) + tail


def _head(verdict: Verdict) -> str:
    lines = [f"### {_MARKS[verdict.outcome]}: {markdown_text(_cut(verdict.image, 300))}", ""]
    if verdict.digest:
        lines += [f"Digest {markdown_text(_cut(verdict.digest, 100))}", ""]
    bundles = ", ".join(f"{bundle.name} {bundle.version}" for bundle in verdict.bundles)
    lines.append(f"{_counts(verdict)} · {markdown_text(_cut(bundles, 200))}")
    if verdict.problem is not None:
        lines += ["", f"Not judged: {markdown_text(_cut(verdict.problem, 1000))}"]
    return "\n".join(lines) + "\n\n"


def _counts(verdict: Verdict) -> str:
    severities = Counter(reason.severity for reason in verdict.reasons)
    parts = [f"{number} {level.word}" for level, number in sorted(severities.items())[::-1]]
    named_counts = (
        (len(verdict.warnings), "warnings"),
        (len(verdict.waived), "waived"),
        (len(verdict.known), "known"),
        (len(verdict.unjudged), "rules not judged"),
        (len(verdict.judged), "rules judged"),
    )
    parts += [f"{number} {name}" for number, name in named_counts if number]
    return ", ".join(parts) or "nothing judged"


def _body(verdict: Verdict, room: int) -> str:
    lists = (verdict.reasons, verdict.warnings, verdict.unjudged, verdict.waived, verdict.known)
    number = sum(map(len, lists))
    if not number:
        return ""
    header = "| | rule | what | where | fix |\n|---|---|---|---|---|\n"
    fold = f"\n<details><summary>{number} in all</summary>\n\n{header}"
    end = "\n</details>\n\n"
    room -= 2 * len(header) + len(fold) + len(end) + 80
    written = [header]
    for index, row in enumerate(_rows(verdict)):
        if len(row) > room:
            written.append(f"\n{number - index} more are in the report for programs.\n")
            break
        if index == _OPEN:
            written.append(fold)
        written.append(row)
        room -= len(row)
    if any(part is fold for part in written):
        written.append(end)
    else:
        written.append("\n")
    return "".join(written)


def _rows(verdict: Verdict) -> Iterator[str]:
    for entry in entries(verdict):
        if entry.standing in {Standing.DENY, Standing.WARN}:
            yield _row(entry)
    for item in verdict.unjudged:
        missing = ", ".join(kind.value for kind in item.missing)
        yield _cells(
            "not judged", item.rule.id, f"needs {missing}, which was not gathered", "", item.hint
        )
    for entry in entries(verdict):
        if entry.standing in {Standing.WAIVED, Standing.KNOWN}:
            yield _row(entry)


def _row(entry: Entry) -> str:
    reason = entry.reason
    mark = reason.severity.word
    if entry.standing is not Standing.DENY:
        mark = f"{entry.standing.value}, {mark}"
    fix = reason.rule.remediation
    if entry.waiver is not None:
        fix = f"waived until {entry.waiver.expires}: {entry.waiver.reason}"
    return _cells(
        mark, f"{reason.rule.id}: {named(reason.rule)}", reason.message, _where(reason), fix
    )


def _where(reason: Reason) -> str:
    place = place_of(reason)
    if place is None:
        return ", ".join(value.pointer for value in reason.values[:2])
    return place.path if place.line is None else f"{place.path}:{place.line}"


def _cells(*texts: str) -> str:
    return "| " + " | ".join(markdown_text(_cut(text, 500)) for text in texts) + " |\n"


def _only_counts(verdicts: Sequence[Verdict], most: int) -> str:
    counts = Counter(verdict.outcome for verdict in verdicts)
    text = ", ".join(f"{number} {outcome.value}" for outcome, number in sorted(counts.items()))
    line = f"### {len(verdicts)} images: {text}\n\nThe report for programs has each of them.\n"
    return line[:most]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
