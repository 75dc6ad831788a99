"""Record what ``opa check`` says in each mode: run by hand with the path of ``opa``.

``python -m tests.unit.rego.compiler.record_modes OPA``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.unit.rego.compiler.checked_modes import (
    FLAGS,
    MODES_FILE,
    SCHEMA,
    Mode,
    Place,
    modules_by_name,
)


def opa_check(opa: str, modules: Mapping[str, str], mode: Mode) -> list[Place]:
    """File, code and row of each error, each once; the file is empty and the row 0 for none."""
    with tempfile.TemporaryDirectory() as folder:
        for file, source in modules.items():
            (Path(folder) / file).write_bytes(source.encode("utf-8", "surrogateescape"))
        (Path(folder) / "schema.json").write_text(json.dumps(SCHEMA))
        command = [opa, "check", "--format", "json", *FLAGS[mode], *sorted(modules)]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if run.returncode == 0:
        return []
    return sorted({_place(error) for error in json.loads(run.stderr)["errors"]})


def _place(error: dict[str, object]) -> Place:
    at = error.get("location")
    location = at if isinstance(at, dict) else {}
    return location.get("file", ""), str(error["code"]), location.get("row", 0)


def main(opa: str) -> None:
    modules = modules_by_name()
    asked = [(name, mode) for name in modules for mode in FLAGS]
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda it: opa_check(opa, modules[it[0]], it[1]), asked)
        found: dict[str, dict[Mode, list[Place]]] = {name: {} for name in modules}
        for (name, mode), places in zip(asked, answers, strict=True):
            found[name][mode] = places
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(found[name])}" for name in found)
    MODES_FILE.write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
