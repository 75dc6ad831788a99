"""Several bundles on one document: one verdict in which each reason names its bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from policyengine.evaluate.verdict import outcome_of, reason_order
from policyengine.model.verdict import Verdict


def combined(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of all bundles, from that of each on the same document.

    Any denial denies, and only where every bundle allows is the image allowed. Raises ValueError
    for none: no bundle is no judgement.
    """
    if not verdicts:
        raise ValueError("no verdict to combine")
    if len(verdicts) == 1:
        return verdicts[0]
    reasons = tuple(sorted((r for v in verdicts for r in v.reasons), key=reason_order))
    unjudged = tuple(item for verdict in verdicts for item in verdict.unjudged)
    judged = tuple(rule for verdict in verdicts for rule in verdict.judged)
    # A bundle of which no rule was judged has not allowed, whatever the others judged.
    silent = tuple(verdict for verdict in verdicts if not verdict.judged)
    return replace(
        verdicts[0],
        outcome=outcome_of(reasons, unjudged, () if silent else judged),
        bundles=tuple(bundle for verdict in verdicts for bundle in verdict.bundles),
        reasons=reasons,
        warnings=tuple(sorted((r for v in verdicts for r in v.warnings), key=reason_order)),
        unjudged=unjudged,
        judged=judged,
    )
