"""What an evaluation takes where there is nothing to loop over, piece by piece.

The image rules over an input without records: what stands around every evaluation, and each rule
by itself beside the function by hand that says the same. A rule's time is that of a policy of it
alone, less that of a policy whose one rule gives nothing.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks import rego_by_hand
from benchmarks.rego_inputs import PARAMETERS, document
from policyengine.rego import Policy
from policyengine.rego.compiler.owners import QUERY_OWNER
from policyengine.rego.guard import Asked, Guarded
from policyengine.rego.runtime.limits import DEFAULT_LIMITS
from policyengine.rego.runtime.watch import resident_bytes

_IMAGE: Final = Path(__file__).with_name("rego_rules") / "image.rego"
_ROUNDS: Final = 500
_REPEATS: Final = 60


def main() -> None:
    """Measure, and print a line each, in microseconds of processor time."""
    given = document(0)
    header, *definitions = _IMAGE.read_text().split("\n\n")
    rules = [text for text in definitions if text.startswith("deny ")]
    helpers = [text for text in definitions if not text.startswith("deny ")]
    nothing = _microseconds(_evaluation(f"{header}\n\ndeny contains 1 if false\n"))
    _print("all rules", _microseconds(_evaluation(_IMAGE.read_text())))
    _print("all rules by hand", _microseconds(partial(rego_by_hand.deny, given, PARAMETERS)))
    _print("a rule that gives nothing", nothing)
    _print("  of it the limits", _microseconds(_limits))
    _print("  of these the memory, once a millisecond", _microseconds(resident_bytes))
    for text, by_hand in zip(rules, rego_by_hand.RULES, strict=True):
        alone = _evaluation("\n\n".join([header, text, *helpers]))
        hand = _microseconds(lambda rule=by_hand: set(rule(given, PARAMETERS)))  # type: ignore[misc]
        name = by_hand.__name__.strip("_")
        print(f"{name:<40} {_microseconds(alone) - nothing:7.2f}  by hand {hand:7.2f}", flush=True)


def _evaluation(source: str) -> Callable[[], object]:
    policy = Policy.compile({"image.rego": source}, data={"parameters": PARAMETERS})
    return partial(policy.evaluate, "data.docker.image.deny", input=document(0), now_ns=0)


def _limits() -> None:
    with Guarded(DEFAULT_LIMITS, {}, Asked(QUERY_OWNER)):
        pass


def _microseconds(side: Callable[[], object]) -> float:
    """The least of many rounds: what other programs took of the processor is in no such round."""
    taken = timeit.repeat(side, number=_ROUNDS, repeat=_REPEATS, timer=time.process_time)
    return min(taken) / _ROUNDS * 1e6


def _print(name: str, microseconds: float) -> None:
    print(f"{name:<40} {microseconds:7.2f}", flush=True)
