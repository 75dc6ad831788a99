"""``fmt`` beside ``opa fmt``, on as many files as a policy library has.

Both run as whole processes over one folder: 170 modules, copies of the project's own policies.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.measure import in_turn, installed, run_installed

_POLICIES: Final = Path(__file__).resolve().parent.parent / "policies"
_FILES: Final = 170
_WANTED: Final = 12.0


def main() -> None:
    """Print the ratio; without ``opa`` say so."""
    opa = installed("opa")
    if opa is None:
        print("opa is not installed: nothing to compare with")
        return
    program = str(Path(sys.executable).parent / "policyengine")
    sources = sorted(_POLICIES.rglob("*.rego"))
    with tempfile.TemporaryDirectory() as folder:
        modules = Path(folder) / "modules"
        modules.mkdir()
        for index in range(_FILES):
            # The first line differs from what is wanted, so that every file is written anew.
            text = sources[index % len(sources)].read_text()
            (modules / f"{index:03}.rego").write_text(f"\n{text}")
        compiled = Path(folder) / "compiled"
        comparison = in_turn(
            lambda: run_installed(program, "fmt", str(modules), compiled=compiled),
            lambda: subprocess.run([opa, "fmt", modules], check=True, stdout=subprocess.DEVNULL),
        )
    met = comparison.ratio <= _WANTED
    print(comparison.line(f"fmt of {_FILES} files", f"{_WANTED:.0f} x opa fmt", met=met))


if __name__ == "__main__":
    main()
