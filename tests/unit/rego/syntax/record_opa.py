"""Record what OPA says of the modules in ``data/``: run by hand with the path of ``opa``.

``python -m tests.unit.rego.syntax.record_opa OPA ../shared``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.unit.rego.syntax.syntax_trees import (
    CONFORMANCE_TREES,
    WRONG_MODULES,
    conformance_modules,
    digest,
    read_json,
)


def parse(opa: str, source: str) -> str:
    """The digest of OPA's tree of a module that it accepts."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.rego").write_text(source)
        command = [opa, "parse", "--format", "json", "--json-include", "locations,comments"]
        run = subprocess.run([*command, "m.rego"], cwd=folder, capture_output=True, check=True)
    return digest(read_json(run.stdout.decode()))


def check(opa: str, source: str, rego_version: str) -> list[dict[str, object]]:
    """The errors that ``opa check`` has for a module."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.rego").write_text(source)
        flags = ["--v0-compatible"] if rego_version == "v0" else []
        command = [opa, "check", "--format", "json", *flags, "m.rego"]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if run.returncode == 0:
        return []
    return [
        {
            "code": error["code"],
            "row": error["location"]["row"],
            "col": error["location"]["col"],
            "message": error["message"],
        }
        for error in json.loads(run.stderr)["errors"]
    ]


def main(opa: str, shared: str) -> None:
    modules = conformance_modules(Path(shared))
    with ThreadPoolExecutor(2) as pool:
        trees = list(pool.map(lambda source: parse(opa, source), modules))
    CONFORMANCE_TREES.write_text("".join(f"{tree}\n" for tree in trees))
    wrong = json.loads(WRONG_MODULES.read_text())
    for module in wrong:
        module["errors"] = check(opa, module["source"], module["rego_version"])
    WRONG_MODULES.write_text(json.dumps(wrong, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
