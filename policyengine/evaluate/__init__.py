"""Input document and bundle into a verdict. Nothing here reads a file, a clock or a network."""

from __future__ import annotations

from policyengine.evaluate.verdict import evaluate, unjudgeable

__all__ = ["evaluate", "unjudgeable"]
