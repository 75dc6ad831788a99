"""``policyengine --help`` and ``--version`` against a bare ``import click``, as whole processes."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measure import in_turn, run_installed

_WANTED = 3.0
_COMMAND = Path(sys.executable).with_name("policyengine")


def main() -> None:
    """Measure, and print a line each."""
    with tempfile.TemporaryDirectory() as compiled:
        run = partial(run_installed, compiled=Path(compiled))
        floor = partial(run, sys.executable, "-c", "import click")
        for option in ("--help", "--version"):
            result = in_turn(partial(run, str(_COMMAND), option), floor, runs=15)
            met = result.ratio <= _WANTED
            print(result.line(f"policyengine {option}", f"<= {_WANTED} x", met=met))
