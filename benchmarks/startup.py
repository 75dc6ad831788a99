"""``policyengine --help`` and ``--version`` against a bare ``import click``, as whole processes."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.measure import in_turn

_WANTED = 3.0
_COMMAND = Path(sys.executable).with_name("policyengine")


def main() -> None:
    """Measure, and print a line each."""
    floor = partial(_run, sys.executable, "-c", "import click")
    for option in ("--help", "--version"):
        result = in_turn(partial(_run, str(_COMMAND), option), floor, runs=15)
        print(result.line(f"policyengine {option}", f"<= {_WANTED} x", met=result.ratio <= _WANTED))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
