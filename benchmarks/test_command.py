"""``policyengine test`` on the policy library, against ``opa test`` on the same files.

Whole processes: once with the compiled suite in the user's cache, as in every run after the first
in which no file changed, and once with nothing in it, as after each change of a file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.measure import in_turn, installed, run_installed

_POLICIES: Final = Path(__file__).resolve().parent.parent / "policies"
_WANTED: Final = 3.0


def main() -> None:
    """Print the ratios; without ``opa`` say so."""
    opa = installed("opa")
    if opa is None:
        print("opa is not installed: nothing to compare with")
        return
    program = str(Path(sys.executable).parent / "policyengine")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")

        def ours() -> None:
            run_installed(program, "test", str(_POLICIES), compiled=folder / "compiled")

        def ours_after_a_change() -> None:
            shutil.rmtree(folder / "cache", ignore_errors=True)
            ours()

        def theirs() -> None:
            subprocess.run([opa, "test", _POLICIES], check=True, stdout=subprocess.DEVNULL)

        _compare("test of the library, nothing changed", ours, theirs)
        _compare("test of the library, a file changed", ours_after_a_change, theirs)


def _compare(name: str, ours: Callable[[], None], theirs: Callable[[], None]) -> None:
    result = in_turn(ours, theirs)
    met = result.ratio <= _WANTED
    print(f"{result.line(name, f'<= {_WANTED:g} x', met=met)} (of opa test)")


if __name__ == "__main__":
    main()
