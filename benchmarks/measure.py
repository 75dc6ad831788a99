"""How times are taken: the best and the median of several runs, the two sides in turn."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Medians of both sides, in seconds."""

    ours: float
    floor: float

    @property
    def ratio(self) -> float:
        """How many times the floor ours takes."""
        return self.ours / self.floor

    def line(self, name: str, wanted: str, *, met: bool) -> str:
        """Return one line for people."""
        return (
            f"{name:<44} {self.ours * 1e3:9.1f} ms  floor {self.floor * 1e3:8.1f} ms  "
            f"{self.ratio:5.2f} x  wanted {wanted}: {'met' if met else 'NOT MET'}"
        )


def in_turn(
    ours: Callable[[], object],
    floor: Callable[[], object],
    *,
    runs: int = 9,
    clock: Callable[[], float] = time.perf_counter,
) -> Comparison:
    """Run both sides in turn, after one run of each that does not count."""
    sides: Sequence[Callable[[], object]] = (ours, floor)
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for side, taken in zip(sides, times, strict=True):
            gc.collect()
            start = clock()
            side()
            if run:
                taken.append(clock() - start)
    return Comparison(ours=statistics.median(times[0]), floor=statistics.median(times[1]))


def processor_time() -> float:
    """Return the seconds of processor, in user and system, of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def installed(name: str) -> str | None:
    """Return the path of a program that ``tests/integration/setup.sh`` or the user installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    tools = str(cache / "policyengine-tools" / "bin")
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), tools]))


def run_installed(*command: str, compiled: Path) -> None:
    """Run a command as an installation runs it: with its modules compiled, below ``compiled``.

    pip compiles what it installs; a checkout may have been told not to. The run that does not
    count is the one that compiles.
    """
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    environment["PYTHONPYCACHEPREFIX"] = str(compiled)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
