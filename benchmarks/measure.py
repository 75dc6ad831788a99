"""How times are taken: the best and the median of several runs, the two sides in turn."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


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
    ours: Callable[[], object], floor: Callable[[], object], *, runs: int = 9
) -> Comparison:
    """Run both sides in turn, after one run of each that does not count."""
    sides: Sequence[Callable[[], object]] = (ours, floor)
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for side, taken in zip(sides, times, strict=True):
            gc.collect()
            start = time.perf_counter()
            side()
            if run:
                taken.append(time.perf_counter() - start)
    return Comparison(ours=statistics.median(times[0]), floor=statistics.median(times[1]))
