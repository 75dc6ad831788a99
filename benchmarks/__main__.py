"""Run every benchmark: ``python -m benchmarks``, or some: ``python -m benchmarks startup``."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = ("startup", "reports", "archive")


def main() -> None:
    """Run the benchmarks that the command line names, or all."""
    for name in sys.argv[1:] or NAMES:
        print(f"== {name}", flush=True)
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
