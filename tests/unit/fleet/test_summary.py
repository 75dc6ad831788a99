"""An audit is summed up by outcome, rule and repository."""

from __future__ import annotations

from typing import Any

from policyengine.fleet.summary import AuditSummary


def row(outcome: str, repository: str | None, *rules: str) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "repository": repository,
        "reasons": [{"rule": {"id": rule}} for rule in rules],
    }


def test_an_image_counts_once_for_each_rule_and_the_worst_come_first() -> None:
    summary = AuditSummary()
    summary.note(row("denied", "r/b", "x", "x", "y"))
    summary.note(row("denied", "r/b", "x"))
    summary.note(row("allowed", "r/a"))
    summary.note(row("incomplete", None))
    assert summary.lines() == [
        "by rule:",
        "  x  2",
        "  y  1",
        "by repository:",
        "               allowed  denied  incomplete",
        "  r/b                0       2           0",
        "  (not known)        0       0           1",
        "  r/a                1       0           0",
        "4 images: 1 allowed, 2 denied, 1 incomplete",
    ]
