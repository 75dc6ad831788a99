"""Build facts: the same of every version, and nothing made of what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.collect.trust.provenance import build_facts
from policyengine.errors import MalformedEvidence
from policyengine.model.instant import Instant
from policyengine.model.trust import BuildFacts, BuildMaterial

COMMIT = "01" * 20
REPOSITORY = "git+https://example.com/team/app"
MATERIAL = {"uri": f"{REPOSITORY}@refs/heads/main", "digest": {"sha1": COMMIT}}
FACTS = BuildFacts(
    builder_id="https://example.com/builder",
    build_type="https://example.com/type",
    source_repository=REPOSITORY,
    source_commit=COMMIT,
    source_ref="refs/heads/main",
    parameters={"target": "release"},
    invocation_id="run 7",
    started_at=Instant.parse("2026-01-31T12:00:00Z"),
    finished_at=Instant.parse("2026-01-31T12:05:00Z"),
    resolved_dependencies=(
        BuildMaterial(uri=f"{REPOSITORY}@refs/heads/main", digests=(("sha1", COMMIT),)),
    ),
)
BUILDER = {"id": "https://example.com/builder"}
METADATA = {
    "buildInvocationId": "run 7",
    "buildStartedOn": "2026-01-31T12:00:00Z",
    "buildFinishedOn": "2026-01-31T12:05:00Z",
}
V0_1 = {
    "builder": BUILDER,
    "recipe": {
        "type": "https://example.com/type",
        "definedInMaterial": 0,
        "arguments": {"target": "release"},
    },
    "metadata": METADATA,
    "materials": [MATERIAL],
}
V0_2 = {
    "builder": BUILDER,
    "buildType": "https://example.com/type",
    "invocation": {"configSource": MATERIAL, "parameters": {"target": "release"}},
    "metadata": METADATA,
    "materials": [MATERIAL],
}
V1: dict[str, Any] = {
    "buildDefinition": {
        "buildType": "https://example.com/type",
        "externalParameters": {
            "target": "release",
            "workflow": {"repository": REPOSITORY, "ref": "refs/heads/main"},
        },
        "resolvedDependencies": [MATERIAL],
    },
    "runDetails": {
        "builder": BUILDER,
        "metadata": {
            "invocationId": "run 7",
            "startedOn": "2026-01-31T12:00:00Z",
            "finishedOn": "2026-01-31T12:05:00Z",
        },
    },
}


def facts(version: str, predicate: Any) -> BuildFacts:
    found = build_facts(f"https://slsa.dev/provenance/v{version}", predicate, "att.json")
    assert found is not None
    return found


@pytest.mark.parametrize(("version", "predicate"), [("0.1", V0_1), ("0.2", V0_2)])
def test_every_version_tells_the_same_facts(version: str, predicate: Any) -> None:
    assert facts(version, predicate) == FACTS


@pytest.mark.parametrize("version", ["1", "1.0"])
def test_version_1_tells_them_too_with_all_its_parameters(version: str) -> None:
    found = facts(version, V1)
    assert found.parameters == V1["buildDefinition"]["externalParameters"]
    assert (found.source_repository, found.source_commit, found.source_ref) == (
        REPOSITORY,
        COMMIT,
        "refs/heads/main",
    )
    assert (found.builder_id, found.invocation_id) == (FACTS.builder_id, FACTS.invocation_id)
    assert (found.started_at, found.finished_at) == (FACTS.started_at, FACTS.finished_at)
    assert found.resolved_dependencies == FACTS.resolved_dependencies


@pytest.mark.parametrize(
    ("parameters", "source"),
    [
        ({"source": f"{REPOSITORY}@refs/tags/v1"}, (REPOSITORY, COMMIT, "refs/tags/v1")),
        (
            {"source": {"uri": REPOSITORY, "digest": {"gitCommit": "ff" * 20}}},
            (REPOSITORY, "ff" * 20, None),
        ),
        (
            {"workflow": {"repository": "https://example.com/team/app", "ref": "refs/heads/x"}},
            ("https://example.com/team/app", COMMIT, "refs/heads/x"),
        ),
        ({"source": f"{REPOSITORY}@{'ab' * 20}"}, (REPOSITORY, "ab" * 20, None)),
        (
            {"source": "git+https://example.com/other"},
            ("git+https://example.com/other", None, None),
        ),
        ({"source": "git+https://me@example.com/a"}, ("git+https://me@example.com/a", None, None)),
        ({"source": 7, "workflow": {"repository": []}}, (None, None, None)),
        ({"target": "release"}, (None, None, None)),
        ({}, (None, None, None)),
    ],
)
def test_the_source_is_what_the_parameters_name(parameters: Any, source: Any) -> None:
    definition = {**V1["buildDefinition"], "externalParameters": parameters}
    found = facts("1", {**V1, "buildDefinition": definition})
    assert (found.source_repository, found.source_commit, found.source_ref) == source


@pytest.mark.parametrize("version", ["0.1", "0.2", "1"])
def test_nothing_said_is_nothing_known(version: str) -> None:
    assert facts(version, {}) == BuildFacts(builder_id=None, build_type=None)


SUMMARY = "https://slsa.dev/verification_summary/v1"


@pytest.mark.parametrize(
    ("predicate_type", "predicate", "level"),
    [
        (
            SUMMARY,
            {"verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_2", "X"]},
            2,
        ),
        (SUMMARY, {"verificationResult": "FAILED", "verifiedLevels": ["SLSA_BUILD_LEVEL_3"]}, None),
        (SUMMARY, {"verifiedLevels": ["SLSA_BUILD_LEVEL_3"]}, None),
        (SUMMARY, {"verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_9"]}, None),
        (
            SUMMARY,
            {"verificationResult": "PASSED", "verifiedLevels": ["SLSA_SOURCE_LEVEL_3"]},
            None,
        ),
        (
            "https://slsa.dev/verification_summary/v0.1",
            {"verification_result": "PASSED", "policy_level": "SLSA_LEVEL_3"},
            3,
        ),
    ],
)
def test_a_summary_tells_a_level_only_if_it_passed(
    predicate_type: str, predicate: Any, level: int | None
) -> None:
    found = build_facts(predicate_type, {"verifier": {"id": "v"}, **predicate}, "vsa.json")
    assert found is not None
    assert (found.builder_id, found.level) == ("v", level)


@pytest.mark.parametrize(
    "predicate_type",
    [
        "https://slsa.dev/provenance/v2",
        "https://slsa.dev/provenance/v0.25",
        "https://slsa.dev/provenance/v1?draft",
        "http://slsa.dev/provenance/v1",
        "https://slsa.dev/provenance/v1\n",
        "https://evil.example/https://slsa.dev/provenance/v1",
    ],
)
def test_another_predicate_is_no_build(predicate_type: str) -> None:
    assert build_facts(predicate_type, V1, "att.json") is None


@pytest.mark.parametrize(
    ("version", "predicate", "place"),
    [
        ("0.1", {**V0_1, "recipe": {"definedInMaterial": 1}}, "/recipe/definedInMaterial"),
        ("0.1", {**V0_1, "recipe": {"definedInMaterial": -1}}, "/recipe/definedInMaterial"),
        ("0.1", {"materials": {}}, "/materials"),
        ("0.2", {"builder": "x"}, "/builder"),
        ("0.2", {"invocation": {"configSource": []}}, "/invocation/configSource"),
        ("0.2", {"materials": [{"digest": {"sha1": 1}}]}, "/materials/0/digest/sha1"),
        ("1", {"buildDefinition": []}, "/buildDefinition"),
        ("1", {"runDetails": {"builder": {"id": {}}}}, "/runDetails/builder/id"),
        (
            "1",
            {"buildDefinition": {"externalParameters": "x"}},
            "/buildDefinition/externalParameters",
        ),
    ],
)
def test_a_wrong_type_is_an_error_with_its_place(version: str, predicate: Any, place: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        facts(version, predicate)
    assert f"att.json{place}: " in str(caught.value)
