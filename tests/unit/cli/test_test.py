"""``policyengine test``: what it prints, writes and exits with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from policyengine.cli import cli

RULES = """package a

deny contains "root" if input.user == "root"

never if {
	input.never
	input.ever
}
"""
TESTS = """package a_test

import data.a

test_denied if count(a.deny) == 1 with input as {"user": "root"}

test_table[note] if {
	some note, case in {"root": {"user": "root"}, "other": {"user": "app"}}
	count(a.deny) == 1 with input as case
}

todo_test_later if false

test_wrong if {
	print("<shown>")
	a.f(1)
}
"""
BROKEN = "a.f(1)"


def suite(folder: Path, *, whole: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "a.rego").write_text(RULES + "\nf(x) if x == 2\n")
    tests = TESTS if not whole else TESTS[: TESTS.index("test_table")]
    (folder / "a_test.rego").write_text(tests)
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["test", *arguments], standalone_mode=False)


def test_what_does_not_pass_is_told_with_its_place(tmp_path: Path) -> None:
    folder = suite(tmp_path / "s")
    result = run(str(folder))
    assert result.return_value == 1
    file = folder / "a_test.rego"
    lines = [line.partition(" (")[0] for line in result.stdout.splitlines()]
    assert f"{file}:7: data.a_test.test_table: FAIL" in lines
    assert "  other: FAIL" in lines
    assert "  root: PASS" not in lines
    assert f"{file}:12: data.a_test.todo_test_later: SKIPPED" in lines
    assert "  | <shown>" in lines
    assert lines[-3:] == ["PASS: 2/5", "FAIL: 2/5", "SKIPPED: 1/5"]
    verbose = run("-v", str(folder)).stdout
    assert "data.a_test.test_denied: PASS" in verbose
    assert "  root: PASS" in verbose


@pytest.mark.parametrize(
    ("tests", "arguments", "code"),
    [
        pytest.param("test_x if true", (), 0, id="passed"),
        pytest.param("test_x if false", (), 1, id="failed"),
        pytest.param("test_x(y) if y", (), 1, id="error"),
        pytest.param("test_x if true\ntodo_test_y if true", (), 1, id="put-off"),
        pytest.param("test_x if true\ntodo_test_y if true", ("-z",), 0, id="put-off-is-allowed"),
        pytest.param(
            "test_x if true\np if input.x", ("--threshold", "50"), 0, id="enough-coverage"
        ),
        pytest.param("test_x if true\np if input.x", ("--threshold", "51"), 1, id="less-coverage"),
    ],
)
def test_the_exit_code_says_whether_all_passed(
    tests: str, arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    (tmp_path / "a_test.rego").write_text(f"package a\n{tests}\n")
    assert run(*arguments, str(tmp_path)).return_value == code


@pytest.mark.parametrize(
    ("text", "arguments", "code", "problem"),
    [
        pytest.param("package a\np := 1", (), 2, "there is no test to run", id="no-test"),
        pytest.param("package a\ntest_x if true", ("-r", "y"), 2, "no test matches", id="no-match"),
        pytest.param(
            "package a\ntest_x if true",
            ("-r", "("),
            2,
            "is no regular expression; found '(' (missing ): ()",
            id="no-pattern",
        ),
        pytest.param("package a\ntest_x if y", (), 4, "var y is unsafe", id="does-not-compile"),
        pytest.param("package a\ntest_x if true", ("--now", "x"), 2, "not a time", id="no-time"),
        pytest.param(None, (), 2, "there is no Rego to test", id="no-module"),
    ],
)
def test_what_cannot_be_run_is_an_error(
    text: str | None, arguments: tuple[str, ...], code: int, problem: str, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "a.rego").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "policyengine.cli", "test", *arguments, str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert problem in done.stderr
    # Nothing of a library that writes there by itself.
    assert done.stderr.startswith(("policyengine: ", str(tmp_path)))


def test_json_is_what_opa_writes(tmp_path: Path) -> None:
    found = json.loads(run("-f", "json", str(suite(tmp_path / "s"))).stdout)
    by_name = {item["name"]: item for item in found}
    assert by_name["test_table"]["sub_results"] == {
        "other": {"name": "other", "fail": True},
        "root": {"name": "root"},
    }
    assert by_name["todo_test_later"]["skip"] is True
    assert by_name["test_wrong"]["output"] == "PHNob3duPgo="
    assert by_name["test_denied"].keys() == {"location", "package", "name", "duration"}


def test_junit_has_a_case_for_each_case(tmp_path: Path) -> None:
    target = tmp_path / "junit.xml"
    assert run("-f", "junit", "-o", str(target), str(suite(tmp_path / "s"))).return_value == 1
    root = ET.fromstring(target.read_text())
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "2", "errors": "0", "skipped": "1",
    }  # fmt: skip
    failed = [
        case.get("name") for case in root.iter("testcase") if case.find("failure") is not None
    ]
    assert failed == ["test_table/other", "test_wrong"]
    (failure, _) = root.iter("failure")
    assert failure.get("message", "").endswith(
        "a_test.rego:9: count(a.deny) == 1 with input as case"
    )
    (output,) = root.iter("system-out")
    assert output.text == "<shown>"


def test_coverage_as_text_names_what_was_not_reached(tmp_path: Path) -> None:
    result = run("--coverage", str(suite(tmp_path / "s", whole=True)))
    assert result.return_value == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    (file,) = [row for row in rows if row and row[0].endswith("a.rego")]
    assert file[1:3] == ["1/5", "20.0"]
    assert ["not", "reached:", "7:2"] in rows


def test_coverage_as_lcov_has_a_line_for_each_row(tmp_path: Path) -> None:
    folder = suite(tmp_path / "s", whole=True)
    target = tmp_path / "lcov.info"
    arguments = ("--coverage-format", "lcov", "--coverage-output", str(target))
    assert run(*arguments, str(folder)).return_value == 0
    (record,) = [part for part in target.read_text().split("TN:\n") if "/a.rego" in part]
    assert record.splitlines()[1:] == [
        *("DA:3,1", "DA:5,0", "DA:6,0", "DA:7,0", "DA:10,0"),
        *("LF:5", "LH:1", "end_of_record"),
    ]


def test_coverage_as_html_is_one_page_that_shows_hostile_sources_as_text(tmp_path: Path) -> None:
    (tmp_path / "a_test.rego").write_text(
        'package a\n\np if "</pre><script>alert(1)</script>" == input.x\n\ntest_x if true\n'
    )
    result = run("--coverage-format", "html", str(tmp_path))
    page = result.stdout
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page
    assert "<mark>" in page
    assert "http" not in page.replace("https://", "", 0)
    assert "PASS: 1/1" in result.stderr


def test_the_coverage_in_json_is_alone_on_standard_output(tmp_path: Path) -> None:
    result = run("-c", "-f", "json", str(suite(tmp_path / "s", whole=True)))
    shown = json.loads(result.stdout)
    assert shown.keys() == {"files", "covered_lines", "not_covered_lines", "coverage"}
    assert shown["covered_lines"] == 2


def test_bundles_and_old_rego_are_read(tmp_path: Path) -> None:
    (tmp_path / ".manifest").write_text('{"rego_version": 0}')
    (tmp_path / "data.json").write_text('{"limit": 3}')
    (tmp_path / "a_test.rego").write_text("package a\n\ntest_x { data.limit == 3 }\n")
    assert run("-b", str(tmp_path)).return_value == 0
    (tmp_path / ".manifest").unlink()
    assert run("--v0-compatible", str(tmp_path)).return_value == 0
    assert run(str(tmp_path)).return_value == 4


def rewrite(file: Path, text: str) -> None:
    """As an editor does: the watch never sees half of it."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


def test_a_watch_runs_again_when_a_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "a_test.rego"
    file.write_text("package a\ntest_x if true\n")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "policyengine.cli", "test", "--watch", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.stdout.readline() == "PASS: 1/1\n"
        assert process.stderr.readline() == "waiting for a file to change\n"
        rewrite(file, "package a\ntest_x if y\n")
        assert "var y is unsafe" in process.stderr.readline()
        while process.stderr.readline() != "waiting for a file to change\n":
            time.sleep(0)
        rewrite(file, "package a\ntest_x if 1 == 2\n")
        assert "data.a.test_x: FAIL" in process.stdout.readline()
        assert process.stdout.readline().endswith("a_test.rego:2: 1 == 2\n")
        assert process.stdout.readline() == "FAIL: 1/1\n"
        assert process.stderr.readline() == "waiting for a file to change\n"
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_failure_says_which_expression_and_with_which_values(tmp_path: Path) -> None:
    folder = suite(tmp_path / "s")
    lines = run("--var-values", str(folder)).stdout.splitlines()
    at = lines.index("  other: FAIL")
    assert lines[at + 1 : at + 6] == [
        f"  {folder / 'a_test.rego'}:9: count(a.deny) == 1 with input as case",
        "      a.deny: []",
        "      count(a.deny): 0",
        '      note = "other"',
        '      case = {"user":"app"}',
    ]
    assert f"  in vain: {folder / 'a.rego'}:10: x == 2" in lines


def test_json_has_what_a_test_gave_and_where_a_rule_ended(tmp_path: Path) -> None:
    text = "package a\n\ntest_false := false\n\ntest_asks if p\n\np if input.x == {1}\n"
    (tmp_path / "a_test.rego").write_text(text)
    found = json.loads(run("--var-values", "-f", "json", str(tmp_path)).stdout)
    gave, asks = found
    assert gave["gave"] == [False]
    assert [(each["Text"], each["Undefined"], each["OfTest"]) for each in asks["trace"]] == [
        ("p", "p", True),
        ("input.x == {1}", "input.x", False),
    ]


def test_mutation_names_the_faults_that_no_test_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_text("package a\n\np if input.x > 3\n")
    (tmp_path / "a_test.rego").write_text(
        "package a_test\n\nimport data.a\n\ntest_p if a.p with input.x as 5\n\n"
        "test_no if not a.p with input.x as 3\n"
    )
    result = run("--mutate", str(tmp_path))
    assert result.return_value == 0
    assert result.stdout.splitlines() == [
        f"{tmp_path / 'a.rego'}:3:16: survived: constant changed: 3  ->  4",
        "caught: 4/5 80.0 %",
    ]
    assert run("--mutation-threshold", "80", str(tmp_path)).return_value == 0
    assert run("--mutation-threshold", "81", str(tmp_path)).return_value == 1
    shown = json.loads(run("--mutate", "-f", "json", str(tmp_path)).stdout)
    assert shown["score"] == 80
    assert [item["after"] for item in shown["not_caught"]] == ["4"]


def test_compiled_tests_are_kept_unless_the_settings_say_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = suite(tmp_path / "suite", whole=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    settings = tmp_path / "policyengine.toml"
    settings.write_text("[evaluation]\ncache = false\n")
    assert run(str(folder)).return_value == 0
    assert not (tmp_path / "cache").exists()
    settings.unlink()
    first = run("-f", "json", str(folder))
    assert len([*(tmp_path / "cache").rglob("*.suite-*")]) == 1
    again = run("-f", "json", str(folder))
    assert first.return_value == again.return_value == 0
    assert [item["name"] for item in json.loads(again.output)] == [
        item["name"] for item in json.loads(first.output)
    ]
    (folder / "a.rego").write_text(RULES.replace('"root" if', '"other" if not'))
    assert run(str(folder)).return_value == 1
