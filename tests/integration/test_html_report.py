"""The HTML report in a real browser: it works, it asks nobody, and everybody can use it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Verdict
from policyengine.report import ReportOptions, writer_for
from tests.integration.components import program
from tests.unit.report.verdicts import (
    ALLOWED,
    DENIED,
    MISMATCHED,
    UNCOLLECTED,
    UNJUDGED,
    VULNERABLE,
    WAIVED,
    WARNED,
    hostile,
    reason,
    value,
    verdict,
)

PACKAGES = ("libc6", "openssl", "zlib1g")
LEVELS = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def many(number: int) -> Verdict:
    """A denial by vulnerabilities 0 to ``number``: each of a package, a severity, a layer."""
    return verdict(
        Outcome.DENIED,
        reasons=tuple(
            reason(
                VULNERABLE,
                message=f"CVE-2026-{index} in {PACKAGES[index % 3]}",
                severity=LEVELS[index % 4],
                values=(value(f"/scan/vulnerabilities/{index}", {"layer": f"sha256:{index % 2}"}),),
                details={"package": PACKAGES[index % 3], "version": f"1.{index}"},
            )
            for index in range(number)
        ),
        judged=(*ALLOWED.judged, VULNERABLE),
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = program("chromium")
    with sync_playwright() as playwright:
        # As root a sandbox of Chromium does not start; what is shown here is the tests' own.
        started = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass(slots=True, kw_only=True)
class Reading:
    """A page that is open. ``complaints`` are what the console got, ``requests`` what it asked
    for, ``refused`` why it was not asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    refused: dict[str, str | None] = field(default_factory=dict)

    @property
    def rows(self) -> Locator:
        return self.page.locator("table.reasons tbody tr:not(.detail)")

    @property
    def messages(self) -> list[str]:
        return self.page.locator("button.open > span").all_inner_texts()

    @property
    def status(self) -> str:
        return self.page.get_by_role("status").inner_text()

    def sort(self, column: str) -> None:
        self.page.locator("table.reasons").get_by_role("button", name=column, exact=True).click()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Opens reports as files, as people do."""

    browser: Browser
    folder: Path

    def open(
        self, *verdicts: Verdict, scheme: str = "light", width: int = 1280, scripts: bool = True
    ) -> Reading:
        stream = io.StringIO()
        writer_for("html")(verdicts, stream, ReportOptions())
        file = self.folder / "report.html"
        file.write_text(stream.getvalue(), encoding="utf-8")
        context = self.browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
        )
        reading = Reading(page=context.new_page())
        reading.page.on("console", lambda message: reading.complaints.append(message.text))
        reading.page.on("pageerror", lambda error: reading.complaints.append(str(error)))
        reading.page.on("request", lambda request: reading.requests.append(request.url))
        reading.page.on(
            "requestfailed",
            lambda request: reading.refused.update({request.url: request.failure}),
        )
        reading.page.goto(file.as_uri())
        return reading


@pytest.fixture
def reader(browser: Browser, tmp_path: Path) -> Iterator[Reader]:
    yield Reader(browser=browser, folder=tmp_path)
    for context in browser.contexts:
        context.close()


EVERY = (DENIED, ALLOWED, UNCOLLECTED, WARNED, WAIVED, UNJUDGED, MISMATCHED)
PAGES = {
    "every kind": EVERY,
    "denied": (DENIED,),
    "allowed": (ALLOWED,),
    "uncollected": (UNCOLLECTED,),
    "refused waivers": (replace(WAIVED, refused_waivers=hostile("old").refused_waivers),),
    "hostile": (hostile("</script><img src=x onerror=alert(1)>" + "x" * 3000),),
    "many": (many(300),),
    "none": (),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_the_page(reader: Reader, name: str, scheme: str) -> None:
    reading = reader.open(*PAGES[name], scheme=scheme)
    for opened in reading.page.locator("button.open").all()[:2]:
        opened.click()
    # Run from outside of the page, whose policy would let no script in.
    found = Axe().run(reading.page).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in found] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_asks_nobody_and_complains_of_nothing(reader: Reader, name: str) -> None:
    reading = reader.open(*PAGES[name])
    for opened in reading.page.locator("button.open").all()[:2]:
        opened.click()
    for head in reading.page.locator("th button").all():
        head.click()
    reading.page.emulate_media(media="print")
    reading.page.wait_for_load_state("networkidle")
    assert reading.complaints == []
    assert len(reading.requests) == 1


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_never_wider_than_the_screen(reader: Reader, name: str) -> None:
    page = reader.open(*PAGES[name]).page
    for width in (1600, 800, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_policy_of_the_page_stops_scripts_and_requests_that_are_not_its_own(
    reader: Reader,
) -> None:
    reading = reader.open(DENIED)
    reading.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            const image = document.createElement("img");
            image.src = "http://127.0.0.1:9/x.png";
            document.body.append(image);
            document.body.insertAdjacentHTML("beforeend", "<p id=x style='color:red'>x</p>");
        }"""
    )
    reading.page.wait_for_timeout(100)
    assert reading.page.evaluate("window.ran") is None
    assert reading.page.evaluate("getComputedStyle(document.getElementById('x')).color") != (
        "rgb(255, 0, 0)"
    )
    assert reading.refused == {"http://127.0.0.1:9/x.png": "csp"}
    assert len([text for text in reading.complaints if "Content Security Policy" in text]) == 3


def test_reasons_are_sorted_by_every_column_both_ways(reader: Reader) -> None:
    reading = reader.open(many(12))
    assert reading.messages[0] == "CVE-2026-0 in libc6"
    reading.sort("Reason")
    # As people count: 2 before 10.
    assert reading.messages == [f"CVE-2026-{i} in {PACKAGES[i % 3]}" for i in range(12)]
    reading.sort("Reason")
    assert reading.messages[0] == "CVE-2026-11 in zlib1g"
    reading.sort("Severity")
    assert reading.rows.first.inner_text().startswith("low")
    reading.sort("Severity")
    assert reading.rows.first.inner_text().startswith("critical")
    reading.sort("Package")
    assert [text.split()[-1] for text in reading.messages] == [
        name for name in PACKAGES for _ in range(4)
    ]
    sorted_by = reading.page.locator("table.reasons th[aria-sort]")
    assert [sorted_by.inner_text(), sorted_by.get_attribute("aria-sort")] == [
        "Package",
        "ascending",
    ]


@pytest.mark.parametrize(
    ("label", "choice", "expected"),
    [
        pytest.param("Package", "openssl", 100, id="package"),
        pytest.param("Layer", "sha256:1", 150, id="layer"),
        pytest.param("Rule", "acme.vulnerable", 300, id="rule"),
    ],
)
def test_reasons_are_filtered_by_a_choice(
    reader: Reader, label: str, choice: str, expected: int
) -> None:
    reading = reader.open(replace(many(300), warnings=WARNED.warnings))
    reading.page.get_by_label(label, exact=True).select_option(choice)
    assert reading.status.startswith(f"{expected} of 302 reasons")
    reading.page.get_by_role("button", name="Clear filters").click()
    assert reading.status.startswith("302 of 302 reasons")


def test_filters_hold_together(reader: Reader) -> None:
    reading = reader.open(many(300), replace(DENIED, image="other"))
    page = reading.page
    page.get_by_label("Package", exact=True).select_option("libc6")
    page.get_by_label("critical (76)").uncheck()
    assert reading.status.startswith("75 of 302 reasons")
    page.get_by_role("searchbox", name="Search").fill("cve-2026-21 ")
    page.get_by_role("searchbox", name="Search").fill("CVE-2026-21 IN")
    page.get_by_text("1 of 302 reasons", exact=True).wait_for()
    assert reading.messages == ["CVE-2026-21 in libc6"]
    page.get_by_label("Image", exact=True).select_option("other")
    assert reading.status == "0 of 302 reasons"
    assert reading.rows.inner_text() == "No reason fits the filters."


def test_reasons_come_by_the_page(reader: Reader) -> None:
    reading = reader.open(many(120))
    following = reading.page.get_by_role("button", name="Next")
    assert reading.status == "120 of 120 reasons, 1 to 50 shown"
    following.click()
    following.click()
    assert reading.status == "120 of 120 reasons, 101 to 120 shown"
    assert reading.messages[-1] == "CVE-2026-119 in zlib1g"
    assert following.is_disabled()


def test_a_reason_opens_and_closes_by_the_keyboard(reader: Reader) -> None:
    reading = reader.open(DENIED)
    button = reading.page.locator("button.open").first
    button.focus()
    reading.page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    detail = reading.page.locator(f"#{button.get_attribute('aria-controls')}")
    shown = detail.inner_text()
    for expected in (
        "Add a USER line",
        "Root in a container is root on the host",
        "/image/user/uid = 0",
        "app.tar /config/User",
        "a" * 64,
        "image/root_user.rego:14",
        DENIED.reasons[0].fingerprint,
    ):
        assert expected in shown
    reading.page.keyboard.press("Space")
    assert button.get_attribute("aria-expanded") == "false"
    assert not detail.is_visible()


def test_what_evidence_says_is_shown_as_it_is(reader: Reader) -> None:
    text = "</script><b onclick=x>&amp;<!-- {{x}}"
    reading = reader.open(hostile(text))
    assert set(reading.messages) == {text}
    assert reading.page.locator(".subject").inner_text() == text
    assert reading.page.locator("b[onclick]").count() == 0


def test_tables_of_the_page_are_sorted_by_number(reader: Reader) -> None:
    reading = reader.open(many(12), ALLOWED, many(3))
    deny = reading.page.locator("table.images").get_by_role("button", name="Deny")
    deny.click()
    cells = reading.page.locator("table.images tbody td:nth-child(3)")
    assert cells.all_inner_texts() == ["0", "3", "12"]
    deny.click()
    assert cells.all_inner_texts() == ["12", "3", "0"]


def test_paper_gets_every_reason(reader: Reader) -> None:
    reading = reader.open(many(120))
    reading.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert reading.rows.count() == 120
    reading.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert reading.rows.count() == 50
    assert reading.page.pdf().startswith(b"%PDF")


def test_without_scripts_all_but_the_single_reasons_is_there(reader: Reader) -> None:
    reading = reader.open(DENIED, UNJUDGED, scripts=False)
    text = reading.page.locator("body").inner_text()
    for expected in ("Denied", "acme.root", "--scan FILE", "drawn by a script"):
        assert expected in text
    assert reading.complaints == []
