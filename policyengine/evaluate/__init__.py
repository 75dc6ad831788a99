"""Input document and bundle into a verdict. Nothing here reads a file, a clock or a network."""

from __future__ import annotations

from policyengine.evaluate.baseline import against_baseline, compare, is_in
from policyengine.evaluate.several import combined
from policyengine.evaluate.verdict import evaluate, unjudgeable
from policyengine.evaluate.waivers import problems_of, unknown_rules, unused_waivers, waived

__all__ = [
    "against_baseline",
    "combined",
    "compare",
    "evaluate",
    "is_in",
    "problems_of",
    "unjudgeable",
    "unknown_rules",
    "unused_waivers",
    "waived",
]
