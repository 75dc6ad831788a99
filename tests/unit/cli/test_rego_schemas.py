"""``--schema`` holds Rego to JSON Schemas, as ``opa check`` and ``opa eval`` do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from policyengine.cli import cli


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, standalone_mode=False)


@pytest.fixture
def rego(tmp_path: Path) -> str:
    path = tmp_path / "a.rego"
    path.write_text("package a\n\np if input.name == 1\n\nq if input.nme\n")
    return str(path)


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "input.json"
    path.write_text('{"type": "object", "properties": {"name": {"type": "string"}}}')
    return str(path)


def test_check_rego_takes_the_schema_of_the_input(rego: str, schema: str) -> None:
    result = run("check-rego", "-f", "json", "--schema", schema, rego)
    assert result.return_value == 4
    assert [
        (error["location"]["row"], error["message"])
        for error in json.loads(result.stderr)["errors"]
    ] == [(3, "match error"), (5, "undefined ref: input.nme")]


def test_check_rego_shows_what_was_found_and_expected(rego: str, schema: str) -> None:
    shown = run("check-rego", "-s", schema, rego).stderr
    assert "string is never equal to number" in shown
    assert "expected one of name" in shown


def test_a_directory_of_schemas_is_there_for_metadata(tmp_path: Path) -> None:
    schemas = tmp_path / "schemas"
    (schemas / "deep").mkdir(parents=True)
    (schemas / "deep" / "n.json").write_text('{"type": "number"}')
    (schemas / "a-b.json").write_text('{"type": "boolean"}')
    path = tmp_path / "a.rego"
    path.write_text(
        "package a\n\n# METADATA\n# schemas:\n#   - input.x: schema.deep.n\n"
        '#   - input.y: schema["a-b"]\np if {\n\tinput.x == "a"\n\tinput.y == 1\n\tinput.z\n}\n'
    )
    result = run("check-rego", "-f", "json", "--schema", str(schemas), str(path))
    rows = [error["location"]["row"] for error in json.loads(result.stderr)["errors"]]
    assert rows == [8, 9]


def test_eval_holds_the_query_to_the_schema(schema: str) -> None:
    result = run("eval", "--schema", schema, "input.nme")
    assert json.loads(result.stdout)["errors"][0]["message"] == "undefined ref: input.nme"
    assert run("eval", "--schema", schema, "input.name").return_value == 0


def test_a_schema_that_does_not_read_is_refused(tmp_path: Path, rego: str) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    result = run("check-rego", "--schema", str(broken), rego)
    assert result.exception is not None
    assert "is not JSON" in str(result.exception)
