"""Ask OPA for the answers in data/.

``python -m tests.unit.rego.runtime.builtins.record_opa OPA [FILE...]``

Each file is a list of rows: ``call``, a Rego expression, and ``answer``. Where the call is
undefined that is absent, and ``error`` is the code of the error that it is with
``--strict-builtin-errors``, if it is one. A row is added by writing its call and running this. All
calls of a file are asked for in two processes; what ends a process (a panic of OPA's) cannot be
recorded.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.unit.rego.runtime.builtins.answers import DATA, FIRST_ROW, IN_V0, module_of, read_answers


def record(opa: str, path: Path) -> None:
    known = {row["call"]: row for row in json.loads(path.read_text())}
    calls = list(known)
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "calls.rego"
        module.write_text(module_of(calls))
        version = ["--v0-compatible"] if path.name in IN_V0 else []
        answers = read_answers(_eval(opa, module, *version, "--format", "raw"))
        failed = json.loads(_eval(opa, module, *version, "--show-builtin-errors"))
    errors = {
        error["location"]["row"] - FIRST_ROW: error["code"] for error in failed.get("errors", ())
    }
    lines = []
    for place, call in enumerate(calls):
        row: dict[str, Any] = {"call": call}
        if f"r{place}" in answers:
            answer, before = answers[f"r{place}"], known[call].get("answer")
            # The errors of a JSON Schema come in another order each time.
            row["answer"] = before if _in_order(answer) == _in_order(before) else answer
        elif place in errors:
            row["error"] = errors[place]
        lines.append(json.dumps(row))
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def _in_order(answer: Any) -> str:
    """The answer as text, whatever the order of its lists."""
    if isinstance(answer, list):
        return f"[{', '.join(sorted(_in_order(item) for item in answer))}]"
    if isinstance(answer, dict):
        return f"{{{', '.join(f'{key!r}: {_in_order(answer[key])}' for key in sorted(answer))}}}"
    return json.dumps(answer)


def _eval(opa: str, module: Path, *options: str) -> str:
    command = [opa, "eval", *options, "--data", str(module), "data.calls"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout or (done.returncode and "--show-builtin-errors" not in options):
        sys.exit(f"{module}: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    for file in [Path(name) for name in sys.argv[2:]] or sorted(DATA.glob("*.json")):
        record(sys.argv[1], file)
