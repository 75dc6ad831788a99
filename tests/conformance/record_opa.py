"""Record what ``opa check`` and ``opa parse`` say of the modules: run by hand.

``python -m tests.conformance.record_opa OPA ../shared``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.conformance.checked_cases import CHECKS, FLAGS, V0_TREES, digest_of
from tests.unit.rego.syntax.formatting.formatted_modules import v0_modules
from tests.unit.rego.syntax.syntax_trees import conformance_modules, digest, read_json


def check(opa: str, source: str, flags: tuple[str, ...]) -> str:
    """The digest of the errors that ``opa check`` has for a module."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.rego").write_bytes(source.encode())
        command = [opa, "check", "--format", "json", *flags, "m.rego"]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    errors = [] if run.returncode == 0 else json.loads(run.stderr)["errors"]
    return digest_of((e["code"], e.get("location", {}).get("row", 0)) for e in errors)


def parse(opa: str, source: str) -> str:
    """The digest of OPA's tree of a module in v0."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.rego").write_bytes(source.encode())
        command = [opa, "parse", "--v0-compatible", "--format", "json"]
        command += ["--json-include", "locations,comments", "m.rego"]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return digest(read_json(run.stdout.decode()))


def main(opa: str, shared: str) -> None:
    modules = conformance_modules(Path(shared))
    with ThreadPoolExecutor(2) as pool:
        columns = [
            list(pool.map(lambda source, f=flags: check(opa, source, f), modules))
            for flags in FLAGS.values()
        ]
        trees = list(pool.map(lambda source: parse(opa, source), v0_modules(Path(shared)).values()))
    CHECKS.parent.mkdir(exist_ok=True)
    CHECKS.write_text("".join(f"{' '.join(row)}\n" for row in zip(*columns, strict=True)))
    V0_TREES.write_text("".join(f"{tree}\n" for tree in trees))


if __name__ == "__main__":
    main(*sys.argv[1:])
