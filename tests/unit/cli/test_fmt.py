"""``fmt`` prints, lists, compares and writes what is not laid out, and refuses what it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from policyengine.cli import cli
from policyengine.errors import UsageError

_UNTIDY = "package a\n\np  :=  1\n"
_TIDY = "package a\n\np := 1\n"
_V0 = "package a\n\np[x] { x := input.a }\n"


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["fmt", *arguments], input=text, standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "untidy.rego").write_text(_UNTIDY)
    (tmp_path / "tidy.rego").write_text(_TIDY)
    (tmp_path / "other.txt").write_text("p  :=  1")
    return tmp_path


def test_a_file_is_printed(folder: Path) -> None:
    result = run(str(folder / "deep" / "untidy.rego"))
    assert (result.stdout, result.return_value) == (_TIDY, 0)
    assert (folder / "deep" / "untidy.rego").read_text() == _UNTIDY


def test_standard_input_is_read_without_a_path() -> None:
    assert run(text=_UNTIDY).stdout == _TIDY


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        pytest.param(("--list",), 0, "{untidy}\n", id="list"),
        pytest.param(("--check",), 1, "{untidy}\n", id="check"),
        pytest.param(("--fail", "-l"), 1, "{untidy}\n", id="fail"),
        pytest.param(
            ("--check", "--diff"),
            1,
            "--- {untidy}\n+++ {untidy} (formatted)\n@@ -1,3 +1,3 @@\n package a\n \n"
            "-p  :=  1\n+p := 1\n",
            id="diff",
        ),
    ],
)
def test_what_would_change_is_told(
    folder: Path, options: tuple[str, ...], code: int, expected: str
) -> None:
    result = run(*options, str(folder))
    assert result.stdout == expected.format(untidy=folder / "deep" / "untidy.rego")
    assert result.return_value == code
    assert (folder / "deep" / "untidy.rego").read_text() == _UNTIDY


def test_nothing_to_change_is_silent(folder: Path) -> None:
    result = run("--check", str(folder / "tidy.rego"))
    assert (result.stdout, result.return_value) == ("", 0)


def test_files_are_written_and_keep_their_permissions(folder: Path) -> None:
    untidy = folder / "deep" / "untidy.rego"
    untidy.chmod(0o640)
    link = folder / "link.rego"
    link.symlink_to(untidy)
    result = run("--write", str(link))
    assert (result.stdout, result.return_value) == ("", 0)
    assert untidy.read_text() == _TIDY
    assert untidy.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert [file.name for file in untidy.parent.iterdir()] == ["untidy.rego"]


def test_a_file_that_does_not_parse_is_refused_and_the_others_are_written(folder: Path) -> None:
    wrong = folder / "deep" / "a.rego"
    wrong.write_text("package a\n\np if {\n")
    result = run("--write", str(folder))
    assert result.return_value == 4
    assert f"{wrong}:4:0: rego_parse_error" in result.stderr
    assert wrong.read_text() == "package a\n\np if {\n"
    assert (folder / "deep" / "untidy.rego").read_text() == _TIDY


def test_a_file_that_would_lose_a_comment_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.rego"
    source = "package a\n\np := # c\n{1, # d\n2}\n"
    file.write_text(source)
    result = run("--write", str(file))
    assert result.return_value == 4
    assert f"{file}:3:6: format_error: cannot be laid out: this comment would" in result.stderr
    assert file.read_text() == source


def test_v0_is_upgraded_or_kept_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.rego"
    file.write_text(_V0)
    assert run("--upgrade", str(file)).stdout == (
        "package a\n\nimport rego.v1\n\np contains x if x := input.a\n"
    )
    assert run("--v0-compatible", str(file)).stdout == "package a\n\np[x] {\n\tx := input.a\n}\n"
    assert run(str(file)).return_value == 4


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.rego"
    file.write_bytes(b'package a\n\np := "\xff"\n')
    assert run(str(file)).return_value == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(("missing.rego",), "no such file", id="no file"),
        pytest.param(("other.txt",), "is no Rego", id="another kind"),
        pytest.param(("empty",), "there is no Rego to format", id="no Rego"),
        pytest.param(("--write",), "--write needs a PATH", id="writing standard input"),
        pytest.param(("--write", "--check", "."), "an option beside it", id="writing and telling"),
        pytest.param(("--upgrade", "--v0-compatible", "."), "--upgrade", id="two versions"),
    ],
)
def test_what_cannot_be_meant_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    (folder / "empty").mkdir()
    monkeypatch.chdir(folder)
    result = run(*options)
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)


def test_rego_v0_is_told_with_what_upgrades_it(tmp_path: Path) -> None:
    (tmp_path / "old.rego").write_text(_V0)
    result = run(str(tmp_path))
    assert result.return_value == 4
    assert f"{tmp_path / 'old.rego'} is Rego v0: --upgrade writes it as v1" in result.stderr
    (tmp_path / "old.rego").write_text("package a\n\np := := 1\n")
    assert "is Rego v0" not in run(str(tmp_path)).stderr


def test_an_upgrade_leaves_what_is_v1_already(tmp_path: Path) -> None:
    (tmp_path / "new.rego").write_text("package a\n\np  contains x if x := input.a\n")
    (tmp_path / "old.rego").write_text(_V0)
    assert run("--upgrade", "-w", str(tmp_path)).return_value == 0
    assert (tmp_path / "new.rego").read_text() == "package a\n\np contains x if x := input.a\n"
    upgraded = (tmp_path / "old.rego").read_text()
    assert "p contains x if" in upgraded
    assert run("--upgrade", "--check", str(tmp_path)).return_value == 0
    assert run("--check", str(tmp_path)).return_value == 0
    (tmp_path / "new.rego").write_text("package a\n\np := := 1\n")
    assert run("--upgrade", str(tmp_path)).return_value == 4
