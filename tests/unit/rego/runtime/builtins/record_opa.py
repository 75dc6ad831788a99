"""Ask OPA for the answers in data/: ``python record_opa.py PATH_TO_OPA [FILE...]``.

Each file is a list of rows: ``call``, a Rego expression, and ``answer``, which is absent where the
call is undefined. A row is added by writing its call and running this.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path(__file__).parent / "data"


def record(opa: str, path: Path) -> None:
    calls = list(dict.fromkeys(row["call"] for row in json.loads(path.read_text())))
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "calls.rego"
        rules = (f"answers[{place}] := {call}\n" for place, call in enumerate(calls))
        module.write_text("package calls\n\n" + "".join(rules))
        done = subprocess.run(
            [opa, "eval", "--format", "raw", "--data", str(module), "data.calls.answers"],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit(f"{path.name}: {done.stdout}{done.stderr}")
    answers = json.loads(done.stdout)
    lines = [
        json.dumps(
            {"call": call} | ({"answer": answers[str(place)]} if str(place) in answers else {})
        )
        for place, call in enumerate(calls)
    ]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    for file in [Path(name) for name in sys.argv[2:]] or sorted(DATA.glob("*.json")):
        record(sys.argv[1], file)
