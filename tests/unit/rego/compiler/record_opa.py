"""Record what ``opa check`` says of the modules in ``data/``: run by hand with ``opa``'s path.

``python -m tests.unit.rego.compiler.record_opa OPA``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.unit.rego.compiler.checked_modules import (
    ODD_MODULES,
    WRONG_MODULES,
    CheckedModules,
    Finding,
    read_modules,
)


def check(opa: str, case: CheckedModules) -> list[Finding]:
    """The errors that ``opa check`` has for modules, with data as a bundle."""
    with tempfile.TemporaryDirectory() as folder:
        for file, source in case["modules"].items():
            (Path(folder) / file).write_text(source)
        command = [opa, "check", "--format", "json"]
        command += ["--v0-compatible"] if case["rego_version"] == "v0" else []
        command += ["--strict"] if case["strict"] else []
        if "data" in case:
            (Path(folder) / "data.json").write_text(json.dumps(case["data"]))
            command += ["--bundle", "."]
        else:
            command += sorted(case["modules"])
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return [] if run.returncode == 0 else [_finding(e) for e in json.loads(run.stderr)["errors"]]


def _finding(error: dict[str, object]) -> Finding:
    location = error.get("location")
    at = location if isinstance(location, dict) else {}
    return Finding(
        file=at.get("file", ""),
        code=str(error["code"]),
        row=at.get("row", 0),
        col=at.get("col", 0),
        message=str(error["message"]),
    )


def main(opa: str) -> None:
    wrong, odd = read_modules(WRONG_MODULES), read_modules(ODD_MODULES)
    with ThreadPoolExecutor(2) as pool:
        for case, errors in zip(wrong, pool.map(partial(check, opa), wrong), strict=True):
            case["errors"] = errors
        refused = [
            case["name"]
            for case, errors in zip(odd, pool.map(partial(check, opa), odd), strict=True)
            if errors
        ]
    if refused:
        raise SystemExit(f"opa refuses {', '.join(refused)}")
    WRONG_MODULES.write_text(json.dumps(wrong, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
