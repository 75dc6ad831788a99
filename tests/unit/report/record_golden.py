"""Write the golden reports anew after a change that is meant; read the difference before a commit.

``python -m tests.unit.report.record_golden``
"""

from __future__ import annotations

from tests.unit.report.verdicts import CASES, GOLDEN


def main() -> None:
    for name, case in CASES.items():
        (GOLDEN / name).write_bytes(case.golden.encode())


if __name__ == "__main__":
    main()
