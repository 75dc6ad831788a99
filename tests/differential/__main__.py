"""Compare this engine with OPA: ``python -m tests.differential [--count N] [--first N]``.

Prints each program on which they differ, and ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import Final

from tests.differential.answers import Answer, Opa, find_opa, opa_server, ours
from tests.differential.generator import Program, program

KNOWN: Final[dict[int, str]] = {}
"""Programs that differ in a way that ``docs/engines.md`` tells."""


def main() -> int:
    """Run the comparison that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="how many programs")
    parser.add_argument("--first", type=int, default=0, help="the number of the first program")
    options = parser.parse_args()
    found = find_opa()
    if found is None:
        print("opa is not installed; tests/integration/setup.sh builds it", file=sys.stderr)
        return 2
    kinds: Counter[str] = Counter()
    differing = 0
    with opa_server(found) as opa:
        for number in range(options.first, options.first + options.count):
            made = program(number)
            wanted, answer = both(opa, made)
            kinds[wanted.kind] += 1
            if wanted.kind != "panic" and answer != wanted and number not in KNOWN:
                differing += 1
                show(made, wanted, answer)
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    print(f"{options.count} programs ({counts}): {differing} differ")
    return 1 if differing else 0


def both(opa: Opa, made: Program) -> tuple[Answer, Answer]:
    """OPA's answer and ours. In every other program errors of builtins are errors.

    Which of several errors comes first, and whether what is in a rule that cannot hold for another
    reason fails at all, hangs on the order in which OPA's index tries rules. Where an error of this
    engine differs in nothing else, first the answers decide in which errors of builtins are
    undefined, and then OPA's answer without its index.
    """
    strict = made.number % 2 == 1
    wanted = opa.answer(made.source, made.document, strict=strict)
    answer = ours(made.source, made.document, strict=strict)
    if strict and _fails(answer, wanted):
        strict = False
        wanted = opa.answer(made.source, made.document, strict=strict)
        answer = ours(made.source, made.document, strict=strict)
    if _fails(answer, wanted):
        wanted = opa.alone(made.source, made.document, strict=strict, indexing=False)
    if (answer.kind == "refused") != (wanted.kind == "refused"):
        wanted = opa.alone(made.source, made.document, strict=strict)
    return wanted, answer


def _fails(answer: Answer, wanted: Answer) -> bool:
    return answer.kind == "error" and answer != wanted and wanted.kind in {"value", "error"}


def show(made: Program, wanted: Answer, answer: Answer) -> None:
    """Print a program, its input and both answers."""
    print(f"==== program {made.number}\n{made.source}")
    print(f"input {json.dumps(made.document, ensure_ascii=False)}\nopa   {wanted}\nours  {answer}")
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
