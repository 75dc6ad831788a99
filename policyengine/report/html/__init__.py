"""HTML: one file that asks for nothing else, for managers and engineers.

What counts (verdict, numbers, what was not judged, waivers, rules, evidence) is in the page itself
and is read without scripts, on paper too. The reasons, which may be thousands, are data in the
page; its script draws those that are asked for. The content security policy lets the one script
and the one stylesheet that are in the page be used, by their hash, and nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TextIO

from policyengine import __version__
from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Standing
from policyengine.report.html import sections, summary
from policyengine.report.html.markup import counted, safe, section
from policyengine.report.html.reason_data import reason_data
from policyengine.report.html.tally import Tally, tally


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one page over all verdicts."""
    stream.writelines(_page(verdicts))


def _page(verdicts: Sequence[Verdict]) -> Iterator[str]:
    counts = tally(verdicts)
    style, script = _asset("report.css"), _asset("report.js")
    yield from _head(verdicts, counts, style=style, script=script)
    yield '<body>\n<a class="skip" href="#reasons">Skip to the reasons</a>\n'
    yield "<header>\n<h1>Image policy report</h1>\n"
    yield summary.banner(verdicts, counts)
    yield _navigation(several=len(verdicts) > 1, counts=counts)
    yield "</header>\n<main>\n"
    if len(verdicts) > 1:
        yield summary.images(verdicts)
    yield summary.score(counts)
    yield _reasons(counts)
    yield sections.not_judged(verdicts)
    yield sections.waivers(verdicts)
    yield sections.rules(counts)
    yield sections.evidence(verdicts)
    yield sections.provenance(verdicts)
    yield f"</main>\n<footer><p>Written by policyengine {__version__}. This page asks nothing of "
    yield "any server.</p></footer>\n"
    yield '<script type="application/json" id="data">'
    yield from reason_data(verdicts)
    yield f"</script>\n<script>{script}</script>\n</body>\n</html>\n"


def _head(verdicts: Sequence[Verdict], counts: Tally, *, style: str, script: str) -> Iterator[str]:
    subject = verdicts[0].image if len(verdicts) == 1 else counted(len(verdicts), "image", "images")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n'
    yield '<meta name="color-scheme" content="light dark">\n'
    title = f"{summary.overall(counts).value.capitalize()}: {subject[:200]}"
    yield f"<title>{safe(title)}</title>\n<style>{style}</style>\n</head>\n"


def _navigation(*, several: bool, counts: Tally) -> str:
    reasons = sum(counts.standings.values())
    places = [
        ("images", "Images", None),
        ("score", "Score", None),
        ("reasons", "Reasons", reasons),
        ("unjudged", "Not judged", counts.unjudged + counts.problems),
        ("waivers", "Waivers", None),
        ("rules", "Rules", len(counts.rules)),
        ("evidence", "Evidence", None),
        ("judged-by", "How it was judged", None),
    ]
    links = "".join(
        f'<li><a href="#{name}">{title}'
        + (f' <span class="tally">{number:,}</span>' if number is not None else "")
        + "</a></li>"
        for name, title, number in places
        if several or name != "images"
    )
    return f'<nav aria-label="Parts of the report"><ul>{links}</ul></nav>\n'


def _reasons(counts: Tally) -> str:
    number = sum(counts.standings.values())
    if not number:
        return section("reasons", "Reasons", "<p>Nothing denies, and nothing warns.</p>\n")
    told = ", ".join(
        f"{counts.standings[standing]:,} {word}"
        for standing, word in (
            (Standing.DENY, "deny"),
            (Standing.WARN, "warn"),
            (Standing.WAIVED, "waived"),
            (Standing.KNOWN, "known from the baseline"),
        )
        if counts.standings.get(standing)
    )
    missing = (
        "<noscript><p>The list of single reasons is drawn by a script, which is turned off here. "
        "Everything else is on this page; the json report has the reasons too.</p></noscript>\n"
    )
    content = f'<div id="explorer"></div>\n{missing}'
    return section(
        "reasons", "Reasons", content, note=f"{counted(number, 'reason', 'reasons')}: {told}."
    )


@cache
def _asset(name: str) -> str:
    """Return a file of this folder as the text of an element, which its hash is of."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"
