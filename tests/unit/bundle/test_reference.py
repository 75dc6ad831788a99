"""The reference of the library: current, whole, and safe to show."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from policyengine.bundle import open_library
from policyengine.bundle.reference import (
    Paragraph,
    Table,
    blocks,
    html,
    markdown,
    read_examples,
    read_frameworks,
)
from policyengine.cli.docs import command
from policyengine.errors import BundleFormatError, UsageError
from policyengine.resources import POLICIES

LIBRARY = open_library()
FRAMEWORKS = read_frameworks(POLICIES)
EXAMPLES = read_examples(POLICIES, LIBRARY.rules)


def written(*arguments: str) -> str:
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_page_in_docs_is_what_the_command_writes(project_root: Path) -> None:
    assert (project_root / "docs" / "policies.md").read_text() == written()


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_rules_parameters_and_controls_are_all_told(form: str) -> None:
    text = written("-f", form)
    for rule in LIBRARY.rules:
        assert rule.id in text
    for name in LIBRARY.parameters:
        assert name in text
    for framework in FRAMEWORKS:
        for control in framework.controls:
            assert control.id in text


def test_a_collection_has_its_rules_only() -> None:
    text = written("--collection", "admission")
    assert "### `image.root_user`" in text
    assert "### `scan.fixable`" not in text
    with pytest.raises(UsageError, match="did you mean admission"):
        written("--collection", "admision")


def test_examples_are_what_the_tests_show() -> None:
    assert "a root user is denied" in EXAMPLES["image/root_user.rego"]


def test_text_of_a_rule_cannot_become_part_of_the_page() -> None:
    hostile = '<script>alert("x")</script> | `a` *b*'
    rules = tuple(replace(rule, title=hostile) for rule in LIBRARY.rules[:1])
    parts = blocks(replace(LIBRARY, rules=rules), FRAMEWORKS, {})
    page = html(parts)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<code>a</code> <em>b</em>" in page
    row = next(line for line in markdown(parts).splitlines() if line.startswith("| `base"))
    assert "</script> \\| `a`" in row


def test_the_page_is_closed_and_loads_nothing() -> None:
    open_tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert not {name for name, _ in attrs} & {"src", "href", "onload"}
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Tags().feed(written("-f", "html"))
    assert open_tags == []


def test_a_backquote_without_its_other_is_text() -> None:
    assert "<p>a`b</p>" in html([Paragraph(text="a`b")])
    assert "<td>a\\b</td>" in html([Table(head=("x",), rows=(("a\\b",),))])


@pytest.mark.parametrize("text", ["[]", "{}", '{"control_frameworks": [1]}', "{"])
def test_a_list_of_controls_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "controls.json").write_text(text)
    with pytest.raises(BundleFormatError, match=r"controls\.json"):
        read_frameworks(tmp_path)


def test_a_library_without_controls_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundleFormatError, match="cannot be read"):
        read_frameworks(tmp_path)
