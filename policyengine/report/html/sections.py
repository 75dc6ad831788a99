"""The rest of the page: what was not judged, waivers, rules, evidence, and how it was judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policyengine.model.verdict import Verdict
from policyengine.model.waiver import Waiver, WaiverProblem
from policyengine.report.entries import Standing, named
from policyengine.report.html.markup import (
    badge,
    cell,
    counted,
    safe,
    safe_lines,
    section,
    table,
)
from policyengine.report.html.tally import RuleTally, Tally


def not_judged(verdicts: Sequence[Verdict]) -> str:
    """Return the rules and images that could not be judged."""
    rows = [
        cell(safe(verdict.image))
        + cell("the image")
        + cell("")
        + cell(f'<span class="problem">{safe(verdict.problem)}</span>')
        for verdict in verdicts
        if verdict.problem is not None
    ]
    rows += [
        cell(safe(verdict.image))
        + cell(f"<code>{safe(item.rule.id)}</code><br>{safe(named(item.rule))}")
        + cell(safe(", ".join(kind.value for kind in item.missing)))
        + cell(safe(item.hint))
        for verdict in verdicts
        for item in verdict.unjudged
    ]
    if not rows:
        return section("unjudged", "Not judged", "<p>Every rule was judged.</p>\n")
    columns = ("Image", "Rule", "Evidence missing", "How to supply it, or what went wrong")
    note = "A rule without its evidence says nothing: it neither passed nor failed."
    return section(
        "unjudged", "Not judged", table("Not judged", columns, rows, name="unjudged"), note=note
    )


def waivers(verdicts: Sequence[Verdict]) -> str:
    """Return the waivers that let a reason pass, and those that would have and do not hold."""
    applied: dict[tuple[str, Waiver], int] = {}
    for verdict in verdicts:
        for item in verdict.waived:
            key = (verdict.image, item.waiver)
            applied[key] = applied.get(key, 0) + 1
    rows = [
        cell(badge("waived", "waived"))
        + cell(safe(image))
        + _waiver(waiver, counted(number, "reason passes", "reasons pass"))
        for (image, waiver), number in applied.items()
    ]
    rows += [_refused(verdict.image, item) for verdict in verdicts for item in _problems(verdict)]
    if not rows:
        return section("waivers", "Waivers", "<p>No waiver was applied, and none refused.</p>\n")
    columns = ("State", "Image", "Rule", "Why", "What came of it", "Until", "Who")
    return section("waivers", "Waivers", table("Waivers", columns, rows, name="waivers"))


def _problems(verdict: Verdict) -> Iterator[WaiverProblem]:
    seen: set[tuple[Waiver, str]] = set()
    for item in verdict.refused_waivers:
        if (item.waiver, item.message) not in seen:
            seen.add((item.waiver, item.message))
            yield item


def _refused(image: str, item: WaiverProblem) -> str:
    result = f'<span class="problem">{safe(item.message)}</span>'
    return cell(badge("refused", "refused")) + cell(safe(image)) + _waiver(item.waiver, result)


def _waiver(waiver: Waiver, result: str) -> str:
    narrowed = (
        ("repository", waiver.repository),
        ("digest", waiver.digest),
        ("vulnerability", waiver.vulnerability),
        ("package", waiver.package),
        ("path", waiver.path),
    )
    limits = "".join(f"<br>{name} {safe(text)}" for name, text in narrowed if text)
    ticket = f"<br>ticket {safe(waiver.ticket)}" if waiver.ticket else ""
    return (
        cell(f"<code>{safe(waiver.rule)}</code>{limits}")
        + cell(f"{safe(waiver.reason)}{ticket}")
        + cell(result)
        + cell(f"<time>{safe(str(waiver.expires))}</time>")
        + cell(
            f"{safe(waiver.owner)}<br>approved by {safe(waiver.approver)}<br>"
            f"<code>{safe(waiver.origin)}</code>"
        )
    )


def rules(counts: Tally) -> str:
    """Return every rule with what came of it."""
    if not counts.rules:
        return section("rules", "Rules", "<p>No rule was judged.</p>\n")
    columns = ("Rule", "Result", "Severity", "Deny", "Warn", "Waived", "Known", "Controls")
    rows = [_rule(item) for item in counts.rules]
    return section("rules", "Rules", table("Rules", columns, rows, name="rules"))


def _rule(item: RuleTally) -> str:
    rule = item.rule
    numbers = "".join(
        f'<td class="count">{item.standings.get(standing, 0):,}</td>' for standing in Standing
    )
    fix = f'<p class="fix">Fix: {safe_lines(rule.remediation)}</p>' if rule.remediation else ""
    about = f"<p>{safe_lines(rule.description)}</p>" if rule.description else ""
    place = f'<p class="place"><code>{safe(rule.location.file)}:{rule.location.row}</code></p>'
    result, rank = _result(item)
    return (
        cell(
            f"<code>{safe(rule.id)}</code><details><summary>{safe(named(rule))}</summary>"
            f"{about}{fix}{place}</details>",
            order=rule.id,
        )
        + cell(result, order=rank)
        + cell(badge(item.worst.word, item.worst.word), order=-int(item.worst))
        + numbers
        + cell(safe(", ".join(rule.controls)))
    )


def _result(item: RuleTally) -> tuple[str, int]:
    if item.standings.get(Standing.DENY):
        return badge("denied", "denies"), 0
    if item.unjudged:
        return badge("incomplete", "not judged"), 1
    if item.standings.get(Standing.WARN):
        return badge("warned", "warns"), 2
    if item.standings:
        return badge("waived", "let be"), 3
    return badge("allowed", "passed"), 4


def evidence(verdicts: Sequence[Verdict]) -> str:
    """Return what was read, with digests, and what of it was accepted though it did not match."""
    rows = [
        cell(safe(verdict.image))
        + cell(f"<code>{safe(source.location)}</code>")
        + cell(safe(" ".join(filter(None, (source.format, source.format_version)))))
        + cell(safe(" ".join(filter(None, (source.tool, source.tool_version)))))
        + cell(f"<code>{safe(source.sha256)}</code>")
        for verdict in verdicts
        for source in verdict.sources
    ]
    notes = "".join(
        f'<li class="problem">{safe(item.location)} {safe(item.message)}; used because mismatches '
        "are allowed</li>\n"
        for verdict in verdicts
        for item in verdict.mismatches
    )
    content = f"<ul>\n{notes}</ul>\n" if notes else ""
    columns = ("Image", "Source", "Format", "Tool", "SHA-256")
    content += (
        table("Evidence", columns, rows, name="evidence") if rows else "<p>None was read.</p>\n"
    )
    return section("evidence", "Evidence", content)


def provenance(verdicts: Sequence[Verdict]) -> str:
    """Return by what each image was judged, so that it can be judged so again."""
    rows = [
        cell(
            safe(verdict.image)
            + (f"<br><code>{safe(verdict.digest)}</code>" if verdict.digest else "")
        )
        + cell(
            "<br>".join(
                f"{safe(bundle.name)} {safe(bundle.version)}, revision {safe(bundle.revision)}<br>"
                f"<code>sha256:{safe(bundle.digest)}</code>"
                for bundle in verdict.bundles
            )
        )
        + cell(safe(verdict.engine))
        + cell(f"<time>{safe(str(verdict.evaluated_at))}</time>")
        + cell(safe(verdict.environment or ""))
        + cell(f"<code>{safe(verdict.document_digest or '')}</code>")
        for verdict in verdicts
    ]
    if not rows:
        return section("judged-by", "How it was judged", "<p>Nothing was judged.</p>\n")
    columns = ("Image", "Bundles", "Engine", "Clock", "Environment", "Input document, SHA-256")
    return section(
        "judged-by",
        "How it was judged",
        table("How it was judged", columns, rows, name="judged-by"),
    )
