"""``policyengine test`` comes to what ``opa test`` does, on the library and generated suites."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from policyengine.cli import cli
from policyengine.cli.query_output import coverage_json
from policyengine.rego.sources import load_sources
from policyengine.rego.testing import Case, RunOptions, Status, Suite, SuiteResult, run_suite
from policyengine.resources import POLICIES

_CONDITIONS = (
    "input.x == {n}",
    "input.x > {n}",
    "not input.x == {n}",
    "count(input.xs) > {n}",
    "some v in input.xs\n\tv == {n}",
    "every v in input.xs {{ v > {n} }}",
    "x := input.x + {n}\n\tx > 3",
    "{n} in input.xs",
    "y := [v | some v in input.xs; v > {n}]\n\tcount(y) > 0",
    "f({n}) > 3",
)
_HEADS = ("p{i} if", "p{i} := input.x if", "p{i} contains input.x if", "p{i}[input.x] := {i} if")
_TESTS = (
    "test_{i} if p{i} with input as {doc}",
    "test_{i} if not p{i} with input as {doc}",
    "test_{i} if count([v | v := p{i}]) > 0 with input as {doc}",
    "test_{i} := v if v := p{i} with input as {doc}",
    "todo_test_{i} if p{i} with input as {doc}",
    'test_{i}[n] if {{\n\tsome n, d in {{"a": {doc}, "b": {other}}}\n\tp{i} with input as d\n}}',
    "test_{i}[doc.x] if {{\n\tsome doc in [{doc}, {other}]\n\tp{i} with input as doc\n}}",
    'test_{i} if {{\n\tprint("case", {n})\n\tp{i} with input as {doc}\n}}',
)


def generated(seed: int, *, tests: bool = True) -> str:
    """A module of rules, and tests of them; the seed decides it."""
    chance = random.Random(seed)  # no secret
    lines = [f"package {'generated' if tests else 'rules'}{seed}", "", "f(x) := x + input.x", ""]
    for number in range(chance.randint(3, 9)):
        # When OPA evaluates a key that is written in the head, its planner decides.
        head = chance.choice(_HEADS if tests else _HEADS[:1]).format(i=number)
        body = [
            chance.choice(_CONDITIONS).format(n=chance.randint(0, 4))
            for _ in range(chance.randint(1, 3))
        ]
        # A name may be declared once in a body.
        body = list({line.split()[0] + line.split()[1]: line for line in body}.values())
        inside = "\n\t".join(body)
        lines.append(f"{head} {{\n\t{inside}\n}}\n")
        for _ in range(chance.randint(1, 2) if tests else 0):
            doc, other = (
                json.dumps({"x": chance.randint(0, 4), "xs": chance.sample(range(6), 3)})
                for _ in range(2)
            )
            test = chance.choice(_TESTS)
            lines.append(test.format(i=number, doc=doc, other=other, n=seed) + "\n")
    return "\n".join(lines)


Told = dict[tuple[str, str, int], tuple[str, Any, str]]


def ours(result: SuiteResult) -> Told:
    return {
        (item.test.package, item.test.name, item.test.row): (
            item.status.value,
            _cases(item.cases),
            "\n".join(item.output),
        )
        for item in result.results
    }


def _cases(cases: Mapping[str, Case]) -> dict[str, Any]:
    return {name: (case.failed, _cases(case.cases)) for name, case in cases.items()}


def opas(opa: str, *arguments: str) -> Told:
    done = subprocess.run(
        [opa, "test", "--format", "json", *arguments], capture_output=True, text=True, check=False
    )
    return {
        (item["package"], item["name"], item["location"]["row"]): (
            _status(item),
            _sub_results(item.get("sub_results", {})),
            base64.b64decode(item.get("output", "")).decode().rstrip("\n"),
        )
        for item in json.loads(done.stdout)
    }


def _status(item: Mapping[str, Any]) -> str:
    return next((word for word in ("error", "skip", "fail") if item.get(word)), "pass")


def _sub_results(items: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: (item.get("fail", False), _sub_results(item.get("sub_results", {})))
        for name, item in items.items()
    }


def suite_at(*paths: Path) -> Suite:
    sources = load_sources([str(path) for path in paths])
    return Suite(modules=sources.modules, data=sources.data)


def test_the_library_comes_to_the_same(opa: str) -> None:
    found = ours(run_suite(suite_at(POLICIES)))
    assert found == opas(opa, str(POLICIES))
    assert {status for status, _, _ in found.values()} == {Status.PASSED.value}


def test_generated_suites_come_to_the_same(opa: str, tmp_path: Path) -> None:
    for seed in range(60):
        (tmp_path / f"generated_{seed}_test.rego").write_text(generated(seed))
    found = ours(run_suite(suite_at(tmp_path)))
    wanted = opas(opa, str(tmp_path))
    assert {key: (found.get(key), wanted.get(key)) for key in {*found, *wanted}
            if found.get(key) != wanted.get(key)} == {}  # fmt: skip
    statuses = [status for status, _, _ in found.values()]
    assert {"pass", "fail", "skip"} <= {*statuses}


def test_fixtures_are_where_opa_puts_them(opa: str, tmp_path: Path) -> None:
    (tmp_path / "images" / "old").mkdir(parents=True)
    (tmp_path / "images" / "old" / "one.json").write_text('{"user": "root"}')
    (tmp_path / "images" / "more.yaml").write_text("limits: {size: 3}\n")
    (tmp_path / "top.yml").write_text("names: [a, b]\n")
    (tmp_path / "a_test.rego").write_text(
        'package a\n\ntest_json if data.images.old.user == "root"\n\n'
        'test_yaml if data.images.limits.size == 3\n\ntest_top if data.names[1] == "b"\n'
    )
    found = ours(run_suite(suite_at(tmp_path)))
    assert found == opas(opa, str(tmp_path))
    assert {status for status, _, _ in found.values()} == {"pass"}


def rows(items: list[dict[str, Any]]) -> set[int]:
    return {row for i in items for row in range(i["start"]["row"], i["end"]["row"] + 1)}


def ranges(items: list[dict[str, Any]]) -> set[tuple[int, ...]]:
    return {(i["start"]["row"], i["start"]["col"], i["end"]["row"], i["end"]["col"]) for i in items}


@pytest.mark.parametrize("which", ["library", "generated"])
def test_coverage_is_what_opa_reports(which: str, opa: str, tmp_path: Path) -> None:
    """But for what OPA's index or its early end left out, which it says itself."""
    folder = POLICIES if which == "library" else tmp_path
    if which == "generated":
        for seed in range(12):
            text = generated(seed, tests=False)
            # OPA has no coverage where a test fails: each holds.
            text += "".join(
                f"\ntest_all_{n} if count([p | some p in data.rules{seed}]) >= 0"
                f' with input as {{"x": {n}, "xs": [{n}, 3]}}\n'
                for n in range(3)
            ).replace("test_all", f"test_{seed}")
            name, _, rest = text.partition("\ntest_")
            (tmp_path / f"rules_{seed}.rego").write_text(name)
            (tmp_path / f"rules_{seed}_test.rego").write_text(f"package t{seed}\n\ntest_{rest}")
    result = run_suite(suite_at(folder), RunOptions(coverage=True))
    assert result.coverage is not None
    found: Any = coverage_json(result.coverage)
    done = subprocess.run(
        [opa, "test", "--coverage", "--format", "json", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    wanted = json.loads(done.stdout)
    assert found["files"].keys() == wanted["files"].keys()
    for name, theirs in wanted["files"].items():
        mine = found["files"][name]
        left_out = [item for item in theirs.get("not_covered", []) if "kinds" in item]
        missed = [item for item in theirs.get("not_covered", []) if "kinds" not in item]
        assert ranges(missed) <= ranges(mine.get("not_covered", [])), name
        assert ranges(mine.get("not_covered", [])) - ranges(missed) <= ranges(left_out), name
        reached = rows(mine.get("covered", []))
        assert rows(theirs.get("covered", [])) <= reached, name
        # OPA never tells of a declaration that was not reached.
        lines = Path(name).read_text().splitlines()
        declared = {row for row, line in enumerate(lines, 1) if line.strip().startswith("some ")}
        assert reached - rows(theirs.get("covered", [])) - declared <= rows(left_out), name


_FAILING = """package a_test

xs := {"a": 1, "b": [1, {"c": null}]}

test_number if {
	y := xs.a
	y == 2
}

test_values if {
	some key, list in {"k": xs.b}
	s := {list, "z"}
	o := {"x": {1: true}, "y": s}
	count(o) == 3
}

test_last_of_several if {
	some i in [1, 2, 3]
	i > 5
}

test_a_condition_that_is_false if {
	n := input.n with input as {"n": 1.50}
	n < 1
}

test_table[name] if {
	some name, n in {"one": 1, "two": 2}
	n + 0 == 1
}
"""


def test_the_failed_expressions_in_json_are_those_that_opa_traces(opa: str, tmp_path: Path) -> None:
    (tmp_path / "a_test.rego").write_text(_FAILING)
    arguments = ["--var-values", "-f", "json", str(tmp_path)]
    found = json.loads(CliRunner().invoke(cli, ["test", *arguments]).stdout)
    done = subprocess.run([opa, "test", *arguments], capture_output=True, text=True, check=False)
    wanted = {item["name"]: item for item in json.loads(done.stdout)}
    assert len(found) == len(wanted) == 5
    for item in found:
        (event,) = [each for each in item["trace"] if each["OfTest"]]
        theirs = [
            each
            for each in wanted[item["name"]]["trace"]
            if each["Op"] == "Fail" and each["Location"] == event["Location"]
        ]
        assert event["Op"] == "Fail"
        assert event["Locals"] in [_named(each, event) for each in theirs], item["name"]


def _named(theirs: dict[str, Any], ours: dict[str, Any]) -> list[dict[str, Any]]:
    """OPA's locals by the names that the source has, in the order of ours, and none besides."""
    known = {
        name: local
        for local in theirs["Locals"]
        if not (name := theirs["LocalMetadata"][local["name"]]["name"]).startswith("__local")
    }
    names = [local["name"] for local in ours["Locals"]]
    return [{**known.pop(name), "name": name} for name in names] + list(known.values())


def test_json_tells_no_values_that_nobody_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a_test.rego").write_text(_FAILING)
    found = json.loads(CliRunner().invoke(cli, ["test", "-f", "json", str(tmp_path)]).stdout)
    assert all("trace" not in item for item in found)
