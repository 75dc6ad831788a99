"""How long the steps of a compilation and an evaluation take, by OPA's names for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timers:
    """Nanoseconds by name: ``timer_rego_module_parse_ns``. What did not happen has none."""

    def __init__(self) -> None:
        self.nanoseconds: dict[str, int] = {}

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Add what the block takes to ``timer_<step>_ns``."""
        name = f"timer_{step}_ns"
        started = time.perf_counter_ns()
        try:
            yield
        finally:
            spent = time.perf_counter_ns() - started
            self.nanoseconds[name] = self.nanoseconds.get(name, 0) + spent
