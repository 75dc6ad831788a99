"""Opening the HTML report of 2,000 and of 10,000 reasons in Chromium, against an empty page.

What counts is the time from the start of the navigation until the script has drawn the reasons and
the page answers; then that of one sort and one search, each with the drawing. Needs ``chromium``.
"""

from __future__ import annotations

import io
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.reports_written import denied
from policyengine.report import ReportOptions, writer_for

_WANTED_MS = 1000.0
_RUNS = 5
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
_SORT = """() => {
    const from = performance.now();
    document.querySelectorAll("table.reasons th button")[3].click();
    document.body.getBoundingClientRect();
    return performance.now() - from;
}"""
_FILTER = """() => {
    const from = performance.now();
    document.querySelector("fieldset input").click();
    document.body.getBoundingClientRect();
    return performance.now() - from;
}"""


def main() -> None:
    """Measure, and print a line a size."""
    executable = shutil.which("chromium")
    if executable is None:
        print("html in a browser: chromium is not installed")
        return
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        empty = Path(name, "empty.html")
        empty.write_text("<!DOCTYPE html><title>empty</title>", encoding="utf-8")
        page = browser.new_page()
        floor = _opened(page, empty)
        for number in (2_000, 10_000):
            stream = io.StringIO()
            writer_for("html")((denied(number),), stream, ReportOptions())
            file = Path(name, f"{number}.html")
            file.write_text(stream.getvalue(), encoding="utf-8")
            opened = _opened(page, file)
            sort, fold = page.evaluate(_SORT), page.evaluate(_FILTER)
            wanted = ""
            if number == 2_000:
                met = "met" if opened <= _WANTED_MS else "NOT MET"
                wanted = f"  wanted <= {_WANTED_MS:.0f} ms: {met}"
            print(
                f"{number} reasons in a browser: interactive in {opened:.0f} ms "
                f"(empty page {floor:.0f} ms), sort {sort:.0f} ms, filter {fold:.0f} ms{wanted}"
            )
        browser.close()


def _opened(page: Page, file: Path) -> float:
    times = []
    for _ in range(_RUNS):
        page.goto(file.as_uri())
        page.wait_for_load_state("load")
        page.wait_for_function(f"{_LOADED} > 0")
        times.append(float(page.evaluate(_LOADED)))
    return statistics.median(times)


if __name__ == "__main__":
    main()
