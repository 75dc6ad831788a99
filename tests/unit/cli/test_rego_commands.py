"""``eval``, ``check-rego`` and ``parse`` answer as OPA's commands do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from policyengine.cli import cli

QUERY = 'x := [1,{"a":"b"}][i]; y := "q"; x'

# What OPA 1.22.2 prints for the query, in each form.
PRETTY = """\
┌───────────┬───┬───────────┬─────┐
│     x     │ i │     x     │  y  │
├───────────┼───┼───────────┼─────┤
│ 1         │ 0 │ 1         │ "q" │
│ {"a":"b"} │ 1 │ {"a":"b"} │ "q" │
└───────────┴───┴───────────┴─────┘
"""
RAW = 'true true 1\ntrue true {"a":"b"}\n'


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=text, standalone_mode=False)


@pytest.mark.parametrize(
    ("query", "form", "expected"),
    [
        (QUERY, "pretty", PRETTY),
        (QUERY, "raw", RAW),
        (QUERY, "discard", '{\n  "result": "discarded"\n}\n'),
        ("input.x", "json", "{}\n"),
        ("input.x", "pretty", "undefined\n"),
        ("input.x", "raw", ""),
        ("input.x", "values", ""),
        ('"text"', "raw", "text\n"),
        ('"text"', "pretty", '"text"\n'),
        ('1+1; "b"', "raw", "2 b\n"),
        ('1+1; "b"', "values", '[\n  2,\n  "b"\n]\n'),
        ("x := 1.50", "bindings", '{\n  "x": 1.50\n}\n'),
    ],
)
def test_eval_prints_what_opa_prints(query: str, form: str, expected: str) -> None:
    result = run("eval", "-f", form, query)
    assert result.stdout == expected
    assert result.return_value == 0


def test_eval_says_where_each_expression_stands() -> None:
    result = json.loads(run("eval", "x := 2; x > 1").stdout)
    assert result == {
        "result": [
            {
                "expressions": [
                    {"value": True, "text": "x := 2", "location": {"row": 1, "col": 1}},
                    {"value": True, "text": "x > 1", "location": {"row": 1, "col": 9}},
                ],
                "bindings": {"x": 2},
            }
        ]
    }


def test_eval_loads_modules_and_data_where_opa_puts_them(tmp_path: Path) -> None:
    (tmp_path / "policies" / "deep").mkdir(parents=True)
    (tmp_path / "policies" / "a.rego").write_text("package a\n\np := data.deep.k + input.n\n")
    (tmp_path / "policies" / "deep" / "any.json").write_text('{"k": 40}')
    (tmp_path / "root.json").write_text('{"r": 1}')
    (tmp_path / "input.json").write_text('{"n": 2}')
    loaded = ["-d", str(tmp_path / "policies"), "-d", str(tmp_path / "root.json")]
    named = [*loaded, "-d", f"x.y:{tmp_path / 'root.json'}", "-i", str(tmp_path / "input.json")]
    assert run("eval", "-f", "raw", *named, "data.a.p; data.r; data.x.y.r").stdout == "42 1 1\n"


def test_eval_reads_its_input_or_its_query_from_standard_input() -> None:
    assert run("eval", "-f", "raw", "--stdin-input", "input.n", text='{"n": 2}').stdout == "2\n"
    assert run("eval", "-f", "raw", "--stdin", text="1 + 1").stdout == "2\n"


def test_what_print_writes_goes_to_standard_error() -> None:
    result = run("eval", "-f", "raw", 'print("seen"); true')
    assert (result.stdout, result.stderr) == ("true true\n", "seen\n")


@pytest.mark.parametrize(
    ("options", "query", "code"),
    [
        (("--fail",), "input.x", 1),
        (("--fail",), "true", 0),
        (("--fail-defined",), "true", 1),
        (("--fail-defined",), "input.x", 0),
        (("--fail",), "false", 0),
    ],
)
def test_eval_tells_scripts_whether_there_is_a_result(
    options: tuple[str, ...], query: str, code: int
) -> None:
    assert run("eval", *options, query).return_value == code


@pytest.mark.parametrize(
    ("arguments", "code", "key"),
    [
        (("x > 1",), 4, "rego_unsafe_var_error"),
        (("data.x = {",), 4, "rego_parse_error"),
        (("--strict-builtin-errors", "1 / 0"), 3, "eval_builtin_error"),
    ],
)
def test_eval_gives_errors_as_opa_does(arguments: tuple[str, ...], code: int, key: str) -> None:
    result = run("eval", *arguments)
    assert result.return_value == code
    assert key in {error["code"] for error in json.loads(result.stdout)["errors"]}


def test_a_failing_builtin_is_undefined_unless_errors_are_strict() -> None:
    assert run("eval", "1 / 0").stdout == "{}\n"


def test_check_rego_shows_every_error_with_its_line_and_a_caret(tmp_path: Path) -> None:
    path = tmp_path / "a.rego"
    path.write_text("package a\n\n\tq := f(1)\n")
    result = run("check-rego", str(tmp_path))
    assert result.return_value == 4
    assert result.stderr == (
        f"{path}:3:7: rego_type_error: undefined function f\n"
        "    \tq := f(1)\n    \t     ^\n1 error\n"
    )


def test_check_rego_gives_errors_as_opa_check_does(tmp_path: Path) -> None:
    path = tmp_path / "a.rego"
    path.write_text("package a\n\nq := f(1)\n")
    result = run("check-rego", "-f", "json", str(path))
    assert json.loads(result.stderr) == {
        "errors": [
            {
                "message": "undefined function f",
                "code": "rego_type_error",
                "location": {"file": str(path), "row": 3, "col": 6},
            }
        ]
    }


def test_check_rego_is_silent_about_what_is_right(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_text("package a\n\np := 1\n")
    result = run("check-rego", str(tmp_path))
    assert (result.output, result.return_value) == ("", 0)


def test_check_rego_strict_refuses_what_is_never_used(tmp_path: Path) -> None:
    path = tmp_path / "a.rego"
    path.write_text("package a\n\nimport data.x\n\nf(y) := 1\n")
    assert run("check-rego", str(path)).return_value == 0
    result = run("check-rego", "--strict", "-f", "json", str(path))
    assert [error["message"] for error in json.loads(result.stderr)["errors"]] == [
        "import data.x unused",
        "unused argument y. (hint: use _ (wildcard variable) instead)",
    ]


def test_eval_refuses_data_where_a_rule_is(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_text("package a\n\np := 1\n")
    (tmp_path / "a.json").write_text('{"a": {"p": 2}}')
    result = run("eval", "-d", str(tmp_path), "data.a.p")
    assert result.return_value == 4
    assert "conflicting rule for data path a/p found" in result.stdout


def test_parse_gives_the_tree_of_a_module(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_text(
        "# METADATA\n# title: T\npackage a\n\nimport data.b\n\np := 1\n"
    )
    tree = json.loads(run("parse", str(tmp_path / "a.rego")).stdout)
    assert [step["value"] for step in tree["package"]["path"]] == ["data", "a"]
    assert [rule["head"]["name"] for rule in tree["rules"]] == ["p"]
    assert tree["annotations"][0]["title"] == "T"
