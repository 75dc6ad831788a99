"""Record what OPA answers to each invocation of the table: run by hand with the path of ``opa``.

``python -m tests.unit.cli.record_commands OPA``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.unit.cli.recorded_commands import COMMANDS, FOLDER, Invocation, lay_out, read_table


def ask(opa: str, case: Invocation, folder: Path) -> tuple[int, str, str]:
    """OPA's exit code, and what it prints to each stream."""
    arguments = [text.replace(FOLDER, str(folder)) for text in case["arguments"]]
    run = subprocess.run(
        [opa, *arguments],
        cwd=folder,
        capture_output=True,
        input=case.get("stdin", "").encode(),
        check=False,
    )
    out, err = (
        stream.decode(errors="replace").replace(str(folder), FOLDER)
        for stream in (run.stdout, run.stderr)
    )
    return run.returncode, out, err.partition("\nUsage:")[0]


def main(opa: str) -> None:
    table = read_table()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(table, folder)
        for case in table["cases"]:
            case["code"], case["stdout"], case["stderr"] = ask(opa, case, folder)
    COMMANDS.write_text(json.dumps(table, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
