"""trust: what holds for the image at hand, and whether the trust policy is met."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.document.trust_section import record_about, trust_section
from policyengine.model.trust import (
    OURSELVES,
    Attestation,
    AttestedSubject,
    BuildFacts,
    EnvelopeKind,
    Signature,
    SignatureKind,
)
from policyengine.model.trust_policy import Requirement, TrustedSigner, TrustPolicy, matches_any
from tests.evidence_values import (
    DIGEST,
    OTHER_DIGEST,
    image_evidence,
    signature,
    source,
    subject,
    trust_record,
)

HEX = DIGEST.removeprefix("sha256:")


def cosign(signer: str | None = "release", **changes: Any) -> Signature:
    return signature(
        signer,
        **{
            "kind": SignatureKind.COSIGN,
            "repository": None,
            "tag": None,
            "verifier": OURSELVES,
            **changes,
        },
    )


def attestation(**changes: Any) -> Attestation:
    values: dict[str, Any] = {
        "envelope": EnvelopeKind.DSSE,
        "predicate_type": "https://slsa.dev/provenance/v1",
        "subjects": (AttestedSubject(name="app", digests=(("sha256", HEX),)),),
        "predicate": {},
        "verifier": OURSELVES,
        "pointer": "",
        "problem": None,
        "signer": "builder",
        **changes,
    }
    return Attestation(**values)


def policy(*requirements: Requirement, **repositories: tuple[str, ...]) -> TrustPolicy:
    return TrustPolicy(
        source=source("trust-policy.json", "trust-policy"),
        signers=tuple(
            TrustedSigner(name=name, repositories=patterns)
            for name, patterns in repositories.items()
        ),
        requirements=requirements,
    )


def section(
    *signatures: Signature,
    attestations: tuple[Attestation, ...] = (),
    under: TrustPolicy | None = None,
    **about: Any,
) -> Any:
    record = trust_record(*signatures, attestations=attestations)
    return trust_section([record], image_evidence(of=subject(**about)), under)[0]


@pytest.mark.parametrize(
    ("signed", "problem"),
    [
        pytest.param(cosign(), None, id="a digest alone"),
        pytest.param(cosign(repository="registry.example/team/app"), None, id="and its repository"),
        pytest.param(
            cosign(repository="registry.example/other"), "signed for", id="another repository"
        ),
        pytest.param(cosign(signed_digest=OTHER_DIGEST), "which is another", id="another image"),
        pytest.param(cosign(problem="the log entry is missing"), "log entry", id="does not hold"),
        pytest.param(
            cosign(kind=SignatureKind.SIMPLE), "signed for None", id="simple without a repository"
        ),
        pytest.param(
            cosign(kind=SignatureKind.NOTARY), "signed for None", id="notary without a repository"
        ),
    ],
)
def test_a_signature_is_verified_only_if_it_holds_for_this_image(
    signed: Signature, problem: str | None
) -> None:
    (written,) = section(signed)["signatures"]
    assert written["verified"] is (problem is None)
    assert (problem or "") in (written["problem"] or "")


def test_an_image_without_a_manifest_digest_has_no_verified_signature() -> None:
    (written,) = section(cosign(), digest=None)["signatures"]
    assert not written["verified"]


@pytest.mark.parametrize(
    ("about", "problem"),
    [
        ({}, None),
        ({"repository": "team/other"}, "release may sign registry.example/team/app only, not"),
        ({"repository": None, "registry": None}, "and the image has no repository name"),
    ],
)
def test_a_signer_outside_its_repositories_does_not_count(
    about: dict[str, Any], problem: str | None
) -> None:
    rule = Requirement(repositories=(), signers=("release",))
    found = section(cosign(), under=policy(rule, release=("registry.example/team/app",)), **about)
    (written,) = found["signatures"]
    assert written["verified"] is (problem is None)
    assert (problem or "") in (written["problem"] or "")
    assert found["policy"]["requirements"][0]["met"] is (problem is None)


@pytest.mark.parametrize(
    ("signatures", "met_by"),
    [
        pytest.param([], [], id="nobody"),
        pytest.param([cosign("a")], ["a"], id="one of two"),
        pytest.param([cosign("a"), cosign("a")], ["a"], id="the same one twice"),
        pytest.param([cosign("a"), cosign("b")], ["a", "b"], id="both"),
        pytest.param([cosign("a"), cosign("b", problem="no")], ["a"], id="one does not hold"),
        pytest.param([cosign("a"), cosign("b", verifier="docker")], ["a"], id="one only recorded"),
        pytest.param([cosign("a"), cosign(None)], ["a"], id="one of nobody known"),
        pytest.param([cosign("a"), cosign("c")], ["a"], id="one who does not count"),
    ],
)
def test_a_requirement_counts_different_signers(
    signatures: list[Signature], met_by: list[str]
) -> None:
    rule = Requirement(repositories=(), signers=("a", "b"), threshold=2)
    (written,) = section(*signatures, under=policy(rule, a=(), b=(), c=()))["policy"][
        "requirements"
    ]
    assert written["met_by"] == met_by
    assert written["met"] is (len(met_by) == 2)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param(attestation(), None, id="about this image"),
        pytest.param(
            attestation(subjects=(AttestedSubject(name="app", digests=(("sha256", "0" * 64),)),)),
            "which is another image",
            id="about another",
        ),
        pytest.param(attestation(subjects=()), "no digest", id="about nothing"),
        pytest.param(
            attestation(subjects=(AttestedSubject(name=DIGEST, digests=()),)),
            "no digest",
            id="about a name",
        ),
        pytest.param(
            attestation(subjects=(AttestedSubject(name="app", digests=(("sha512", HEX),)),)),
            "which is another image",
            id="of another algorithm",
        ),
        pytest.param(attestation(problem="is not signed"), "is not signed", id="not signed"),
    ],
)
def test_an_attestation_is_verified_only_if_a_subject_is_this_image(
    given: Attestation, problem: str | None
) -> None:
    rule = Requirement(
        repositories=(), signers=("builder",), predicate_types=(given.predicate_type,)
    )
    found = section(attestations=(given,), under=policy(rule, builder=()))
    (written,) = found["attestations"]
    assert written["verified"] is (problem is None)
    assert (problem or "") in (written["problem"] or "")
    assert found["policy"]["requirements"][0]["met"] is (problem is None)


def test_an_attestation_of_another_type_does_not_meet_a_requirement() -> None:
    rule = Requirement(repositories=(), signers=("builder",), predicate_types=("https://a", "b"))
    (written,) = section(
        cosign("builder"),
        attestations=(attestation(predicate_type="b"),),
        under=policy(rule, builder=()),
    )["policy"]["requirements"]
    assert not written["met"]


def test_a_level_that_is_not_verified_is_not_told() -> None:
    build = BuildFacts(builder_id="b", build_type="t", level=3, level_source="the policy")
    held, lost = section(
        attestations=(attestation(build=build), attestation(build=build, problem="no"))
    )["attestations"]
    assert (held["build"]["level"], held["build"]["level_source"]) == (3, "the policy")
    assert (lost["build"]["level"], lost["build"]["level_source"]) == (None, None)
    assert lost["build"]["builder_id"] == "b"


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("myregistry/prod-*", "myregistry/prod-web", True),
        ("myregistry/prod-*", "myregistry/prod-web/api", False),
        ("myregistry/prod-*", "evil/myregistry/prod-web", False),
        ("myregistry/prod-*", "myregistry/prod-web\nx", True),
        ("myregistry/**", "myregistry/prod-web/api", True),
        ("my.registry/a", "my-registry/a", False),
        ("a/?", "a/b", True),
        ("a/?", "a//", False),
    ],
)
def test_patterns_are_those_of_a_shell(pattern: str, name: str, matches: bool) -> None:
    assert matches_any((pattern,), name) is matches


def test_records_go_to_the_images_that_they_speak_of() -> None:
    image = image_evidence()
    other = image_evidence(of=subject(digest=OTHER_DIGEST, repository="team/other"))
    for record in (
        trust_record(cosign(), repository=None),
        trust_record(attestations=(attestation(),), repository=None),
        trust_record(),
    ):
        assert record_about(record, image)
        assert not record_about(record, other)
    assert not record_about(trust_record(repository=None), image)
