"""Record what ``opa eval`` prints: run by hand with the path of ``opa``.

``python -m tests.unit.cli.record_opa OPA``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.unit.cli.recorded_evals import (
    EVALS,
    FORMS,
    TRACES,
    event_lines,
    json_events,
    read,
    write_files,
)


def opa_eval(opa: str, folder: Path, arguments: list[str]) -> tuple[int, str]:
    """The exit code, and what is printed."""
    command = [opa, "eval", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout


def main(opa: str) -> None:
    evals, traces = read(EVALS), read(TRACES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(evals, folder)
        for case in evals["cases"]:
            case["forms"] = {
                form: opa_eval(opa, folder, ["-f", form, *case["arguments"]]) for form in FORMS
            }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(traces, folder)
        loaded = [part for file in traces["files"] if file != "i.json" for part in ("-d", file)]
        for case in traces["cases"]:
            explained = ["--disable-indexing", "--explain", case["explain"]]
            arguments = [*explained, *loaded, "-i", "i.json", case["query"]]
            case["lines"] = event_lines(opa_eval(opa, folder, ["-f", "pretty", *arguments])[1])
            if case["explain"] == "full":
                case["events"] = json_events(opa_eval(opa, folder, arguments)[1])
    for path, recorded in ((EVALS, evals), (TRACES, traces)):
        path.write_text(json.dumps(recorded, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
