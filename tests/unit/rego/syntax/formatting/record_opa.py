"""Record what ``opa fmt`` makes of modules: run by hand with the path of ``opa``.

``python -m tests.unit.rego.syntax.formatting.record_opa OPA ../shared``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.unit.rego.syntax.formatting.formatted_modules import (
    BROKEN,
    CONFORMANCE,
    FLAGS,
    MODULES,
    UPGRADED,
    Mode,
    broken_modules,
    digest,
    read_modules,
    v0_modules,
)
from tests.unit.rego.syntax.syntax_trees import conformance_modules


def opa_format(opa: str, source: str, mode: Mode) -> str | None:
    """What OPA makes of a module; None where it refuses it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.rego").write_bytes(source.encode())
        command = [opa, "fmt", *FLAGS[mode], "m.rego"]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return run.stdout.decode() if run.returncode == 0 else None


def _record(opa: str, path: Path, sources: Iterable[str], mode: Mode) -> None:
    with ThreadPoolExecutor(2) as pool:
        texts = pool.map(lambda source: opa_format(opa, source, mode), sources)
        path.write_text("".join(f"{digest(text)}\n" for text in texts))


def main(opa: str, shared: str) -> None:
    _record(opa, CONFORMANCE, conformance_modules(Path(shared)), "v1")
    _record(opa, BROKEN, broken_modules(Path(shared)), "v1")
    _record(opa, UPGRADED, v0_modules(Path(shared)).values(), "upgrade")
    modules = read_modules()
    for module in modules:
        text = opa_format(opa, module["source"], module["mode"])
        module.pop("formatted", None)
        if text is not None:
            module["formatted"] = text
    MODULES.write_text(json.dumps(modules, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
