"""The top of the page: may it ship, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence

from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Verdict
from policyengine.report.entries import Standing
from policyengine.report.html.charts import Bar, Part, bars
from policyengine.report.html.markup import badge, cell, counted, safe, section, table
from policyengine.report.html.tally import WORST_FIRST, Tally

_TOP_RULES = 8
_COUNTED = (Standing.DENY, Standing.WARN, Standing.WAIVED, Standing.KNOWN)
_RANK = {Outcome.DENIED: 2, Outcome.INCOMPLETE: 1, Outcome.ALLOWED: 0}
# Drawn beside the word, so that the outcome is not told by colour alone.
_ICONS = {
    Outcome.ALLOWED: "M5 12.5l4.5 4.5L19 7.5",
    Outcome.DENIED: "M7 7l10 10M17 7L7 17",
    Outcome.INCOMPLETE: "M12 6v7M12 17v.5",
}


def overall(counts: Tally) -> Outcome:
    """Return the outcome of the run: the worst, and incomplete where there is none."""
    found = [outcome for outcome, number in counts.outcomes.items() if number]
    return max(found, key=_RANK.__getitem__, default=Outcome.INCOMPLETE)


def banner(verdicts: Sequence[Verdict], counts: Tally) -> str:
    """Return the answer in one look and one sentence."""
    outcome = overall(counts)
    if len(verdicts) == 1:
        subject = f'<p class="subject">{safe(verdicts[0].image)}</p>'
        sentence = _sentence(verdicts[0])
    else:
        subject = f'<p class="subject">{counted(len(verdicts), "image", "images")}</p>'
        told = ", ".join(
            f"{counts.outcomes[which]:,} {which.value}"
            for which in sorted(_RANK, key=_RANK.__getitem__, reverse=True)
            if counts.outcomes.get(which)
        )
        sentence = f"Of the images {told}." if told else "No image was judged."
    return (
        f'<div class="banner {outcome.value}" data-outcome="{outcome.value}">'
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">'
        f'<circle cx="12" cy="12" r="11"/><path d="{_ICONS[outcome]}"/></svg>'
        f'<div><p class="outcome">{outcome.value.capitalize()}</p>{subject}'
        f'<p class="sentence">{safe(sentence)}</p></div></div>\n'
    )


def _sentence(verdict: Verdict) -> str:
    if verdict.problem is not None:
        return f"It was not judged: {verdict.problem}"
    missing = counted(len(verdict.unjudged), "rule", "rules")
    if verdict.outcome is Outcome.DENIED:
        reasons = counted(len(verdict.reasons), "reason denies", "reasons deny")
        rest = f"; {missing} could not be judged" if verdict.unjudged else ""
        return f"This image may not ship: {reasons} it{rest}."
    if verdict.outcome is Outcome.INCOMPLETE:
        return f"It is not known whether this image may ship: {missing} could not be judged."
    rules = counted(len(verdict.judged), "rule was", "rules were")
    return f"This image may ship: {rules} judged, and none denies it."


def score(counts: Tally) -> str:
    """Return the reasons by severity, drawn and in numbers, and the rules that deny most."""
    if not counts.severities:
        return section("score", "Score by severity", "<p>There is no reason of any kind.</p>\n")
    drawn = [
        Bar(
            label=level.word,
            parts=(
                Part(
                    kind=f"fill {level.word}", number=_of(counts, level, _COUNTED[0]), word="deny"
                ),
                Part(
                    kind=f"fill soft {level.word}",
                    number=_of(counts, level, _COUNTED[1]),
                    word="warn",
                ),
            ),
        )
        for level in _levels(counts)
    ]
    title = "Reasons by severity: what denies, then lighter what only warns"
    denying = [
        Bar(
            label=item.rule.id,
            parts=(
                Part(
                    kind=f"fill {item.worst.word}",
                    number=item.standings[Standing.DENY],
                    word="deny",
                ),
            ),
        )
        for item in counts.rules[:_TOP_RULES]
        if item.standings.get(Standing.DENY)
    ]
    charts = _figure("by-severity", title, drawn, label_width=84)
    rows = [
        cell(badge(level.word, level.word), order=-int(level))
        + "".join(
            f'<td class="count">{_of(counts, level, standing):,}</td>' for standing in _COUNTED
        )
        for level in _levels(counts)
    ]
    numbers = table(
        "Reasons by severity, in numbers",
        ("Severity", "Deny", "Warn", "Waived", "Known"),
        rows,
        name="numbers",
        sortable=False,
    )
    charts += numbers
    if denying:
        charts += _figure("by-rule", "Rules that deny most often", denying, label_width=204)
    return section("score", "Score by severity", f'<div class="charts">\n{charts}</div>\n')


def _figure(name: str, title: str, rows: Sequence[Bar], *, label_width: int) -> str:
    chart = bars(name, title, rows, label_width=label_width)
    return (
        f'<figure aria-labelledby="{name}-caption">'
        f'<figcaption id="{name}-caption">{safe(title)}</figcaption>{chart}</figure>\n'
    )


def _levels(counts: Tally) -> list[Severity]:
    """Return the four of every report, and the others that have a reason."""
    return [
        level
        for level in WORST_FIRST
        if level >= Severity.LOW or any(_of(counts, level, standing) for standing in _COUNTED)
    ]


def _of(counts: Tally, level: Severity, standing: Standing) -> int:
    return counts.severities.get((level, standing), 0)


def images(verdicts: Sequence[Verdict]) -> str:
    """Return the images side by side, the worst first."""
    ordered = sorted(verdicts, key=lambda verdict: (-_RANK[verdict.outcome], -len(verdict.reasons)))
    columns = (
        *("Image", "Verdict", "Deny", "Warn", "Waived", "Known", "Not judged", "Rules judged"),
        "Judged at",
    )
    return section(
        "images",
        "Images",
        table("Images", columns, [_image(verdict) for verdict in ordered], name="images"),
    )


def _image(verdict: Verdict) -> str:
    numbers = (
        *(verdict.reasons, verdict.warnings, verdict.waived, verdict.known),
        *(verdict.unjudged, verdict.judged),
    )
    digest = f"<br><code>{safe(verdict.digest)}</code>" if verdict.digest else ""
    problem = f'<p class="problem">{safe(verdict.problem)}</p>' if verdict.problem else ""
    return (
        cell(f"<b>{safe(verdict.image)}</b>{digest}{problem}", order=verdict.image)
        + cell(badge(verdict.outcome.value, verdict.outcome.value), order=-_RANK[verdict.outcome])
        + "".join(f'<td class="count">{len(found):,}</td>' for found in numbers)
        + cell(f"<time>{safe(str(verdict.evaluated_at))}</time>")
    )
