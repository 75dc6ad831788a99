"""Waiver files changed as text: what people wrote stays."""

from __future__ import annotations

import pytest

from policyengine.errors import WaiverError
from policyengine.waivers import read_waivers
from policyengine.waivers.writing import NewWaiver, appended, without

NEW = NewWaiver(
    rule="scan.fixable",
    reason="no: 'code' path # leads there",
    owner="yes",
    approver="security team",
    created="2026-01-10",
    expires="2026-06-30",
    repository="registry.example/**",
    vulnerability="CVE-2026-1",
    package="1.0",
)
FILE = """\
# Ours.
version: 1
waivers:
  # The first.
  - rule: a.one
    reason: r
    owner: o
    approver: p
    created: 2026-01-01
    expires: 2026-02-01
  # The second,
  # of two lines.
  - rule: a.two
    reason: r
    owner: o
    approver: p
    created: 2026-01-01
    expires: 2026-02-01
"""
ROWS = (5, 13)


@pytest.mark.parametrize("begun", ["", "version: 1\nwaivers: []\n", FILE, FILE.rstrip("\n")])
def test_a_waiver_that_is_added_is_read_as_it_was_given(begun: str) -> None:
    text = appended(begun.encode(), [NEW])
    assert text.startswith(begun.replace(" []", ""))
    waiver = read_waivers(text.encode(), where="w")[-1]
    for name in ("rule", "reason", "owner", "approver", "repository", "vulnerability", "package"):
        assert getattr(waiver, name) == getattr(NEW, name)


@pytest.mark.parametrize(
    "begun", ['{"version": 1, "waivers": []}', "version: 1\nwaivers: [{}]\n", "- a\n"]
)
def test_a_file_of_another_form_is_not_added_to(begun: str) -> None:
    with pytest.raises(WaiverError):
        appended(begun.encode(), [NEW])


@pytest.mark.parametrize("text", ["a\nb", '"', "\\", "'", "- x", "{a}", "é\u2028", "~", "0x1", "#"])
def test_any_text_is_written_so_that_it_is_read_the_same(text: str) -> None:
    entry = NewWaiver(
        rule=text,
        reason=text,
        owner=text,
        approver=text,
        created="2026-01-10",
        expires="2026-06-30",
        ticket=text,
    )
    (waiver,) = read_waivers(appended(b"", [entry]).encode(), where="w")
    assert {waiver.rule, waiver.reason, waiver.owner, waiver.ticket} == {text}


def test_a_waiver_goes_with_the_comment_above_it_and_nothing_else() -> None:
    text = without(FILE.encode(), ROWS, {5})
    assert text == FILE[: FILE.index("  # The first.")] + FILE[FILE.index("  # The second,") :]
    assert [waiver.rule for waiver in read_waivers(text.encode(), where="w")] == ["a.two"]
    assert without(FILE.encode(), ROWS, {13}) == FILE[: FILE.index("  # The second,")]


def test_a_file_without_any_left_can_be_read() -> None:
    text = without(FILE.encode(), ROWS, set(ROWS))
    assert read_waivers(text.encode(), where="w") == ()
    assert text.startswith("# Ours.\n")
    assert len(read_waivers(appended(text.encode(), [NEW]).encode(), where="w")) == 1


def test_entries_that_stand_in_one_line_are_not_pruned() -> None:
    with pytest.raises(WaiverError):
        without(b"version: 1\nwaivers: [{rule: a}]\n", [2], {2})
