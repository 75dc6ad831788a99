"""What an attestation claims of a verdict, and what is never attested."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from policyengine.attest.statement import TEST_RESULT, VSA, statement_of
from policyengine.collect.trust.statement import parse_statement
from policyengine.errors import PolicyEngineError, ResultError, UsageError
from policyengine.model.verdict import Outcome, Verdict
from tests.evidence_values import DIGEST
from tests.policy_values import IDENTITY
from tests.unit.report.verdicts import ALLOWED, DENIED, UNJUDGED, WAIVED, WARNED


def said(verdict: Verdict, kind: str = "vsa", **options: Any) -> Any:
    return json.loads(statement_of(verdict, kind=kind, where="r.json", **options).payload)


def test_a_verification_summary_says_what_was_judged_by_what() -> None:
    document = said(ALLOWED)
    assert document["_type"] == "https://in-toto.io/Statement/v1"
    assert document["predicateType"] == VSA
    assert document["subject"] == [
        {"name": "registry.example/team/app", "digest": {"sha256": DIGEST.partition(":")[2]}}
    ]
    predicate = document["predicate"]
    assert predicate["timeVerified"] == str(ALLOWED.evaluated_at)
    assert predicate["resourceUri"] == (
        f"pkg:oci/app@{DIGEST}?repository_url=registry.example/team/app"
    )
    assert predicate["policy"] == {
        "uri": f"policyengine:bundle/{IDENTITY.name}@{IDENTITY.version}",
        "digest": {"sha256": IDENTITY.digest},
        "annotations": {"revision": IDENTITY.revision},
    }
    (source,) = ALLOWED.sources
    assert predicate["inputAttestations"] == [
        {
            "name": source.location,
            "digest": {"sha256": source.sha256},
            "mediaType": source.media_type,
        },
        {"name": "policyengine input document", "digest": {"sha256": "c" * 64}},
    ]
    assert predicate["slsaVersion"] == "1.0"


@pytest.mark.parametrize(
    ("verdict", "result", "levels"),
    [
        # Passing a policy shows no level of SLSA, so none is claimed.
        pytest.param(ALLOWED, "PASSED", ["SLSA_BUILD_LEVEL_UNEVALUATED"], id="allowed"),
        pytest.param(WARNED, "PASSED", ["SLSA_BUILD_LEVEL_UNEVALUATED"], id="warned"),
        pytest.param(WAIVED, "PASSED", ["SLSA_BUILD_LEVEL_UNEVALUATED"], id="waived"),
        pytest.param(DENIED, "FAILED", ["FAILED"], id="denied"),
        pytest.param(UNJUDGED, "FAILED", ["FAILED"], id="incomplete"),
        pytest.param(
            replace(ALLOWED, outcome=Outcome.INCOMPLETE, problem="cut"),
            "FAILED",
            ["FAILED"],
            id="problem",
        ),
    ],
)
def test_only_an_allowed_verdict_passed(verdict: Verdict, result: str, levels: list[str]) -> None:
    predicate = said(verdict)["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == (result, levels)


@pytest.mark.parametrize(
    ("verdict", "result", "passed", "warned", "failed"),
    [
        pytest.param(
            ALLOWED, "PASSED", ["acme.old", "acme.root", "acme.vulnerable"], [], [], id="allowed"
        ),
        pytest.param(
            DENIED, "FAILED", ["acme.old"], [], ["acme.root", "acme.vulnerable"], id="denied"
        ),
        pytest.param(
            WARNED,
            "WARNED",
            ["acme.root", "acme.vulnerable"],
            ["acme.old", "acme.soon"],
            [],
            id="warned",
        ),
        # What is let be did not pass.
        pytest.param(
            WAIVED, "WARNED", ["acme.old"], ["acme.root", "acme.vulnerable"], [], id="waived"
        ),
        pytest.param(UNJUDGED, "FAILED", ["acme.root"], [], ["acme.vulnerable"], id="incomplete"),
    ],
)
def test_a_test_result_tells_each_rule(
    verdict: Verdict, result: str, passed: list[str], warned: list[str], failed: list[str]
) -> None:
    document = said(verdict, "test-result")
    assert document["predicateType"] == TEST_RESULT
    predicate = document["predicate"]
    assert predicate["result"] == result
    assert predicate["passedTests"] == passed
    assert predicate["warnedTests"] == warned
    assert predicate["failedTests"] == failed
    assert predicate["configuration"][0]["digest"] == {"sha256": IDENTITY.digest}


REFUSED = [
    pytest.param(replace(ALLOWED, digest=None), UsageError, "no digest", id="no digest"),
    pytest.param(replace(ALLOWED, digest="sha256:12"), UsageError, "no digest", id="half a digest"),
    pytest.param(replace(ALLOWED, repository=None), UsageError, "--resource", id="no name"),
    pytest.param(replace(ALLOWED, reasons=DENIED.reasons), ResultError, "deny", id="with reasons"),
    pytest.param(
        replace(ALLOWED, unjudged=UNJUDGED.unjudged), ResultError, "not judged", id="with unjudged"
    ),
    pytest.param(replace(ALLOWED, problem="x"), ResultError, "a problem", id="with a problem"),
    pytest.param(replace(ALLOWED, judged=()), ResultError, "no rule", id="without rules"),
    pytest.param(replace(ALLOWED, bundles=()), ResultError, "no bundle", id="without bundles"),
    pytest.param(
        replace(ALLOWED, document_digest=None), ResultError, "no input document", id="no document"
    ),
]


@pytest.mark.parametrize("kind", ["vsa", "test-result"])
@pytest.mark.parametrize(("verdict", "error", "message"), REFUSED)
def test_what_shows_nothing_is_not_attested(
    verdict: Verdict, error: type[PolicyEngineError], message: str, kind: str
) -> None:
    with pytest.raises(error) as raised:
        said(verdict, kind)
    assert message in str(raised.value)


def test_several_bundles_are_one_policy_that_lists_them() -> None:
    other = replace(IDENTITY, name="other", digest="e" * 64)
    policy = said(replace(ALLOWED, bundles=(IDENTITY, other)))["predicate"]["policy"]
    assert [item["digest"]["sha256"] for item in policy["annotations"]["bundles"]] == [
        IDENTITY.digest,
        "e" * 64,
    ]
    swapped = said(replace(ALLOWED, bundles=(other, IDENTITY)))["predicate"]["policy"]
    assert policy["digest"] != swapped["digest"]


def test_the_same_verdict_is_the_same_statement_which_is_read_back() -> None:
    first = statement_of(WAIVED, kind="vsa", where="r")
    assert first == statement_of(WAIVED, kind="vsa", where="r")
    read = parse_statement(first.payload, "here")
    assert read.predicate_type == VSA
    assert read.subjects[0].digests == (("sha256", DIGEST.partition(":")[2]),)


def test_resource_and_verifier_are_the_users() -> None:
    predicate = said(
        replace(ALLOWED, repository=None), resource="https://r.example/x", verifier="https://v"
    )["predicate"]
    assert (predicate["resourceUri"], predicate["verifier"]["id"]) == (
        "https://r.example/x",
        "https://v",
    )
