"""Record what ``opa check`` says of the modules in ``found_checks.json``: run by hand.

``python -m tests.differential.record_checks`` asks OPA again for each module that the file has; a
new one is added there with its name, mode and source, and no errors.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from tests.differential.answers import find_opa
from tests.differential.broken import Broken, opas

CASES: Final = Path(__file__).with_name("found_checks.json")


def main() -> int:
    """Write the file with OPA's answers in it."""
    opa = find_opa()
    if opa is None:
        sys.stderr.write("opa is not installed; tests/integration/setup.sh builds it\n")
        return 2
    cases: list[dict[str, Any]] = json.loads(CASES.read_text())
    for case in cases:
        answer = opas(str(opa), Broken(number=0, mode=case["mode"], source=case["source"]))
        if isinstance(answer, str):
            sys.stderr.write(f"{case['name']}: {answer}\n")
            return 1
        case["errors"] = [[e.row, e.col, e.code, e.message] for e in answer]
    CASES.write_text(json.dumps(cases, indent=1, ensure_ascii=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
