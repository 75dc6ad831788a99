"""Record what ``opa eval`` gives for the programs: run by hand with the path of ``opa``.

``python -m tests.unit.rego.record_opa OPA``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.unit.rego.recorded_programs import PROGRAMS, Program, read_programs


def opa_eval(opa: str, program: Program) -> dict[str, Any]:
    """``result`` or ``code``, as of a program."""
    with tempfile.TemporaryDirectory() as folder:
        command = [opa, "eval", "--format", "json", "--stdin-input"]
        command += ["--v0-compatible"] if program["rego_version"] == "v0" else []
        command += ["--strict-builtin-errors"] if program.get("strict") else []
        for file, source in program["modules"].items():
            (Path(folder) / file).write_text(source)
            command += ["--data", file]
        run = subprocess.run(
            [*command, program["query"]],
            cwd=folder,
            input=json.dumps(program["input"]),
            capture_output=True,
            text=True,
            check=False,
        )
    answer = json.loads(run.stdout)
    if "errors" in answer:
        return {"code": _code(answer["errors"][0])}
    return {
        "result": [
            [[part["value"] for part in row["expressions"]], row.get("bindings", {})]
            for row in answer.get("result", [])
        ]
    }


def _code(error: dict[str, Any]) -> str:
    """The code of an error; those of loading have it in their message."""
    if "code" in error:
        return str(error["code"])
    words = str(error["message"]).replace(":", " ").split()
    return next(word for word in words if word.startswith("rego_"))


def main(opa: str) -> None:
    programs = read_programs()
    for program in programs:
        program.pop("result", None)
        program.pop("code", None)
        program.update(opa_eval(opa, program))  # type: ignore[typeddict-item]
    PROGRAMS.write_text(json.dumps(programs, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
