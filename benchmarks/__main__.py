"""Run every benchmark: ``python -m benchmarks``, or some: ``python -m benchmarks startup``."""

from __future__ import annotations

import subprocess
import sys

NAMES = (
    "startup",
    "reports",
    "sboms",
    "reports_written",
    "html_page",
    "archive",
    "formatting",
    "rego",
    "rego_fixed",
    "rego_cache",
    "test_command",
    "bundles",
    "gate",
)


def main() -> None:
    """Run the benchmarks that the command line names, or all.

    Each has a process of its own: the memory of one would else count for the next.
    """
    for name in sys.argv[1:] or NAMES:
        print(f"== {name}", flush=True)
        program = f"from benchmarks import {name}; {name}.main()"
        subprocess.run([sys.executable, "-c", program], check=True)


if __name__ == "__main__":
    main()
