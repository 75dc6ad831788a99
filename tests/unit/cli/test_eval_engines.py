"""``eval`` with other engines, its limits by the settings, and its use of the cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from policyengine.cli import cli, main
from policyengine.errors import EnginesDisagree, UsageError
from policyengine.rego import compilation

POLICY = """package a

names contains v.name if some v in input.items

big if count(names) > 1

deny contains msg if {
	some v in input.items
	v.size > data.limit
	msg := sprintf("%s is large", [v.name])
}
"""
INPUT = {"items": [{"name": "x", "size": 1}, {"name": "y", "size": 9}]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "a.rego").write_text(POLICY)
    (tmp_path / "data.json").write_text('{"limit": 5}')
    (tmp_path / "i.json").write_text(json.dumps(INPUT))
    return tmp_path


def run(*arguments: str) -> Result:
    loaded = ["-d", "a.rego", "-d", "data.json", "-i", "i.json"]
    return CliRunner().invoke(cli, ["eval", *loaded, *arguments], standalone_mode=False)


@pytest.mark.parametrize("options", [("--engine", "regopy"), ("--cross-check",)])
@pytest.mark.parametrize(
    "query",
    [
        pytest.param("data.a.deny", id="a set"),
        pytest.param('data.a.names[x]; x != "x"', id="a variable"),
        pytest.param("x := data.a.big; y := [x, data.limit]", id="values"),
        pytest.param("data.limit > 7", id="false alone is a result"),
        pytest.param("data.limit > 7; true", id="false among others is none"),
        pytest.param("data.a.nothing", id="undefined"),
        pytest.param("not data.a.nothing", id="a negation"),
        pytest.param("some v in input.items\nv.size > 5\nv.name", id="several rows"),
    ],
)
def test_another_engine_gives_the_same_result(
    options: tuple[str, ...], query: str, folder: Path
) -> None:
    expected = run(query)
    result = run(*options, query)
    assert result.exception is None
    assert json.loads(result.stdout) == json.loads(expected.stdout)


def test_engines_that_differ_stop_the_command_with_both_results(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # rego-cpp orders null behind numbers, and modules alone do not show it.
    monkeypatch.setattr("sys.argv", ["policyengine", "eval", "--cross-check", "x := null < 5"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 70
    assert told.out == ""
    assert "the engines give different answers" in told.err
    assert '"x": true' in told.err
    assert '"x": false' in told.err


def test_what_another_engine_is_known_to_get_wrong_is_refused(folder: Path) -> None:
    result = run("--engine", "regopy", "data.a.deny with input as {}")
    assert result.return_value == 4
    assert json.loads(result.stdout)["errors"][0]["code"] == "engine_refuses"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--engine", "regopy", "--coverage", "true"), id="coverage"),
        pytest.param(("--engine", "regopy", "--explain", "full", "true"), id="explain"),
        pytest.param(("--engine", "regopy", "--cross-check", "true"), id="two engines"),
    ],
)
def test_what_another_engine_cannot_do_is_refused(arguments: tuple[str, ...], folder: Path) -> None:
    assert isinstance(run(*arguments).exception, UsageError)


def test_another_engine_is_not_asked_of_an_input_that_is_not_there(folder: Path) -> None:
    arguments = ["eval", "--engine", "regopy", "input.x"]
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert isinstance(result.exception, UsageError)
    assert "--input" in str(result.exception)


def test_cross_check_still_prints_coverage(folder: Path) -> None:
    shown = json.loads(run("--cross-check", "--coverage", "data.a.big").stdout)
    assert shown["coverage"]["files"]["a.rego"]["covered_lines"] > 0


def test_the_limits_of_the_settings_hold_for_eval(folder: Path) -> None:
    (folder / "policyengine.toml").write_text("[evaluation]\nsteps = 20000\n")
    result = run("x := count(numbers.range(1, 1000000))")
    assert "limit of steps" in str(result.exception)


def test_a_document_is_evaluated_by_a_policy_from_the_cache(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("data.a.deny")

    def fail(*_: Any) -> Any:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compilation, "linked_program", fail)
    assert run("data.a.deny").stdout == first.stdout
    assert json.loads(first.stdout)["result"][0]["expressions"][0]["value"] == ["y is large"]
    assert json.loads(run("data.a").stdout)["result"][0]["expressions"][0]["value"]["big"] is True


def test_the_cache_can_be_turned_off_for_eval(folder: Path) -> None:
    (folder / "policyengine.toml").write_text("[evaluation]\ncache = false\n")
    run("data.a.deny")
    assert not (folder / "cache" / "policyengine" / "compiled").exists()


@pytest.mark.parametrize(
    "query",
    ["data.a.deny", "data.a", "data", "data.a.nothing", "data.nothing", "data.limit", "data.a.big"],
)
def test_a_lone_document_is_what_it_is_in_any_query(query: str, folder: Path) -> None:
    """Such a query takes a shorter way than others."""
    alone = json.loads(run("-f", "json", query).stdout)
    bound = json.loads(run("-f", "json", f"x := {query}").stdout)
    values = [row["expressions"][0]["value"] for row in alone.get("result", [])]
    assert values == [row["bindings"]["x"] for row in bound.get("result", [])]


def test_disagreement_is_an_error_of_its_own_code() -> None:
    assert int(EnginesDisagree("x").exit_code) == 70
