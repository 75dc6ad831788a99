"""What a baseline lets be, and what it must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policyengine.evaluate import against_baseline, is_in
from policyengine.model.policy import RuleKind
from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Reason, Verdict, WaivedReason
from tests.unit.report.verdicts import UNCOLLECTED, UNJUDGED, reason, verdict, waiver


def found(name: str, severity: Severity = Severity.HIGH, **changes: Any) -> Reason:
    return reason(message="m", severity=severity, details={"package": name}, **changes)


def denied(*reasons: Reason, **changes: Any) -> Verdict:
    return verdict(Outcome.DENIED if reasons else Outcome.ALLOWED, reasons=reasons, **changes)


def warning(name: str) -> Reason:
    return found(name, kind=RuleKind.WARN)


def test_only_what_is_new_denies() -> None:
    judged = against_baseline(denied(found("new"), found("old")), [denied(found("old"))])
    assert judged.outcome is Outcome.DENIED
    assert judged.reasons == (found("new"),)
    assert judged.known == (found("old"),)


def test_an_image_with_nothing_new_is_allowed() -> None:
    judged = against_baseline(denied(found("old")), [denied(found("old"), found("gone"))])
    assert (judged.outcome, judged.reasons, judged.known) == (Outcome.ALLOWED, (), (found("old"),))


SLIPPED = [
    pytest.param(denied(found("a"), repository="registry.example/b"), id="another image"),
    pytest.param(denied(found("a", Severity.MEDIUM)), id="less severe before"),
    pytest.param(verdict(warnings=(warning("a"),)), id="only a warning before"),
    pytest.param(
        verdict(waived=(WaivedReason(reason=found("a"), waiver=waiver()),)), id="waived before"
    ),
    pytest.param(denied(found("b")), id="another finding before"),
    pytest.param(denied(), id="nothing before"),
]


@pytest.mark.parametrize("before", SLIPPED)
def test_nothing_hides_behind_a_baseline_that_has_not_let_it_be(before: Verdict) -> None:
    judged = against_baseline(denied(found("a")), [before])
    assert (judged.outcome, judged.reasons) == (Outcome.DENIED, (found("a"),))


def test_each_in_the_baseline_excuses_one() -> None:
    judged = against_baseline(denied(found("a"), found("a")), [denied(found("a"))])
    assert (len(judged.reasons), len(judged.known)) == (1, 1)


def test_the_worst_is_not_excused_by_the_lesser_one() -> None:
    both = denied(found("a", Severity.CRITICAL), found("a", Severity.LOW))
    judged = against_baseline(both, [denied(found("a", Severity.HIGH))])
    assert [r.severity for r in judged.reasons] == [Severity.CRITICAL]
    assert [r.severity for r in judged.known] == [Severity.LOW]


def test_two_of_one_finding_are_matched_so_that_both_are_excused() -> None:
    both = denied(found("a", Severity.HIGH), found("a", Severity.LOW))
    assert not against_baseline(both, [both]).reasons
    assert not against_baseline(both, [denied(*reversed(both.reasons))]).reasons


def test_a_baseline_made_with_a_baseline_goes_on_excusing() -> None:
    first = denied(found("a"))
    second = against_baseline(first, [first])
    assert not against_baseline(first, [second]).reasons


def test_what_denied_may_warn_and_is_known_still() -> None:
    judged = against_baseline(verdict(warnings=(warning("a"),)), [denied(found("a"))])
    assert (judged.warnings, judged.known) == ((), (warning("a"),))


@pytest.mark.parametrize("unknown", [UNJUDGED, UNCOLLECTED], ids=["unjudged", "uncollected"])
def test_what_is_incomplete_stays_incomplete(unknown: Verdict) -> None:
    assert against_baseline(unknown, [unknown]).outcome is Outcome.INCOMPLETE


def test_a_baseline_never_denies_what_it_excuses_nothing_of() -> None:
    judged = verdict()
    assert against_baseline(judged, []) == judged


def test_an_image_without_a_name_is_known_by_its_reference() -> None:
    nameless = denied(found("a"), repository=None, image="app.tar")
    assert is_in([nameless], nameless)
    assert not is_in([replace(nameless, image="other.tar")], nameless)
    assert not is_in([replace(nameless, image="x", repository="app.tar")], nameless)
    assert not against_baseline(nameless, [nameless]).reasons
