"""Which reasons a waiver lets pass, and what it must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policyengine.evaluate import problems_of, unknown_rules, unused_waivers, waived
from policyengine.model.instant import Instant
from policyengine.model.policy import RuleKind
from policyengine.model.verdict import Outcome, Reason, Verdict
from policyengine.model.waiver import Waiver, WaiverFault, WaiverRules
from tests.evidence_values import DIGEST, NOW
from tests.unit.report.verdicts import UNCOLLECTED, UNJUDGED, reason, verdict, waiver

RULES = WaiverRules()
DETAILS = {
    "vulnerability": "CVE-2026-1",
    "aliases": ["GHSA-aaaa-bbbb-cccc"],
    "package": "openssl",
    "path": "opt/app/lib.jar",
}
FOUND = reason(details=DETAILS)
DENIED = verdict(Outcome.DENIED, reasons=(FOUND,))


def about(**narrowed: Any) -> Waiver:
    return waiver(repository=narrowed.pop("repository", None), **narrowed)


def applied(given: Waiver, judged: Verdict = DENIED, rules: WaiverRules = RULES) -> Verdict:
    return waived(judged, [given], rules)


FITTING = [
    pytest.param(about(vulnerability="CVE-2026-1"), id="the vulnerability"),
    pytest.param(about(vulnerability="GHSA-aaaa-bbbb-cccc"), id="an alias of it"),
    pytest.param(about(package="openssl"), id="the package"),
    pytest.param(about(path="opt/**"), id="a path"),
    pytest.param(about(digest=DIGEST), id="the digest"),
    pytest.param(about(repository="registry.example/team/*"), id="the repository"),
    pytest.param(
        about(repository="registry.example/**", package="openssl", vulnerability="CVE-2026-1"),
        id="all of them",
    ),
    pytest.param(about(), id="nothing narrowed"),
    pytest.param(about(path="/opt/**"), id="a path with the root's slash"),
    pytest.param(about(path="opt/app/lib.jar"), id="the whole path"),
]


@pytest.mark.parametrize("given", FITTING)
def test_a_waiver_lets_the_reason_that_it_means_pass(given: Waiver) -> None:
    judged = applied(given)
    assert (judged.outcome, judged.reasons) == (Outcome.ALLOWED, ())
    assert [(item.reason, item.waiver) for item in judged.waived] == [(FOUND, given)]


OTHER = [
    pytest.param(about(rule="acme"), id="a rule whose name begins so"),
    pytest.param(about(rule="acme.root.more"), id="a longer rule"),
    pytest.param(about(rule="acme.*"), id="a pattern of rules"),
    pytest.param(about(vulnerability="CVE-2026-11"), id="another vulnerability"),
    pytest.param(about(vulnerability="cve-2026-1"), id="in other letters"),
    pytest.param(about(package="openssl-dev"), id="another package"),
    pytest.param(about(package="open*"), id="a pattern of packages"),
    pytest.param(about(path="opt/*"), id="a path with more slashes"),
    pytest.param(about(path="app/lib.jar"), id="the end of the path"),
    pytest.param(about(digest="sha256:" + "1" * 64), id="another digest"),
    pytest.param(about(repository="registry.example/*"), id="a repository with more slashes"),
    pytest.param(about(repository="registry.example/team/ap"), id="a part of the repository"),
    pytest.param(about(repository="*.example/other"), id="another repository"),
    pytest.param(about(package="openssl", digest="sha256:" + "1" * 64), id="one of two fits"),
    pytest.param(about(package="OpenSSL"), id="a package in other letters"),
    pytest.param(about(package="\u043epenssl"), id="a Cyrillic letter that looks the same"),
    pytest.param(about(package="openssl "), id="a blank behind"),
    pytest.param(about(package="openssl\u200b"), id="a blank of no width behind"),
    pytest.param(about(package="pkg:deb/debian/openssl"), id="a package URL"),
    pytest.param(about(package="pkg:deb/debian/openssl?arch=amd64"), id="with qualifiers"),
    pytest.param(about(vulnerability="CVE\u20102026-1"), id="a hyphen that is none"),
    pytest.param(about(vulnerability="CVE-2026-\uff11"), id="a digit of full width"),
    pytest.param(about(vulnerability="CVE-2026-*"), id="a pattern of vulnerabilities"),
    pytest.param(about(rule="acme.r\u043eot"), id="a rule with a Cyrillic letter"),
    pytest.param(about(rule="Acme.root"), id="a rule in other letters"),
    pytest.param(about(rule="acme.root "), id="a rule and a blank"),
    pytest.param(about(path="opt"), id="a folder above"),
    pytest.param(about(path="opt/"), id="a folder above with its slash"),
    pytest.param(about(path="op?"), id="a beginning with a question mark"),
    pytest.param(about(path="OPT/**"), id="a path in other letters"),
    pytest.param(about(path="opt/app/lib.ja[r]"), id="brackets are no pattern"),
    pytest.param(about(path="opt/app/lib.jar\n"), id="a line end behind the path"),
    pytest.param(about(repository="registry.example/team/*-evil"), id="a name that goes on"),
    pytest.param(about(repository="registry-example/team/app"), id="a dot is no pattern"),
    pytest.param(about(repository="REGISTRY.example/team/app"), id="a registry in other letters"),
    pytest.param(about(repository="registry.example:443/team/app"), id="another port"),
    pytest.param(about(repository="registry.example/team/app:1.4"), id="a repository with a tag"),
    pytest.param(about(repository="*"), id="a star stands for no slash"),
    pytest.param(about(digest=DIGEST.removeprefix("sha256:")), id="a digest without algorithm"),
    pytest.param(about(digest=DIGEST.upper()), id="a digest in other letters"),
]

# What a waiver means, and an image or a reason that comes near to it.
NEAR = [
    pytest.param({"repository": "reg.example/app"}, {"repository": "reg.example/app-evil"}),
    pytest.param({"repository": "reg.example/app"}, {"repository": "reg.example/app/evil"}),
    pytest.param({"repository": "reg.example/*"}, {"repository": "reg.example.evil/app"}),
    pytest.param({"repository": "reg.example/*"}, {"repository": "evil/reg.example/app"}),
    pytest.param({"repository": "*.example/app"}, {"repository": "evil.org/x.example/app"}),
    pytest.param({"repository": "reg.example/**"}, {"repository": "reg.example"}),
    pytest.param({"repository": "reg.example/ap?"}, {"repository": "reg.example/ap/"}),
    pytest.param({"digest": "sha256:" + "1" * 64}, {"digest": "sha256:" + "1" * 65}),
    pytest.param({"path": "opt/**"}, {"path": "opt/../etc/shadow"}),
    pytest.param({"path": "opt/**"}, {"path": "/opt/a/.."}),
    pytest.param({"path": "opt/*"}, {"path": "optional/x"}),
    pytest.param({"path": "opt/**"}, {"path": "srv/opt/x"}),
    pytest.param({"path": "opt/app"}, {"path": "opt/app-evil"}),
    pytest.param({"path": "opt/app"}, {"path": "opt/app/"}),
    pytest.param({"path": "opt/app"}, {"path": "opt//app"}),
    pytest.param({"package": "ssl"}, {"package": "libssl"}),
    pytest.param({"package": "ssl"}, {"package": ["ssl"]}),
    pytest.param({"package": "ssl"}, {"package": {"name": "ssl"}}),
    pytest.param({"vulnerability": "CVE-2026-1"}, {"vulnerability": "CVE-2026-10"}),
    pytest.param({"vulnerability": "CVE-2026-1"}, {"aliases": {"CVE-2026-1": True}}),
    pytest.param({"vulnerability": "CVE-2026-1"}, {"aliases": [["CVE-2026-1"]]}),
    pytest.param({"vulnerability": "CVE-2026-1"}, {"msg": "CVE-2026-1"}),
]


@pytest.mark.parametrize("given", OTHER)
def test_what_does_not_fit_in_everything_lets_nothing_pass(given: Waiver) -> None:
    assert applied(given) == DENIED


@pytest.mark.parametrize(("narrowed", "found"), NEAR, ids=str)
def test_a_waiver_reaches_nothing_that_only_looks_like_what_it_means(
    narrowed: dict[str, str], found: dict[str, Any]
) -> None:
    image = {name: value for name, value in found.items() if name in {"repository", "digest"}}
    details = {name: value for name, value in found.items() if name not in image}
    judged = verdict(Outcome.DENIED, reasons=(reason(details=details),), **image)
    assert applied(about(**narrowed), judged) == judged


NOT_NAMED = [
    ({}, {"vulnerability": "CVE-2026-1"}),
    ({}, {"package": "openssl"}),
    ({}, {"path": "**"}),
    ({"vulnerability": ["CVE-2026-1"]}, {"vulnerability": "CVE-2026-1"}),
    ({"aliases": "CVE-2026-1"}, {"vulnerability": "CVE-2026-1"}),
    ({"path": None}, {"path": "**"}),
]


@pytest.mark.parametrize(("details", "narrowed"), NOT_NAMED, ids=str)
def test_what_a_reason_does_not_name_does_not_fit(
    details: dict[str, Any], narrowed: dict[str, str]
) -> None:
    judged = verdict(Outcome.DENIED, reasons=(reason(details=details),))
    assert applied(about(**narrowed), judged) == judged


def test_an_image_without_a_name_or_digest_does_not_fit_one() -> None:
    nameless = replace(DENIED, repository=None, digest=None)
    assert applied(about(repository="**"), nameless) == nameless
    assert applied(about(digest=DIGEST), nameless) == nameless


AT = Instant.parse
UNSOUND = [
    pytest.param(about(expires=NOW), RULES, WaiverFault.EXPIRED, id="ended just now"),
    pytest.param(
        about(), WaiverRules(approvers=frozenset({"Security"})), WaiverFault.APPROVER, id="letters"
    ),
    pytest.param(
        about(approver="security "),
        WaiverRules(approvers=frozenset({"security"})),
        WaiverFault.APPROVER,
        id="an approver and a blank",
    ),
    pytest.param(
        about(approver="\u0455ecurity"),
        WaiverRules(approvers=frozenset({"security"})),
        WaiverFault.APPROVER,
        id="an approver who looks the same",
    ),
    pytest.param(
        about(created=Instant(NOW.ns + 1)), RULES, WaiverFault.NOT_YET_VALID, id="begins soon"
    ),
    pytest.param(
        about(), WaiverRules(approvers=frozenset({"ciso"})), WaiverFault.APPROVER, id="approver"
    ),
    pytest.param(about(), WaiverRules(max_days=30), WaiverFault.TOO_LONG, id="longer than allowed"),
]


@pytest.mark.parametrize(("given", "rules", "fault"), UNSOUND)
def test_a_waiver_that_is_not_sound_lets_nothing_pass_and_is_named(
    given: Waiver, rules: WaiverRules, fault: WaiverFault
) -> None:
    judged = applied(given, rules=rules)
    assert (judged.outcome, judged.reasons) == (Outcome.DENIED, DENIED.reasons)
    assert [problem.fault for problem in judged.refused_waivers] == [fault]


def test_an_unsound_waiver_of_something_else_is_not_blamed() -> None:
    assert applied(about(expires=NOW, package="zlib")) == DENIED


def test_a_sound_waiver_is_found_behind_an_unsound_one() -> None:
    judged = waived(DENIED, [about(expires=NOW), about(package="openssl")], RULES)
    assert judged.outcome is Outcome.ALLOWED
    assert not judged.refused_waivers


def test_the_clock_is_that_of_the_verdict() -> None:
    given = about(created=AT("2026-01-10T00:00:00Z"), expires=AT("2026-02-01T00:00:00Z"))
    later = replace(DENIED, evaluated_at=AT("2026-02-01T00:00:00Z"))
    assert applied(given).outcome is Outcome.ALLOWED
    assert applied(given, later).outcome is Outcome.DENIED


def test_what_else_denies_goes_on_denying() -> None:
    other: Reason = reason(details={"package": "zlib"})
    judged = applied(about(package="openssl"), replace(DENIED, reasons=(FOUND, other)))
    assert (judged.outcome, judged.reasons) == (Outcome.DENIED, (other,))


def test_a_warning_is_waived_too() -> None:
    warned = verdict(warnings=(replace(FOUND, kind=RuleKind.WARN),))
    judged = applied(about(package="openssl"), warned)
    assert (judged.outcome, judged.warnings, len(judged.waived)) == (Outcome.ALLOWED, (), 1)


@pytest.mark.parametrize("unknown", [UNJUDGED, UNCOLLECTED], ids=["unjudged", "uncollected"])
def test_no_waiver_makes_what_was_not_judged_allowed(unknown: Verdict) -> None:
    given = [about(rule=item.rule.id) for item in unknown.unjudged] or [about()]
    assert waived(unknown, given, RULES).outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("narrowed", "broad"),
    [
        ({}, True),
        ({"repository": "**"}, True),
        ({"path": "**"}, True),
        ({"repository": "*/**", "path": "**"}, True),
        ({"repository": "**/**"}, True),
        ({"repository": "**.**/**"}, True),
        ({"repository": "***"}, True),
        ({"repository": "?*/**"}, True),
        ({"path": "/**"}, True),
        ({"path": "**/*.*"}, True),
        ({"path": "**/*.jar"}, False),
        ({"repository": "**", "package": "a"}, False),
        ({"repository": "registry.example/**"}, False),
        ({"digest": DIGEST}, False),
    ],
)
def test_a_waiver_that_means_everything_is_told(narrowed: dict[str, str], broad: bool) -> None:
    faults = [problem.fault for problem in problems_of(about(**narrowed), RULES, NOW)]
    assert faults == ([WaiverFault.TOO_BROAD] if broad else [])


def test_a_waiver_that_means_nothing_found_is_unused() -> None:
    used, idle = about(package="openssl"), about(package="zlib")
    judged = waived(DENIED, [used], RULES)
    problems = unused_waivers([used, idle], [judged])
    assert [(p.waiver, p.fault) for p in problems] == [(idle, WaiverFault.UNUSED)]


@pytest.mark.parametrize("unknown", [UNJUDGED, UNCOLLECTED], ids=["unjudged", "uncollected"])
def test_nothing_is_unused_where_something_was_not_judged(unknown: Verdict) -> None:
    assert unused_waivers([about(package="zlib")], [DENIED, unknown]) == ()


@pytest.mark.parametrize(
    ("days", "ns", "faults"),
    [(30, 0, []), (30, 1, [WaiverFault.TOO_LONG]), (29, 86_400_000_000_000 - 1, [])],
)
def test_the_longest_is_counted_to_the_nanosecond(
    days: int, ns: int, faults: list[WaiverFault]
) -> None:
    given = about(package="a", expires=Instant(NOW.ns + days * 86_400_000_000_000 + ns))
    given = replace(given, created=NOW)
    found = problems_of(given, WaiverRules(max_days=30), NOW)
    assert [problem.fault for problem in found] == faults


def test_a_waiver_of_a_rule_that_nobody_has_is_told_with_the_nearest() -> None:
    given = about(rule="acme.roott", package="a")
    (problem,) = unknown_rules([given, about(package="a")], ["acme.old", "acme.root"])
    assert (problem.waiver, problem.fault) == (given, WaiverFault.UNKNOWN_RULE)
    assert problem.message.endswith("did you mean acme.root?")
    assert not problem.refuses
    (far,) = unknown_rules([about(rule="x")], ["acme.root"])
    assert "did you mean" not in far.message
