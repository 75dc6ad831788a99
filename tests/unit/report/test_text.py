"""The report for people: what it must show, and what evidence must not be able to do to it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from policyengine.model.verdict import Outcome, Verdict
from policyengine.report import ReportOptions
from policyengine.report.escape import terminal_text
from tests.unit.report.verdicts import (
    ALLOWED,
    CASES,
    COLOURED,
    DENIED,
    ESCAPE,
    FORGED,
    HOSTILE,
    LONG,
    SEVERAL,
    TURNED,
    UNCOLLECTED,
    WARNED,
    Case,
    hostile,
    reason,
    value,
    verdict,
)

SGR = re.compile(r"\x1b\[[0-9;]*m")


def report(*verdicts: Verdict, width: int = 100, colour: bool = False) -> str:
    return Case(verdicts=verdicts, options=ReportOptions(width=width, colour=colour)).report


def summary(judged: Verdict) -> str:
    return report(judged).splitlines()[-2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 1.2.3", "plain text, 1.2.3"),
        ("", ""),
        ("größe 日本 😀 é", "größe 日本 😀 é"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b31m", "\\x9b31m"),
        ("\x07\x08\x7f\x00", "\\x07\\x08\\x7f\\x00"),
        ("a\nb", "a\\nb"),
        ("a\r\nb", "a\\r\\nb"),
        ("a\tb", "a\\tb"),
        ("a\x0bb\x0cc\x85d", "a\\x0bb\\x0cc\\x85d"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        (
            "\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
            r"\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
        ),
        ("a\u200bb\ufeffc\u00add", "a\\u200bb\\ufeffc\\xadd"),
        ("\ud800", "\\ud800"),
        ("\udcff.tar", "\\udcff.tar"),
        ("\U000e0041", "\\U000e0041"),
        ("\ue000", "\\ue000"),
        ("\u0378", "\\u0378"),
    ],
)
def test_only_text_that_shows_itself_reaches_a_terminal(text: str, shown: str) -> None:
    assert terminal_text(text) == shown


def test_no_character_of_unicode_can_move_a_cursor_or_hide() -> None:
    shown = terminal_text("".join(map(chr, range(0x110000))))
    assert {unicodedata.category(char)[0] for char in shown} <= set("LMNPSZ")
    assert not {"Zl", "Zp"} & {unicodedata.category(char) for char in shown}


@pytest.mark.parametrize("text", [HOSTILE, ESCAPE, FORGED, TURNED, "\n", "\ud800", "a\tb", LONG])
@pytest.mark.parametrize("width", [1, 40, 100, 10_000])
def test_text_of_an_image_or_a_report_is_shown_and_not_obeyed(text: str, width: int) -> None:
    # A value of a document is never half a character: no JSON that is read has it.
    safe = text.encode("utf-8", "replace").decode() if "\ud800" in text else text
    written = report(hostile(safe), width=width)
    assert all(char.isprintable() or char == "\n" for char in written)
    last = written.splitlines()[-2]
    assert last == (
        "DENIED: 2 reasons, 1 warning, 1 known, 1 waived, 1 rule not judged, 1 rule judged"
    )
    assert not any(line.startswith("ALLOWED") for line in written.splitlines())


def test_colours_are_the_only_escapes_of_a_coloured_report() -> None:
    written = Case(verdicts=(hostile(HOSTILE),), options=COLOURED).report
    assert SGR.search(written)
    assert "\x1b" not in SGR.sub("", written)


@pytest.mark.parametrize("name", ["denied", "incomplete", "warned"])
def test_colour_changes_nothing_but_colour(name: str) -> None:
    plain, coloured = CASES[f"{name}.txt"].report, CASES[f"{name}-coloured.txt"].report
    assert SGR.sub("", coloured) == plain
    assert coloured != plain


def test_without_colour_there_is_no_escape() -> None:
    assert "\x1b" not in report(*SEVERAL)


@pytest.mark.parametrize("width", [-1, 0, 1, 39])
def test_a_terminal_that_is_too_narrow_is_taken_for_one_of_forty(width: int) -> None:
    assert report(DENIED, width=width) == report(DENIED, width=40)


@pytest.mark.parametrize("width", [40, 60, 100, 150])
def test_messages_values_and_remedies_keep_to_the_width(width: int) -> None:
    message = "word " * 60 + LONG
    long = verdict(Outcome.DENIED, reasons=(reason(message=message, values=(value(LONG, LONG),)),))
    whole = report(long, width=width)
    start, end = whole.index("    word"), whole.index("    rule:")
    assert max(map(len, whole[start:end].splitlines())) <= width
    assert "".join(whole[start:end].split()).startswith("word" * 60 + LONG)


def test_a_long_value_is_cut_and_says_so() -> None:
    long = verdict(Outcome.DENIED, reasons=(reason(values=(value("/a", LONG),)),))
    written = "".join(report(long).split())
    assert '/a="' + "x" * 199 + "..." in written
    assert "x" * 200 not in written


@pytest.mark.parametrize(("count", "more"), [(5, None), (6, "and 1 more"), (500, "and 495 more")])
def test_of_many_values_the_first_are_shown_and_the_rest_counted(
    count: int, more: str | None
) -> None:
    values = tuple(value(f"/v/{index}", index) for index in range(count))
    written = report(verdict(Outcome.DENIED, reasons=(reason(values=values),)))
    assert sum(line.startswith("      /v/") for line in written.splitlines()) == 5
    assert (f"{more} values" in written) if more else ("more values" not in written)


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ({}, "ALLOWED: 3 rules judged"),
        ({"judged": ALLOWED.judged[:1]}, "ALLOWED: 1 rule judged"),
        ({"judged": ()}, "ALLOWED: 0 rules judged"),
        ({"warnings": WARNED.warnings[:1]}, "ALLOWED: 1 warning, 3 rules judged"),
        (
            {"outcome": Outcome.DENIED, "reasons": DENIED.reasons, "warnings": WARNED.warnings},
            "DENIED: 2 reasons, 2 warnings, 3 rules judged",
        ),
        ({"outcome": Outcome.INCOMPLETE, "problem": "a\nb"}, "INCOMPLETE: a\\nb"),
    ],
)
def test_the_last_line_sums_up(changes: dict[str, object], last: str) -> None:
    assert summary(replace(ALLOWED, **changes)) == last  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdicts", "last"),
    [
        ((ALLOWED, ALLOWED), "2 images: 2 allowed"),
        ((DENIED, UNCOLLECTED), "2 images: 1 denied, 1 incomplete"),
        (SEVERAL, "4 images: 2 allowed, 1 denied, 1 incomplete"),
    ],
)
def test_several_images_are_counted_by_outcome(verdicts: tuple[Verdict, ...], last: str) -> None:
    assert report(*verdicts).splitlines()[-1] == last


def test_one_image_has_no_line_of_totals() -> None:
    assert "1 image" not in report(ALLOWED)
