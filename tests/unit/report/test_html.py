"""The page: nothing of it is fetched, nothing of evidence is obeyed, and the numbers are right."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Verdict
from tests.unit.report.html_page import Page
from tests.unit.report.verdicts import (
    ALLOWED,
    DENIED,
    MANY,
    MISMATCHED,
    UNCOLLECTED,
    UNJUDGED,
    WAIVED,
    Case,
    hostile,
    reason,
    value,
    verdict,
)


def html(*verdicts: Verdict) -> str:
    return Case(verdicts=verdicts, format="html").report


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_lets_only_the_pages_own_script_and_style_run() -> None:
    page = Page.of(html(DENIED, ALLOWED))
    assert page.policy == (
        f"default-src 'none'; script-src '{digest(page.texts['script'])}'; "
        f"style-src '{digest(page.texts['style'])}'; base-uri 'none'; form-action 'none'"
    )


def test_the_policy_stands_before_all_that_it_is_for() -> None:
    report = html(DENIED)
    assert report.index("Content-Security-Policy") < min(
        report.index(tag) for tag in ("<style", "<script", "<title", "<body")
    )


def test_nothing_of_the_page_leads_out_of_it() -> None:
    page = Page.of(html(DENIED, hostile("https://example.com/x")))
    assert page.links
    assert all(link.removeprefix("#") in page.ids for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    for text in (page.texts["style"], page.texts["script"]):
        assert not re.search(
            r"url\(|@import|https?:|fetch\(|XMLHttp|WebSocket|sendBeacon|innerHTML|outerHTML"
            r"|insertAdjacent|document\.write|eval\(|Function\(|import\(|localStorage|cookie",
            text,
        )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("</script><script>alert(1)</script>", id="end of the script"),
        pytest.param("<!--<script>", id="comment in a script"),
        pytest.param("]]>&lt;/script&gt;", id="entity"),
        pytest.param("\u2028\u2029alert(1)", id="line separators"),
        pytest.param("\\u003c/script>\\", id="escape that is text"),
        pytest.param('" onload="x" x="', id="attribute"),
    ],
)
def test_data_never_ends_the_block_that_it_is_in(text: str) -> None:
    report = html(hostile(text))
    page = Page.of(report)
    assert page.scripts == 2
    shown = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    assert page.data["reasons"][0]["message"] == shown
    block = report.partition('id="data">')[2].partition("</script>")[0]
    assert not set("<>&\u2028\u2029") & set(block)


@pytest.mark.parametrize(
    ("verdicts", "outcome", "sentence"),
    [
        pytest.param((), "incomplete", "No image was judged.", id="none"),
        pytest.param((ALLOWED,), "allowed", "3 rules were judged, and none denies", id="allowed"),
        pytest.param((DENIED,), "denied", "may not ship: 2 reasons deny it.", id="denied"),
        pytest.param((UNJUDGED,), "incomplete", "1 rule could not be judged", id="unjudged"),
        pytest.param((UNCOLLECTED,), "incomplete", "It was not judged: oci:nowhere", id="problem"),
        pytest.param((ALLOWED, UNJUDGED), "incomplete", "1 incomplete, 1 allowed", id="one is not"),
        pytest.param(
            (ALLOWED, UNJUDGED, DENIED), "denied", "1 denied, 1 incomplete, 1 allowed", id="several"
        ),
    ],
)
def test_the_first_look_tells_the_worst(
    verdicts: tuple[Verdict, ...], outcome: str, sentence: str
) -> None:
    report = html(*verdicts)
    assert re.findall(r'data-outcome="(\w+)"', report) == [outcome]
    assert f"<title>{outcome.capitalize()}: " in report
    assert sentence in re.sub(r"<[^>]+>", "", report)


def test_numbers_by_severity_are_those_of_the_reasons() -> None:
    report = html(MANY, WAIVED)
    words = report.partition('<desc id="by-severity-desc">')[2].partition("</desc>")[0]
    assert words == "critical: 5 deny; high: none; medium: 7 deny; low: none."
    table = report.partition('<table class="numbers">')[2].partition("</table>")[0]
    cells = re.findall(r"<td[^>]*>(?:<span[^>]*>)?([^<]+)", table)
    assert cells == [
        *("critical", "5", "0", "0", "1"),
        *("high", "0", "0", "1", "0"),
        *("medium", "7", "0", "0", "0"),
        *("low", "0", "0", "0", "0"),
    ]


def test_a_severity_that_is_not_known_is_counted_too() -> None:
    odd = verdict(Outcome.DENIED, reasons=(reason(severity=Severity.UNKNOWN),))
    assert "unknown: 1 deny." in html(odd)


@pytest.mark.parametrize(
    ("held", "details", "layer"),
    [
        pytest.param({"package": {"layer": "sha256:1"}}, {}, "sha256:1", id="of the package"),
        pytest.param({"layer": "sha256:2"}, {}, "sha256:2", id="of the value"),
        pytest.param({"layer": "sha256:2"}, {"layer": "mine"}, "mine", id="as the rule says"),
        pytest.param({"layer": None, "package": "libc6"}, {}, None, id="none"),
    ],
)
def test_a_reason_names_its_layer(
    held: dict[str, object], details: dict[str, str], layer: str | None
) -> None:
    judged = verdict(Outcome.DENIED, reasons=(reason(values=(value(held=held),), details=details),))
    (found,) = Page.of(html(judged)).data["reasons"]
    assert found.get("layer") == layer


def test_evidence_of_a_reason_stands_with_its_file_place_and_digest() -> None:
    found = Page.of(html(DENIED)).data["reasons"][0]
    (traced,) = found["values"]
    assert traced == {
        "pointer": "/image/user/uid",
        "value": "0",
        "sources": [["app.tar /config/User", "a" * 64]],
    }


def test_what_is_cut_says_so() -> None:
    crowded = reason(values=tuple(value(f"/x/{index}") for index in range(60)))
    endless = reason(values=(value(held="y" * 9000),))
    report = html(verdict(Outcome.DENIED, image="z" * 5000, reasons=(crowded, endless)))
    first, second = Page.of(report).data["reasons"]
    assert [len(first["values"]), first["more"]] == [50, 10]
    assert second["values"][0]["value"].endswith(
        "... (9,000 characters; all are in the json report)"
    )
    assert "z... (5,000 characters; all are in the json report)" in report


def test_evidence_that_was_accepted_though_it_did_not_match_is_told() -> None:
    assert "used because mismatches are allowed" in html(MISMATCHED)


def test_waivers_and_what_was_refused_are_told() -> None:
    refused = replace(WAIVED, refused_waivers=hostile("expired long ago").refused_waivers)
    page = Page.of(html(refused))
    assert page.rows["waivers"] == 2
    assert page.data["reasons"][0]["waiver"].startswith("The vendor's image needs it")
