"""``eval``, ``check-rego`` and ``parse`` answer scripts as OPA's commands did when recorded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from policyengine.cli import cli
from policyengine.errors import PolicyEngineError
from tests.unit.cli.record_commands import ask
from tests.unit.cli.recorded_commands import (
    FOLDER,
    NAMES,
    Invocation,
    errors_of,
    essence,
    lay_out,
    read_table,
)

CASES = read_table()["cases"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("commands")
    lay_out(read_table(), root)
    return root


@pytest.fixture(autouse=True)
def _there(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def run(case: Invocation, folder: Path) -> Result:
    command, *rest = (text.replace(FOLDER, str(folder)) for text in case["arguments"])
    arguments = [NAMES.get(command, command), *rest]
    return CliRunner().invoke(cli, arguments, input=case.get("stdin", ""), standalone_mode=False)


def code_of(result: Result) -> int:
    if isinstance(result.exception, PolicyEngineError):
        return int(result.exception.exit_code)
    # What click says of wrong options is for the program's own rim.
    return 2 if result.exception is not None else int(result.return_value)


def _name(case: Invocation) -> str:
    return f"{' '.join(case['arguments'])} {case.get('stdin', '')!r}".removesuffix(" ''")


@pytest.mark.parametrize("case", [row for row in CASES if "differs" not in row], ids=_name)
def test_a_command_answers_as_opa_did(case: Invocation, folder: Path) -> None:
    result = run(case, folder)
    printed = result.stdout.replace(str(folder), FOLDER)
    if case["code"] == 0 or (case["code"] == 1 and case["stdout"]):
        assert result.exception is None
        assert code_of(result) == case["code"]
        assert printed == case["stdout"]
        return
    assert code_of(result) in {2, 3, 4}
    is_eval = case["arguments"][0] == "eval"
    expected = errors_of(case["stdout"] if is_eval else case["stderr"])
    if expected is None:
        assert errors_of(printed) is None
        assert "result" not in printed
        return
    shown = printed if is_eval else result.stderr.replace(str(folder), FOLDER)
    found = errors_of(shown)
    assert found is not None
    assert essence(found) == essence(expected)


@pytest.mark.parametrize("case", [row for row in CASES if "differs" in row], ids=_name)
def test_a_known_difference_is_one_and_is_no_answer_by_accident(
    case: Invocation, folder: Path
) -> None:
    result = run(case, folder)
    assert code_of(result) != case["code"] or result.stdout != case["stdout"]
    if case.get("refuses"):
        assert code_of(result) in {2, 3, 4}
        assert '"result"' not in result.stdout
    else:
        assert code_of(result) == 0


def test_what_was_recorded_is_what_opa_answers(folder: Path) -> None:
    tools = Path.home() / ".cache" / "policyengine-tools" / "bin"
    opa = shutil.which("opa", path=str(tools)) or shutil.which("opa")
    if opa is None:
        pytest.skip("opa is not installed")
    for case in CASES[::17]:
        code, out, err = ask(opa, case, folder)
        assert code == case["code"]
        # OPA does not always give several errors in one order.
        for printed, recorded in ((out, case["stdout"]), (err, case["stderr"])):
            assert sorted(printed.splitlines()) == sorted(recorded.splitlines())


def test_what_cannot_be_loaded_is_told_at_once_and_alone(folder: Path) -> None:
    case: Invocation = {"arguments": ["eval", "-d", "nan.json", "-d", "missing.json", "data"]}
    result = run(case, folder)
    assert code_of(result) == 4
    messages = [error["message"] for error in json.loads(result.stdout)["errors"]]
    assert messages == [
        "nan.json: is not JSON; found NaN is not JSON",
        "missing.json: no such file or directory",
    ]
    assert result.stderr == ""


@pytest.mark.parametrize("form", ["json", "pretty", "values", "raw", "discard", "bindings"])
def test_a_deep_value_is_printed(form: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text('{"a":' * 700 + "1" + "}" * 700)
    deep = str(tmp_path / "deep.json")
    result = run({"arguments": ["eval", "-f", form, "-i", deep, "x := input"]}, folder)
    assert result.exception is None
    assert code_of(result) == 0


def test_a_value_too_deep_to_read_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 9000 + "]" * 9000)
    result = run({"arguments": ["eval", "-i", str(tmp_path / "deep.json"), "input"]}, folder)
    assert code_of(result) == 4
    assert result.stdout == ""


def test_data_that_a_bundle_displaces_is_told(folder: Path) -> None:
    result = run({"arguments": ["eval", "-d", "app:d.json", "-b", "bun", "data.app"]}, folder)
    assert "data.app is of the bundle bun alone" in result.stderr
