"""The reference of the library: current, whole, and safe to show."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from policyengine.bundle import open_library
from policyengine.bundle.documented import library_subject
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
from policyengine.errors import BundleError, BundleFormatError, UsageError
from policyengine.resources import POLICIES
from tests.bundle_files import parameter, write_bundle

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
    parts = blocks(replace(library_subject(POLICIES), rules=rules))
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


OWN = """package acme.user

import data.policyengine.lib.references

# METADATA
# title: No root
# custom:
#   id: acme.user
#   severity: high
#   remediation: Name a user.
#   controls: [CIS-Docker-4.1, ACME-7, ACME-8]
#   parameters: [most]
deny contains "root" if {
	input.image.user.is_root
	data.parameters.most > 1
	references.dockerfile_alone
}
"""
OWN_TEST = "package acme.user_test\n\ntest_a_root_user_is_told if true\n"
OWN_CONTROLS = (
    '{"control_frameworks": [{"id": "ACME", "title": "Our rules", "version": "3", "controls": '
    '[{"id": "7", "title": "No root"}, {"id": "9", "title": "Doors", "reason": "no image"}]}]}'
)
OWN_PARAMETERS = '{"parameter_schemas": {"most": {"description": "How many.", "default": 3}}}'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "acme").mkdir(parents=True)
    (folder / "acme" / "user.rego").write_text(OWN)
    (folder / "acme" / "user_test.rego").write_text(OWN_TEST)
    return folder


def test_own_policies_are_documented_with_their_controls(own: Path) -> None:
    text = written(str(own))
    assert text.startswith("# The policies in rules\n")
    assert "| `acme.user` | deny | high | No root |" in text
    assert "Examples, each a test: a root user is told" in text
    assert "| CIS-Docker-4.1 | " in text
    assert "NIST" not in text
    assert "| ACME-7 | `acme.user` |" in text
    assert "image.root_user" not in text
    # What it calls of the library reads the Dockerfile and the image.
    assert "image" in text.partition("| No root | ")[2].partition(" |")[0]


def test_own_frameworks_and_parameters_lie_beside_the_policies(own: Path) -> None:
    (own / "controls.json").write_text(OWN_CONTROLS)
    (own / "parameters.json").write_text(OWN_PARAMETERS)
    text = written(str(own))
    assert "### Our rules (3)" in text
    assert "| ACME-7 | No root | `acme.user` |" in text
    assert "| ACME-9 | Doors | not decidable: no image |" in text
    assert "| ACME-8 | `acme.user` |" in text
    assert "| `most` | How many. | `3` | `acme.user` |" in text
    assert "<h3>Our rules (3)</h3>" in written(str(own), "-f", "html")


def test_a_bundle_is_documented_by_name_and_by_folder(tmp_path: Path) -> None:
    named = written("--bundle", "baseline")
    assert named.startswith("# The bundle baseline ")
    assert "Examples, each a test: a root user is denied" in named
    assert "scan.epss" not in named
    files = {"CHANGELOG.md": b"## 1.2.3\n\n- x\n", "user_test.rego": OWN_TEST.encode()}
    folder = write_bundle(
        tmp_path / "acme",
        {
            "user.rego": OWN.replace("import data.policyengine.lib.references\n\n", "").replace(
                "\treferences.dockerfile_alone\n", ""
            )
        },
        parameters={"most": parameter(3, "integer")},
        files=files,
    )
    for arguments in ((str(folder),), ("-b", str(folder))):
        text = written(*arguments)
        assert text.startswith("# The bundle acme 1.2.3\n")
        assert "| `most` | a parameter, by default 3 | `3` | `acme.user` |" in text
        assert "Examples, each a test: a root user is told" in text


def test_several_are_in_one_page_and_a_file_is_written(own: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert written(str(own), "-b", "baseline", "-o", str(page)) == ""
    heads = [line for line in page.read_text().splitlines() if line.startswith("# ")]
    assert [head.rpartition(" ")[0] for head in heads] == [
        "# The policies in",
        "# The bundle baseline",
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        pytest.param(("nowhere",), UsageError, "no such file", id="no such path"),
        pytest.param(("empty",), BundleError, "^empty: .*without a rule", id="no rules"),
        pytest.param((".git",), UsageError, "no Rego to document", id="no Rego files"),
        pytest.param(("bad.rego",), BundleError, "rego_parse_error", id="what does not parse"),
        pytest.param(("-b", "basline"), BundleError, "did you mean baseline", id="no such bundle"),
    ],
)
def test_what_cannot_be_documented_is_told(
    arguments: tuple[str, ...],
    error: type[Exception],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "empty" / "a.rego").write_text("package a\n\np := 1\n")
    (tmp_path / "bad.rego").write_text("package\n")
    with pytest.raises(error, match=said):
        written(*arguments)
