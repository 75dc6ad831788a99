"""Input document and bundle into a verdict. Nothing here reads a file, a clock or a network."""

from __future__ import annotations

from policyengine.evaluate.baseline import against_baseline, compare, is_in
from policyengine.evaluate.verdict import evaluate, unjudgeable

__all__ = ["against_baseline", "compare", "evaluate", "is_in", "unjudgeable"]
