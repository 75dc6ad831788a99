"""A baseline: reasons that an image had already, and that a check lets be.

A reason is known where the baseline has one of its fingerprint for the same image, that denied if
this one denies, and was as severe or more. Each in the baseline excuses one: a second finding like
it is new. What a waiver let pass in the baseline excuses nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from policyengine.evaluate.verdict import outcome_of
from policyengine.model.change import ImageChange
from policyengine.model.policy import RuleKind
from policyengine.model.severity import Severity
from policyengine.model.verdict import Reason, Verdict


def is_in(baseline: Sequence[Verdict], verdict: Verdict) -> bool:
    """Say whether ``baseline`` has a judgement of this verdict's image."""
    return any(_image(other) == _image(verdict) for other in baseline)


def against_baseline(verdict: Verdict, baseline: Sequence[Verdict]) -> Verdict:
    """Return ``verdict`` with those reasons and warnings ``known`` that ``baseline`` has.

    The image is known by its repository, else by its reference. A verdict that nothing else
    stands against becomes *allowed*; what could not be judged stays *incomplete*.
    """
    ledger = _Ledger()
    for other in baseline:
        if _image(other) == _image(verdict):
            for reason in (*other.reasons, *other.warnings, *other.known):
                ledger.enter(reason)
    reasons, known_reasons = ledger.split(verdict.reasons)
    warnings, known_warnings = ledger.split(verdict.warnings)
    outcome = verdict.outcome
    if verdict.problem is None:
        outcome = outcome_of(reasons, verdict.unjudged, verdict.judged)
    return replace(
        verdict,
        outcome=outcome,
        reasons=reasons,
        warnings=warnings,
        known=(*verdict.known, *known_reasons, *known_warnings),
    )


class _Ledger:
    """The severities that are still excused, in rising order, by fingerprint and kind."""

    def __init__(self) -> None:
        self._excused: defaultdict[tuple[str, RuleKind], list[Severity]] = defaultdict(list)

    def enter(self, reason: Reason) -> None:
        insort(self._excused[reason.fingerprint, reason.kind], reason.severity)

    def split(self, reasons: Sequence[Reason]) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """Return the new reasons and the known ones; ``reasons`` come with the worst first."""
        new: list[Reason] = []
        known: list[Reason] = []
        for reason in reasons:
            (known if self._takes(reason) else new).append(reason)
        return tuple(new), tuple(known)

    def _takes(self, reason: Reason) -> bool:
        # What denied once may warn now; what warned has never been let pass as a denial.
        for kind in dict.fromkeys((reason.kind, RuleKind.DENY)):
            severities = self._excused[reason.fingerprint, kind]
            index = bisect_left(severities, reason.severity)
            if index < len(severities):
                del severities[index]
                return True
        return False


def _image(verdict: Verdict) -> tuple[str, str]:
    if verdict.repository is not None:
        return "repository", verdict.repository
    return "image", verdict.image


def compare(baseline: Sequence[Verdict], verdicts: Sequence[Verdict]) -> tuple[ImageChange, ...]:
    """Return what changed in each image of either side, those of ``verdicts`` first.

    An image that ``verdicts`` no longer judges is not one whose reasons are gone: it is listed
    with ``judged`` False.
    """
    changes = []
    for verdict in verdicts:
        after = against_baseline(verdict, baseline)
        old = [other for other in baseline if _image(other) == _image(verdict)]
        gone = [reason for other in old for reason in _gone(other, verdict)]
        changes.append(
            ImageChange(
                image=verdict.image,
                repository=verdict.repository,
                judged=True,
                before=old[-1].outcome if old else None,
                after=verdict.outcome,
                new=after.reasons,
                new_warnings=after.warnings,
                gone=tuple(gone),
                same=len(after.known) - len(verdict.known),
            )
        )
    judged = {_image(verdict) for verdict in verdicts}
    changes.extend(
        ImageChange(
            image=other.image,
            repository=other.repository,
            judged=False,
            before=other.outcome,
            after=None,
        )
        for other in baseline
        if _image(other) not in judged
    )
    return tuple(changes)


def _gone(before: Verdict, after: Verdict) -> list[Reason]:
    """Return what denied ``before`` and is not found any more, whether it counts or not."""
    left = Counter(
        reason.fingerprint
        for reason in (
            *after.reasons,
            *after.warnings,
            *after.known,
            *(item.reason for item in after.waived),
        )
    )
    gone = []
    for reason in (*before.reasons, *before.known):
        if reason.kind is RuleKind.DENY:
            left[reason.fingerprint] -= 1
            if left[reason.fingerprint] < 0:
                gone.append(reason)
    return gone
