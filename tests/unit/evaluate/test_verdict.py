"""From results to a verdict: nothing is allowed by accident, and every reason can be traced."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policyengine.document import InputDocument
from policyengine.errors import EvaluationError
from policyengine.evaluate import evaluate, unjudgeable
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.instant import Instant
from policyengine.model.policy import PolicyRule, RuleKind
from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Verdict
from policyengine.model.views import DocumentView
from tests.evidence_values import (
    NOW,
    image,
    image_evidence,
    sbom_document,
    scan_report,
    signature,
    trust_record,
    vulnerability,
)
from tests.policy_values import IDENTITY, GivenAnswers, bundle, document, needing, rule

IMAGE, SCAN = EvidenceKind.IMAGE, EvidenceKind.SCAN
SBOM, TRUST = EvidenceKind.SBOM, EvidenceKind.TRUST
SCANNED = GatheredReports(scans=(scan_report(vulnerability()),))


def judged(
    *rules: PolicyRule,
    answers: dict[int, Any] | None = None,
    of: InputDocument | None = None,
    view: DocumentView = DocumentView.UNIFIED,
) -> Verdict:
    return evaluate(
        of or document(),
        bundle(*rules, view=view),
        GivenAnswers(answers=answers or {}),
        engine="given",
        image="app:1.4",
    )


def test_an_image_that_no_rule_denies_is_allowed() -> None:
    verdict = judged(rule())
    assert verdict.outcome is Outcome.ALLOWED
    assert [item.id for item in verdict.judged] == ["acme.deny.1"]


def test_a_reason_denies() -> None:
    verdict = judged(rule(), rule(row=2), answers={1: [], 2: ["runs as root"]})
    assert verdict.outcome is Outcome.DENIED
    assert [(r.rule.location.row, r.message) for r in verdict.reasons] == [(2, "runs as root")]


def test_a_warning_does_not_deny() -> None:
    verdict = judged(rule("warn"), answers={1: ["old"]})
    assert verdict.outcome is Outcome.ALLOWED
    assert [reason.message for reason in verdict.warnings] == ["old"]


def test_a_bundle_without_rules_gives_no_verdict() -> None:
    with pytest.raises(EvaluationError, match="no rules"):
        judged()


def test_a_rule_without_its_evidence_is_not_asked_and_not_allowed() -> None:
    policy = GivenAnswers(answers={2: ["from a scan that is not there"]})
    rules = (rule(), rule(row=2, **needing(SCAN)))
    verdict = evaluate(document(), bundle(*rules), policy, engine="given", image="app")
    assert policy.asked == [1]
    assert verdict.outcome is Outcome.INCOMPLETE
    (unjudged,) = verdict.unjudged
    assert (unjudged.rule.location.row, unjudged.missing) == (2, (SCAN,))
    assert "--scan" in unjudged.hint


@pytest.mark.parametrize(
    ("kind", "option"), [(SCAN, "--scan"), (SBOM, "--sbom"), (TRUST, "--trust")]
)
def test_the_option_that_supplies_the_evidence_is_told(kind: EvidenceKind, option: str) -> None:
    (unjudged,) = judged(rule(**needing(IMAGE, kind))).unjudged
    assert unjudged.missing == (kind,)
    assert option in unjudged.hint


def test_all_that_is_missing_is_told_at_once() -> None:
    (unjudged,) = judged(rule(**needing(SCAN, SBOM, TRUST))).unjudged
    assert unjudged.missing == (SBOM, SCAN, TRUST)


@pytest.mark.parametrize(
    ("kind", "reports"),
    [
        (SCAN, GatheredReports(scans=(scan_report(),))),
        (SBOM, GatheredReports(sboms=(sbom_document(),))),
        (TRUST, GatheredReports(trusts=(trust_record(),))),
    ],
)
def test_a_rule_whose_evidence_is_there_is_judged(
    kind: EvidenceKind, reports: GatheredReports
) -> None:
    assert judged(rule(**needing(kind)), of=document(reports)).outcome is Outcome.ALLOWED


def test_no_rule_judged_is_never_allowed() -> None:
    assert judged(rule(**needing(SCAN))).outcome is Outcome.INCOMPLETE


def test_a_warning_that_could_not_be_judged_leaves_the_verdict_incomplete() -> None:
    assert judged(rule(), rule("warn", 2, **needing(SCAN))).outcome is Outcome.INCOMPLETE


def test_a_denial_stands_where_other_rules_could_not_be_judged() -> None:
    verdict = judged(rule(), rule(row=2, **needing(SCAN)), answers={1: ["root"]})
    assert verdict.outcome is Outcome.DENIED
    assert len(verdict.unjudged) == 1


def test_optional_evidence_is_no_hindrance() -> None:
    assert judged(rule(optional=frozenset({SCAN}))).outcome is Outcome.ALLOWED


def test_evidence_that_is_claimed_and_not_there_is_missing() -> None:
    claimed = document(SCANNED)
    del claimed.content["scan"]
    assert judged(rule(**needing(SCAN)), of=claimed).outcome is Outcome.INCOMPLETE


def test_evidence_that_is_there_and_not_claimed_is_missing() -> None:
    unclaimed = document(SCANNED)
    evidence: Any = unclaimed.content["evidence"]
    evidence["scan"]["status"] = "missing"
    assert judged(rule(**needing(SCAN)), of=unclaimed).outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    "value",
    [
        True,
        1,
        0,
        1.5,
        "",
        " \n\t",
        {},
        {"message": "a"},
        {"msg": ""},
        {"msg": " "},
        {"msg": None},
        {"msg": 1},
        {"msg": ["a"]},
        {"msg": "a", "severity": "terrible"},
        {"msg": "a", "severity": "HIGH"},
        {"msg": "a", "severity": 3},
        {"msg": "a", "severity": ["high"]},
        {"msg": "a", "paths": "image"},
        {"msg": "a", "paths": {}},
        {"msg": "a", "paths": ["image"]},
        {"msg": "a", "paths": [["image", None]]},
        {"msg": "a", "paths": [["image", True]]},
        {"msg": "a", "paths": [["image", 1.5]]},
        {"msg": "a", "paths": [["image", ["x"]]]},
        {"msg": "a", "size": 2**64},
        {"msg": "a", "sizes": [{"size": -(2**63) - 1}]},
        {"msg": "a", "score": float("inf")},
        {"msg": "a", "score": float("nan")},
        {"msg": "half of a pair: \ud83d"},
        {"msg": "a", "\ud83d": 1},
        [True],
        [False],
        [None],
        [["a"]],
        ["a", 7],
        [{"msg": "a"}, {"no": "msg"}],
    ],
)
@pytest.mark.parametrize("name", ["deny", "warn"])
def test_a_result_that_is_no_reason_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(EvaluationError) as caught:
        judged(rule(name), answers={1: value})
    assert "acme.rego:1" in str(caught.value)


@pytest.mark.parametrize("value", [False, None, []])
def test_a_rule_that_gives_nothing_does_not_apply(value: Any) -> None:
    verdict = judged(rule(), answers={1: value})
    assert verdict.outcome is Outcome.ALLOWED
    assert verdict.reasons == ()


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("a", ["a"]),
        (["b", "a"], ["a", "b"]),
        ({"msg": "a"}, ["a"]),
        ([{"msg": "a"}, "b", {"msg": "c", "x": 1}], ["a", "b", "c"]),
    ],
)
def test_reasons_are_strings_or_objects(value: Any, messages: list[str]) -> None:
    reasons = judged(rule(), answers={1: value}).reasons
    assert [reason.message for reason in reasons] == messages


def test_the_fields_of_a_result_are_its_details() -> None:
    result = {"msg": "a", "severity": "low", "paths": [], "cve": "CVE-2026-1", "n": 2**63}
    (reason,) = judged(rule(severity=Severity.HIGH), answers={1: [result]}).reasons
    assert reason.severity is Severity.LOW
    assert reason.details == {"cve": "CVE-2026-1", "n": 2**63}


def test_a_reason_has_the_severity_of_its_rule_where_it_gives_none() -> None:
    (reason,) = judged(rule(severity=Severity.HIGH), answers={1: ["a"]}).reasons
    assert reason.severity is Severity.HIGH


def test_the_worst_reason_comes_first_and_the_order_does_not_depend_on_the_engine() -> None:
    rules = (
        rule(row=1, severity=Severity.LOW),
        rule(row=2, severity=Severity.CRITICAL),
        rule(row=3, severity=Severity.CRITICAL),
    )
    answers = {1: ["a"], 2: ["c", "b"], 3: ["a"]}
    reversed_answers = {row: list(reversed(given)) for row, given in answers.items()}
    verdict = judged(*rules, answers=answers)
    assert [(r.rule.location.row, r.message) for r in verdict.reasons] == [
        (2, "b"),
        (2, "c"),
        (3, "a"),
        (1, "a"),
    ]
    assert judged(*rules, answers=reversed_answers) == verdict


class TestAllow:
    @pytest.mark.parametrize("value", [False, None, "true", 1, [True], {}, []])
    def test_a_package_that_does_not_say_true_does_not_allow(self, value: Any) -> None:
        verdict = judged(rule("allow"), answers={1: value})
        assert verdict.outcome is Outcome.DENIED
        assert "acme does not allow" in verdict.reasons[0].message

    def test_a_package_whose_allow_is_undefined_does_not_allow(self) -> None:
        assert judged(rule("allow")).outcome is Outcome.DENIED

    def test_one_definition_that_holds_allows(self) -> None:
        verdict = judged(rule("allow"), rule("allow", 2), answers={2: True})
        assert verdict.outcome is Outcome.ALLOWED

    def test_a_denial_stands_beside_an_allowance(self) -> None:
        verdict = judged(rule("allow"), rule("deny", 2), answers={1: True, 2: ["a"]})
        assert verdict.outcome is Outcome.DENIED

    def test_every_package_must_allow(self) -> None:
        other = rule("allow", 2, package=("other",))
        verdict = judged(rule("allow"), other, answers={1: True, 2: False})
        assert [reason.rule.package for reason in verdict.reasons] == [("other",)]

    def test_an_allowance_that_could_not_be_judged_neither_allows_nor_denies(self) -> None:
        rules = (rule("allow"), rule("allow", 2, **needing(SCAN)))
        assert judged(*rules, answers={1: False}).outcome is Outcome.INCOMPLETE
        assert judged(*rules, answers={1: True}).outcome is Outcome.INCOMPLETE

    def test_an_allowance_of_the_future_only_warns(self) -> None:
        later = rule("allow", effective_on=Instant(NOW.ns + 1))
        verdict = judged(later)
        assert verdict.outcome is Outcome.ALLOWED
        assert len(verdict.warnings) == 1


@pytest.mark.parametrize(
    ("shift", "outcome"), [(-1, Outcome.DENIED), (0, Outcome.DENIED), (1, Outcome.ALLOWED)]
)
def test_a_rule_denies_from_its_day_on(shift: int, outcome: Outcome) -> None:
    verdict = judged(rule(effective_on=Instant(NOW.ns + shift)), answers={1: ["a"]})
    assert verdict.outcome is outcome
    (reason,) = verdict.reasons + verdict.warnings
    assert reason.kind is (RuleKind.DENY if outcome is Outcome.DENIED else RuleKind.WARN)


def test_the_engine_is_given_the_clock_of_the_document_and_its_bytes() -> None:
    policy = GivenAnswers()
    given_document = document()
    evaluate(given_document, bundle(rule()), policy, engine="given", image="app")
    assert policy.now_ns == NOW.ns
    assert policy.document == given_document.encoded


def test_the_engine_is_given_the_view_of_the_bundle() -> None:
    policy = GivenAnswers()
    view = bundle(rule(), view=DocumentView.REGISTRY)
    evaluate(document(), view, policy, engine="given", image="app")
    assert json.loads(policy.document)["image"]["repository"] == "team/app"


def test_a_verdict_says_what_was_judged_by_what() -> None:
    of = document(SCANNED, environment="production")
    verdict = judged(rule(), of=of)
    assert verdict.bundles == (IDENTITY,)
    assert (verdict.image, verdict.engine) == ("app:1.4", "given")
    assert verdict.repository == "registry.example/team/app"
    assert verdict.environment == "production"
    assert verdict.evaluated_at == NOW
    assert verdict.document_digest == of.sha256
    assert [source.format for source in verdict.sources] == ["oci-image-manifest", "trivy-json"]


def test_an_accepted_mismatch_is_told() -> None:
    content = document()
    evidence: Any = content.content["evidence"]
    evidence["mismatches"] = [{"kind": "scan", "location": "s.json", "message": "is of another"}]
    (mismatch,) = judged(rule(), of=content).mismatches
    assert (mismatch.kind, mismatch.location) == (SCAN, "s.json")


def test_an_image_that_could_not_be_collected_is_incomplete() -> None:
    verdict = unjudgeable(
        "app",
        problem="connection refused with AKIAABCDEFGHIJKLMNOP",
        environment=None,
        evaluated_at=NOW,
        bundles=(IDENTITY,),
        engine="given",
    )
    assert verdict.outcome is Outcome.INCOMPLETE
    assert verdict.problem == "connection refused with AKIA************"


SECRET = "hunter2-hunter2"
TOKEN = "AKIAABCDEFGHIJKLMNOP"


def test_secrets_reach_no_part_of_a_verdict() -> None:
    of = document(
        of=image_evidence(
            having=image({"Env": [f"DB_PASSWORD={SECRET}"], "Labels": {TOKEN: "x", "a": SECRET}})
        )
    )
    result = {
        "msg": f"the password is {SECRET} or {TOKEN}",
        "paths": [
            ["image", "config", "Env", 0],
            ["image", "config"],
            ["image", "config", "Labels", TOKEN],
            ["image", "config", "Labels", SECRET],
            [],
        ],
        SECRET: 1,
        "nested": [{"deep": f"x{SECRET}x"}],
    }
    for view in DocumentView:
        text = repr(judged(rule(), answers={1: [result]}, of=of, view=view))
        assert SECRET not in text
        assert TOKEN not in text


@pytest.mark.parametrize(
    "result",
    [
        [[SECRET]],
        {"msg": [SECRET]},
        {"msg": {"a": SECRET}},
        {"msg": "a", "severity": SECRET},
        {"msg": "a", "paths": SECRET},
        {"msg": "a", "paths": [[{SECRET: 1}]]},
        {"msg": SECRET, "n": 2**64},
    ],
)
def test_an_error_about_a_result_does_not_show_what_is_in_it(result: Any) -> None:
    with pytest.raises(EvaluationError) as caught:
        judged(rule(), answers={1: result})
    assert SECRET not in str(caught.value)


gathered_kinds = st.sets(st.sampled_from([SCAN, SBOM, TRUST]))
some_rules = st.lists(
    st.tuples(
        st.sampled_from(["deny", "warn", "allow"]),
        st.sets(st.sampled_from(list(EvidenceKind))),
        st.sampled_from([[], ["a"], True, False, None]),
    ),
    min_size=1,
    max_size=5,
)


def with_evidence(kinds: set[EvidenceKind]) -> InputDocument:
    return document(
        GatheredReports(
            scans=(scan_report(),) if SCAN in kinds else (),
            sboms=(sbom_document(),) if SBOM in kinds else (),
            trusts=(trust_record(signature()),) if TRUST in kinds else (),
        )
    )


def outcome_of(
    rules: list[tuple[str, set[EvidenceKind], Any]], kinds: set[EvidenceKind]
) -> Outcome:
    made, answers = [], {}
    for row, (name, requires, answer) in enumerate(rules):
        made.append(rule(name, row, **needing(*requires)))
        is_reason = name != "allow" and answer is True
        if answer is not None and not is_reason:
            answers[row] = answer
    return judged(*made, answers=answers, of=with_evidence(kinds)).outcome


@given(some_rules, gathered_kinds, st.sets(st.sampled_from(list(EvidenceKind))))
def test_one_more_denial_never_helps(
    rules: list[tuple[str, set[EvidenceKind], Any]],
    kinds: set[EvidenceKind],
    requires: set[EvidenceKind],
) -> None:
    before = outcome_of(rules, kinds)
    after = outcome_of([*rules, ("deny", requires, ["b"])], kinds)
    assert after is not Outcome.ALLOWED
    if before is Outcome.DENIED:
        assert after is Outcome.DENIED


@given(some_rules, gathered_kinds, gathered_kinds)
def test_less_evidence_never_helps(
    rules: list[tuple[str, set[EvidenceKind], Any]],
    kinds: set[EvidenceKind],
    removed: set[EvidenceKind],
) -> None:
    if outcome_of(rules, kinds) is not Outcome.ALLOWED:
        assert outcome_of(rules, kinds - removed) is not Outcome.ALLOWED
