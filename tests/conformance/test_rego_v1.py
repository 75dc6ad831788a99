"""The published conformance cases of Rego, by the compiled engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from policyengine.errors import RegoCompileError, RegoEvaluationError
from policyengine.rego import UNDEFINED, Policy
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import Value, equal, sort_values
from policyengine.rego.syntax.ast import RegoVersion

# The note of each case that is not run, and why.
NEEDS_A_NETWORK: dict[str, str] = {}


def cases(shared_dir: Path) -> list[dict[str, Any]]:
    path = shared_dir / "conformance" / "rego-v1-cases.jsonl"
    return [from_json(line) for line in path.read_text().splitlines()]


def _plain(value: Value) -> Value:
    """The value as JSON: sets are arrays, and keys are strings."""
    return from_json(marshal(value))


def _sorted(value: Value) -> Value:
    if isinstance(value, list):
        return sort_values([_sorted(item) for item in value])
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    return value


def problem(case: dict[str, Any], rego_version: RegoVersion = "v1") -> str | None:
    """What is wrong with the engine's answer to a case; None where it is the wanted one."""
    document = case.get("input", UNDEFINED)
    if "input_term" in case:
        document = Policy.compile({}).solutions(f"x = {case['input_term']}")[0]["x"]
    modules = {f"{i}.rego": source for i, source in enumerate(case.get("modules") or [])}
    wanted_code = case.get("want_error_code")
    try:
        policy = Policy.compile(modules, data=case.get("data"), rego_version=rego_version)
        found = policy.solutions(
            case["query"], input=document, strict_builtin_errors=case.get("strict_error", False)
        )
    except RegoEvaluationError as error:
        return None if error.code == wanted_code else f"error {error}"
    except RegoCompileError as error:
        return None if error.errors[0].code == wanted_code else f"error {error}"
    if "want_result" not in case:
        return f"no error, but {found!r}; wanted {wanted_code}"
    if case.get("ignore_generated_vars"):
        found = [{k: v for k, v in row.items() if not k.startswith("__")} for row in found]
    got, wanted = _plain(found), _plain(case["want_result"])
    if case.get("sort_bindings"):
        got, wanted = _sorted(got), _sorted(wanted)
    if equal(sort_values(got), sort_values(wanted)):
        return None
    return f"found {marshal(got)}; wanted {marshal(wanted)}"


def test_every_case_has_the_wanted_answer(shared_dir: Path) -> None:
    found = cases(shared_dir)
    assert len(found) == 2067
    problems = [
        f"{case['file']}: {case['note']}: {what}"
        for case in found
        if case["note"] not in NEEDS_A_NETWORK and (what := problem(case)) is not None
    ]
    assert not problems, f"{len(problems)} cases:\n" + "\n".join(problems[:50])


def test_few_cases_are_left_out_and_each_is_there(shared_dir: Path) -> None:
    notes = {case["note"] for case in cases(shared_dir)}
    assert len(NEEDS_A_NETWORK) <= 7
    assert NEEDS_A_NETWORK.keys() <= notes
