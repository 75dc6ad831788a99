"""Record what ``opa check`` says of the modules in ``data/``: run by hand.

``python -m tests.unit.rego.compiler.types.record_opa OPA``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.unit.rego.compiler.types.typed_modules import (
    RIGHT_TYPES,
    WRONG_TYPES,
    Finding,
    TypedModule,
    read_modules,
)


def check(opa: str, module: TypedModule) -> list[Finding]:
    """The errors that ``opa check`` has for a module, under its schemas."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "m.rego").write_text(module["source"])
        command = [opa, "check", "--format", "json", "--max-errors", "0", "m.rego"]
        command += _schema_option(root, module)
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if run.returncode == 0:
        return []
    return [_finding(error) for error in json.loads(run.stderr)["errors"]]


def _schema_option(root: Path, module: TypedModule) -> list[str]:
    """``--schema`` with a file for the input's schema, or with a folder for named ones."""
    schemas = module.get("schemas", {})
    if not schemas:
        return []
    if "schema" in schemas:
        (root / "schema.json").write_text(json.dumps(schemas["schema"]))
        return ["--schema", "schema.json"]
    for name, schema in schemas.items():
        path = root.joinpath("schemas", *name.split(".")[1:]).with_suffix(".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema))
    return ["--schema", "schemas"]


def _finding(error: dict[str, object]) -> Finding:
    location = error.get("location")
    place = location if isinstance(location, dict) else {"row": 0, "col": 0}
    return Finding(
        code=str(error["code"]),
        row=place["row"],
        col=place["col"],
        message=str(error["message"]),
    )


def main(opa: str) -> None:
    for path in (WRONG_TYPES, RIGHT_TYPES):
        modules = read_modules(path)
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda module: check(opa, module), modules))
        for module, errors in zip(modules, found, strict=True):
            module["errors"] = errors
        path.write_text(json.dumps(modules, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
