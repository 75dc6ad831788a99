"""From a reason to the values that it speaks of, and from these to the files they came from."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.document import InputDocument
from policyengine.evaluate import evaluate
from policyengine.model.gathered import GatheredReports
from policyengine.model.verdict import TracedValue
from policyengine.model.views import DocumentView
from tests.evidence_values import (
    image,
    image_evidence,
    scan_report,
    source,
    vulnerability,
)
from tests.policy_values import GivenAnswers, bundle, document, rule

CONFIGURED = image_evidence(
    having=image({"User": "0", "Env": ["A=1", "B=2"], "Labels": {"a": "b"}}),
    sources=(
        source("image.tar#manifest", "image-manifest"),
        source("image.tar#config", "image-config"),
    ),
)
TWICE = GatheredReports(
    scans=(
        scan_report(vulnerability(), source=source("one.json")),
        scan_report(
            vulnerability(pointer="/matches/3"), scanner="grype", source=source("two.json")
        ),
    )
)


def values(
    *paths: list[str | int],
    of: InputDocument | None = None,
    view: DocumentView = DocumentView.UNIFIED,
    **changes: Any,
) -> tuple[TracedValue, ...]:
    answer: dict[str, Any] = {"msg": "a"}
    if paths:
        answer["paths"] = list(paths)
    verdict = evaluate(
        of or document(TWICE, of=CONFIGURED),
        bundle(rule(**changes), view=view),
        GivenAnswers(answers={1: [answer]}),
        engine="given",
        image="app",
    )
    return verdict.reasons[0].values


def origins(value: TracedValue) -> list[tuple[str, str | None]]:
    return [(item.location, item.pointer) for item in value.sources]


@pytest.mark.parametrize(
    ("path", "value", "pointer", "sources"),
    [
        (["image", "user", "name"], "1000", "/image/user/name", [("#config", "/config/User")]),
        (
            ["image", "config", "Env", 1],
            "B=2",
            "/image/config/Env/1",
            [("#config", "/config/Env/1")],
        ),
        (
            ["image", "config", "Labels", "a"],
            "b",
            "/image/config/Labels/a",
            [("#config", "/config/Labels/a")],
        ),
        (
            ["scan", "vulnerabilities", 0, "severity"],
            "high",
            "/scan/vulnerabilities/0/severity",
            [("two.json", "/matches/3"), ("one.json", "/Results/0/Vulnerabilities/0")],
        ),
        (
            ["scan", "vulnerabilities", 0, "package", "name"],
            "openssl",
            "/scan/vulnerabilities/0/package/name",
            [("two.json", "/matches/3"), ("one.json", "/Results/0/Vulnerabilities/0")],
        ),
        (
            ["scan", "reports", 0, "scanner"],
            "trivy",
            "/scan/reports/0/scanner",
            [("one.json", None), ("two.json", None)],
        ),
        (["environment"], None, "/environment", []),
        (["evaluated_at"], "2026-01-31T12:00:00Z", "/evaluated_at", []),
    ],
)
def test_a_value_is_traced_to_its_file(
    path: list[str | int], value: Any, pointer: str, sources: list[tuple[str, str | None]]
) -> None:
    (traced,) = values(path)
    assert (traced.value, traced.pointer) == (value, pointer)
    found = [(location.removeprefix("image.tar"), place) for location, place in origins(traced)]
    assert found == sources


@pytest.mark.parametrize(
    "path",
    [
        ["image", "nothing"],
        ["image", "config", "Env", 2],
        ["image", "config", "Env", -1],
        ["image", "config", "Env", "0"],
        ["image", "config", 0],
        ["image", "user", "name", "x"],
        ["sbom", "packages", 0],
        ["nothing", "at", "all"],
        [0],
    ],
)
def test_a_path_that_leads_nowhere_is_shown_without_a_value(path: list[str | int]) -> None:
    (traced,) = values(path)
    assert traced.value is None
    assert traced.pointer == "".join(f"/{part}" for part in path)


def test_a_name_with_a_slash_is_escaped_in_its_pointer() -> None:
    (traced,) = values(["image", "config", "Labels", "a/b~c"])
    assert traced.pointer == "/image/config/Labels/a~1b~0c"


def test_a_reason_without_paths_shows_what_its_rule_reads() -> None:
    read = (("image", "user", "name"), ("image", "nothing"), ())
    assert [item.pointer for item in values(input_paths=read)] == ["/image/user/name"]


def test_a_reason_with_no_paths_at_all_shows_none() -> None:
    verdict = evaluate(
        document(),
        bundle(rule(input_paths=(("image",),))),
        GivenAnswers(answers={1: [{"msg": "a", "paths": []}]}),
        engine="given",
        image="app",
    )
    assert verdict.reasons[0].values == ()


def test_long_values_are_cut_and_say_so() -> None:
    config = {"Env": [f"A{n}=1" for n in range(50)], "Labels": {"long": "x" * 1000}}
    of = document(of=image_evidence(having=image(config)))
    listed, text = values(["image", "config", "Env"], ["image", "config", "Labels", "long"], of=of)
    assert listed.value == "(50 items)"
    assert text.value == "x" * 300 + "... (1000 characters)"


@pytest.mark.parametrize(
    ("view", "path", "expected"),
    [
        (DocumentView.DOCKER_INSPECT, ["Config", "User"], "0"),
        (DocumentView.REGISTRY, ["image", "repository"], "team/app"),
    ],
)
def test_a_path_is_of_the_view_of_the_bundle(
    view: DocumentView, path: list[str | int], expected: str
) -> None:
    (traced,) = values(path, view=view)
    assert traced.value == expected
    assert {location for location, _ in origins(traced)} == {
        "image.tar#manifest",
        "image.tar#config",
    }
