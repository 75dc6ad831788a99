"""The published conformance cases of Rego, by the compiled engine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import RegoCompileError, RegoEvaluationError
from policyengine.rego import UNDEFINED, Policy
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.runtime.builtins.registry import builtin
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import Value, equal, sort_values
from policyengine.rego.syntax.ast import RegoVersion

# The note of each case that is not run, and why.
NEEDS_A_NETWORK = {
    "invalidkeyerror/invalid keys": "calls http.send, which is a compile error here",
    "invalidkeyerror/missing keys": "calls http.send, which is a compile error here",
    "net.lookup_ip_addr/simple ip4 returns that ip4": "calls net.lookup_ip_addr",
    "net.lookup_ip_addr/simple ip6 returns that ip6": "calls net.lookup_ip_addr",
    "net.lookup_ip_addr/localhost": "calls net.lookup_ip_addr",
}

# What OPA 1.22.2 itself answers (`opa eval` of the case) where the file wants something else.
AS_OPA_ANSWERS: dict[str, list[dict[str, Any]]] = {
    "reachable_paths/cycle_1022_3": [
        {
            "x": [
                ["one", "five", "seven", "eight", "three"],
                ["one", "five", "six", "nine"],
                ["one", "five", "six", "seven", "eight", "three"],
                ["one", "two", "four", "three"],
            ]
        }
    ],
}

SECONDS_FOR_A_CASE = 20


class TimedOut(BaseException):
    """A case that took too long. No exception that the engine catches."""


def _time_out(*_: object) -> None:
    raise TimedOut


@contextmanager
def _time_limit() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _time_out)
    signal.alarm(SECONDS_FOR_A_CASE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def sleeping_builtin() -> Iterator[None]:
    """``test.sleep`` of the published cases, which passes time on the wall and not here."""
    builtin("test.sleep", "string -> null")(lambda _: None)
    yield
    del BUILTINS["test.sleep"]


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
    try:
        with _time_limit():
            return _difference(case, rego_version)
    except TimedOut:
        return f"no answer in {SECONDS_FOR_A_CASE} s"


def _difference(case: dict[str, Any], rego_version: RegoVersion) -> str | None:
    document = case.get("input", UNDEFINED)
    if "input_term" in case:
        document = Policy.compile({}).solutions(f"x = {case['input_term']}")[0]["x"]
    modules = {f"{i}.rego": source for i, source in enumerate(case.get("modules") or [])}
    wanted_code = case.get("want_error_code")
    # Some cases have the message alone, with the place in a file of another name before it.
    wanted_text = "eval_" + str(case.get("want_error")).rpartition("eval_")[2]
    try:
        policy = Policy.compile(modules, data=case.get("data"), rego_version=rego_version)
        found = policy.solutions(
            case["query"], input=document, strict_builtin_errors=case.get("strict_error", False)
        )
    except RegoEvaluationError as error:
        wanted = error.code == wanted_code or (wanted_code is None and wanted_text in str(error))
        return None if wanted else f"error {error}"
    except RegoCompileError as error:
        return None if error.errors[0].code == wanted_code else f"error {error}"
    if "want_result" not in case:
        return f"no error, but {found!r}; wanted {wanted_code}"
    if case.get("ignore_generated_vars"):
        found = [{k: v for k, v in row.items() if not k.startswith("__")} for row in found]
    got, wanted = _plain(found), _plain(AS_OPA_ANSWERS.get(case["note"], case["want_result"]))
    if case.get("sort_bindings"):
        got, wanted = _sorted(got), _sorted(wanted)
    if equal(sort_values(got), sort_values(wanted)):
        return None
    return f"found {marshal(got)}; wanted {marshal(wanted)}"


@pytest.mark.usefixtures("sleeping_builtin")
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
    assert AS_OPA_ANSWERS.keys() <= notes
