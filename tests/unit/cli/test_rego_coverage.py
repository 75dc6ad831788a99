"""Coverage: which rules gave something and which expressions were evaluated, as OPA tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from policyengine.cli import cli

MODULE = """\
package a

import rego.v1

default allow := false

allow if {
	input.x == 1
	input.y == 2
}

deny contains msg if {
	some v in input.list
	v > 1
	msg := sprintf("%d", [v])
}

never if {
	input.zzz == 5
	count(input.q) > 1
}

f(x) := y if {
	y := x + 1
}

g := [z |
	some z in input.list
	z > 100
]

h := 1 if {
	not input.q
	every v in input.list {
		v > 0
	}
}
"""

# The rows of ``opa eval --coverage data.a`` 1.22.2 for the module and this input.
DOCUMENT = {"x": 1, "list": [1, 2]}
COVERED = {5, 12, 13, 14, 15, 27, 28, 29, 30, 32, 33, 34, 35, 36}
NOT_COVERED = {7, 8, 9, 18, 19, 20, 23, 24}


def evaluated(tmp_path: Path, *options: str) -> Any:
    (tmp_path / "a.rego").write_text(MODULE)
    (tmp_path / "input.json").write_text(json.dumps(DOCUMENT))
    arguments = ["-d", str(tmp_path / "a.rego"), "-i", str(tmp_path / "input.json")]
    result = CliRunner().invoke(cli, ["eval", *arguments, *options, "data.a"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def rows(ranges: Any) -> set[int]:
    return {row for item in ranges for row in range(item["start"]["row"], item["end"]["row"] + 1)}


def test_coverage_has_the_rows_that_opa_has(tmp_path: Path) -> None:
    shown = evaluated(tmp_path, "--coverage")["coverage"]
    (file,) = shown["files"].values()
    assert rows(file["covered"]) == COVERED
    assert rows(file["not_covered"]) == NOT_COVERED
    assert (shown["covered_lines"], shown["not_covered_lines"]) == (14, 8)
    assert shown["coverage"] == 100 * 14 / 22


def test_coverage_changes_no_result(tmp_path: Path) -> None:
    assert evaluated(tmp_path, "--coverage")["result"] == evaluated(tmp_path)["result"]
