"""``eval`` prints what ``opa eval`` printed when it was recorded: results, tables and traces."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from policyengine.cli import cli
from tests.unit.cli.record_opa import opa_eval
from tests.unit.cli.recorded_evals import (
    EVALS,
    FORMS,
    TRACES,
    Eval,
    Traced,
    event_lines,
    json_events,
    read,
    write_files,
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["eval", *arguments], standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def _name(case: Any) -> str:
    return str(
        " ".join(case["arguments"] if "arguments" in case else [case["query"], case["explain"]])
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", read(EVALS)["cases"], ids=_name)
def test_eval_prints_what_opa_printed(case: Eval, form: str, folder: Path) -> None:
    write_files(read(EVALS), folder)
    code, printed = case["forms"][form]
    result = run("-f", form, *case["arguments"])
    # Errors have codes of exit of their own here, and for people a text of their own.
    if code == 2:
        assert result.return_value in {3, 4}
        if form in {"json", "discard"} and printed:
            found, expected = _errors(result.stdout), _errors(printed)
            # OPA also names variables of its own that are unsafe for the same reason.
            assert found
            assert found <= expected
            assert {code for code, _ in found} == {code for code, _ in expected}
        return
    assert result.return_value == code
    assert result.stdout == printed


def _errors(printed: str) -> set[tuple[str, int]]:
    return {
        (error["code"], error.get("location", {}).get("row", 0))
        for error in json.loads(printed)["errors"]
    }


@pytest.mark.parametrize("case", read(TRACES)["cases"], ids=_name)
def test_a_trace_has_the_events_of_opa(case: Traced, folder: Path) -> None:
    recorded = read(TRACES)
    write_files(recorded, folder)
    loaded = [part for file in recorded["files"] if file != "i.json" for part in ("-d", file)]
    result = run(
        "-f", "pretty", "--explain", case["explain"], *loaded, "-i", "i.json", case["query"]
    )
    assert event_lines(result.stdout) == case["lines"]


@pytest.mark.parametrize(
    "case", [case for case in read(TRACES)["cases"] if "events" in case], ids=_name
)
def test_a_trace_in_json_has_the_places_and_queries_of_opa(case: Traced, folder: Path) -> None:
    recorded = read(TRACES)
    write_files(recorded, folder)
    loaded = [part for file in recorded["files"] if file != "i.json" for part in ("-d", file)]
    result = run("--explain", "full", *loaded, "-i", "i.json", case["query"])
    assert json_events(result.stdout) == case["events"]


def test_what_was_recorded_is_what_opa_prints(folder: Path) -> None:
    tools = Path.home() / ".cache" / "policyengine-tools" / "bin"
    opa = shutil.which("opa", path=str(tools)) or shutil.which("opa")
    if opa is None:
        pytest.skip("opa is not installed")
    evals = read(EVALS)
    write_files(evals, folder)
    for case in evals["cases"][::9]:
        for form in FORMS:
            code, printed = opa_eval(opa, folder, ["-f", form, *case["arguments"]])
            expected_code, expected = case["forms"][form]
            assert code == expected_code
            # OPA does not always give several errors in one order.
            assert sorted(printed.splitlines()) == sorted(expected.splitlines())


def test_a_trace_shows_no_control_characters_of_a_note(folder: Path) -> None:
    result = run("-f", "pretty", "--explain", "notes", 'trace("a\\u001b[31m\\tb")')
    assert r'Note "a\x1b[31m\tb"' in result.stdout


def test_what_failed_in_every_is_told_with_the_way_to_it(folder: Path) -> None:
    result = run("-f", "pretty", "--explain", "fails", "every x in [1] { x > 1 }")
    assert result.stdout.splitlines() == [
        "query:1     Enter __local0__ = [1]; every x in __local0__ { gt(x, 1) }",
        "query:1     | Enter every x in __local0__ { gt(x, 1) }",
        "query:1     | | Enter gt(x, 1)",
        "query:1     | | | Fail gt(x, 1)",
        "query:1     | | Fail every x in __local0__ { gt(x, 1) }",
        "query:1     | Fail every x in __local0__ { gt(x, 1) }",
        "undefined",
    ]


def test_a_trace_is_events_in_json(folder: Path) -> None:
    events = json.loads(run("--explain", "full", "1 == 1").stdout)["explanation"]
    assert [event["Op"] for event in events] == ["Enter", "Eval", "Exit", "Redo", "Redo"]
    assert events[1] == {
        "Op": "Eval",
        "Text": "equal(1, 1, _)",
        "Location": {"file": "", "row": 1, "col": 1},
        "QueryID": 0,
        "ParentID": 0,
        "Message": "",
    }


def test_a_trace_leads_to_the_error_that_ended_it(folder: Path) -> None:
    result = run("-f", "pretty", "--strict-builtin-errors", "--explain", "full", "x := 0; 1 / x")
    assert result.return_value == 3
    assert "| Eval div(1, x, _)" in result.stdout
    assert "divide by zero" in result.stderr


def test_coverage_and_trace_are_told_together(folder: Path) -> None:
    (folder / "a.rego").write_text("package a\n\np if input.x\n\nq if not p\n")
    shown = json.loads(run("-d", "a.rego", "--coverage", "--explain", "fails", "data.a.q").stdout)
    assert shown["result"][0]["expressions"][0]["value"] is True
    assert shown["coverage"]["files"]["a.rego"]["covered_lines"] == 2
    assert {event["Op"] for event in shown["explanation"]} == {"Enter", "Fail"}


def test_metrics_have_the_timers_of_opa(folder: Path) -> None:
    (folder / "a.rego").write_text("package a\n\np if input.x\n")
    (folder / "i.json").write_text("{}")
    shown = json.loads(run("-d", "a.rego", "-i", "i.json", "--metrics", "data.a.p").stdout)
    assert [*shown["metrics"]] == [
        "timer_rego_input_parse_ns",
        "timer_rego_load_files_ns",
        "timer_rego_module_compile_ns",
        "timer_rego_module_parse_ns",
        "timer_rego_query_compile_ns",
        "timer_rego_query_eval_ns",
        "timer_rego_query_parse_ns",
    ]
    assert all(type(value) is int and value > 0 for value in shown["metrics"].values())
    table = run("-f", "pretty", "--metrics", "--coverage", "-d", "a.rego", "data.a").stdout
    assert "│ timer_rego_query_eval_ns " in table
    assert "│ Overall Coverage │ 100.00 │" in table
