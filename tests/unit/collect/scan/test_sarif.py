"""SARIF: what tools put into texts is found there, and what is not there stays unknown."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.errors import MalformedEvidence
from policyengine.model.scan import AffectedPackage, FixState, ScanReport, Vulnerability
from policyengine.model.severity import Severity
from tests.unit.collect.offered import read_scan


def sarif(
    tool: str, *results: dict[str, Any], rules: list[dict[str, Any]] | None = None
) -> ScanReport:
    driver: Any = {"name": tool, "rules": rules or []}
    run: Any = {"tool": {"driver": driver}, "results": list(results)}
    return read_scan({"version": "2.1.0", "runs": [run]})


def result(rule: str, text: str = "", **fields: Any) -> dict[str, Any]:
    return {"ruleId": rule, "message": {"text": text}, **fields}


def only(report: ScanReport) -> Vulnerability:
    (found,) = report.vulnerabilities
    return found


def test_grype_names_package_and_version_in_its_message() -> None:
    rule = {
        "id": "CVE-2026-1001-python-3.12",
        "help": {
            "text": "Vulnerability CVE-2026-1001\nSeverity: medium\nFix Version: 3.13\nType: apk"
        },
        "properties": {
            "purls": ["pkg:apk/wolfi/python-3.12@3.12.1-r7"],
            "security-severity": "6.3",
        },
    }
    text = (
        "A medium vulnerability in apk package: python-3.12, version 3.12.1-r7 was found in image x"
    )
    found = only(sarif("grype", result("CVE-2026-1001-python-3.12", text), rules=[rule]))
    assert (found.id, found.severity, found.severity_word) == (
        "CVE-2026-1001",
        Severity.MEDIUM,
        "medium",
    )
    assert found.package == AffectedPackage(
        name="python-3.12",
        version="3.12.1-r7",
        purl="pkg:apk/wolfi/python-3.12@3.12.1-r7",
        type="apk",
    )
    assert (found.fix_state, found.fixed_versions) == (FixState.FIXED, ("3.13",))


def test_grype_before_0_36_wrote_another_message() -> None:
    text = "The path etc/pkg reports package-1 at version 1.1.1  which would result in a vulnerable"
    package = only(sarif("Grype", result("CVE-1999-0001-package-1", text))).package
    assert (package.name, package.version) == ("package-1", "1.1.1")


@pytest.mark.parametrize("newline", ["\n", "\\n"])
def test_trivy_names_all_in_its_message(newline: str) -> None:
    lines = (
        *("Package: openssl", "Installed Version: 1.1.1c-r0", "Vulnerability CVE-2026-1001"),
        *("Severity: MEDIUM", "Fixed Version: 1.1.1d-r0", "Link: [CVE-2026-1001](u)"),
    )
    found = only(sarif("Trivy", result("CVE-2026-1001", newline.join(lines), level="error")))
    assert (found.package.name, found.package.version) == ("openssl", "1.1.1c-r0")
    assert (found.severity, found.fixed_versions) == (Severity.MEDIUM, ("1.1.1d-r0",))


@pytest.mark.parametrize(
    ("rule", "identifier", "name", "severity"),
    [
        ("CVE-2026-1001/libcrypto1.1", "CVE-2026-1001", "libcrypto1.1", Severity.MEDIUM),
        ("[HIGH] CVE-2026-1001", "CVE-2026-1001", "", Severity.HIGH),
        ("GHSA-2222-3333-4444", "GHSA-2222-3333-4444", "", Severity.MEDIUM),
        ("SNYK-DEBIAN12-CURL-1", "SNYK-DEBIAN12-CURL-1", "", Severity.MEDIUM),
    ],
)
def test_a_rule_may_carry_package_and_severity(
    rule: str, identifier: str, name: str, severity: Severity
) -> None:
    found = only(sarif("Trivy", result(rule), rules=[{"id": rule}]))
    assert (found.id, found.package.name, found.severity) == (identifier, name, severity)


@pytest.mark.parametrize(
    ("fixed", "state", "versions"),
    [("3.1.4-r0", FixState.FIXED, ("3.1.4-r0",)), ("not fixed", FixState.UNKNOWN, ())],
)
def test_docker_scout_names_the_package_by_its_purl(
    fixed: str, state: FixState, versions: tuple[str, ...]
) -> None:
    purl = "pkg:apk/alpine/openssl@3.1.3-r0?os_name=alpine&os_version=3.18"
    text = (
        f"\n  Vulnerability   : CVE-2026-1001 \n  Severity        : HIGH \n"
        f"  Package         : {purl} \n  Affected range  : <3.1.4-r0 \n"
        f"  Fixed version   : {fixed} \n  EPSS Score      : 0.25 \n  EPSS Percentile : 0.9 \n"
    )
    found = only(sarif("docker scout", result("CVE-2026-1001", text)))
    assert found.package == AffectedPackage(name="openssl", version="3.1.3-r0", purl=purl)
    assert (found.fix_state, found.fixed_versions) == (state, versions)
    assert (found.severity, found.epss_score, found.epss_percentile) == (Severity.HIGH, 0.25, 0.9)


def test_a_rule_with_several_purls_is_a_finding_for_each() -> None:
    rule = {"id": "CVE-2026-1001", "properties": {"purls": ["pkg:npm/a@1", "pkg:npm/b@2"]}}
    report = sarif("docker scout", result("CVE-2026-1001"), rules=[rule])
    assert [found.package.name for found in report.vulnerabilities] == ["a", "b"]
    assert {found.pointer for found in report.vulnerabilities} == {"/runs/0/results/0"}


def test_dependency_track_names_the_package_in_properties_and_place() -> None:
    found = only(
        sarif(
            "OWASP Dependency-Track",
            result(
                "Vuln-1",
                level="note",
                properties={"name": "Component", "version": "1", "epssScore": ""},
                locations=[
                    {"logicalLocations": [{"fullyQualifiedName": "pkg:maven/g/Component@1"}]}
                ],
            ),
        )
    )
    assert (found.id, found.severity) == ("Vuln-1", Severity.LOW)
    assert found.package.purl == "pkg:maven/g/Component@1"


@pytest.mark.parametrize(
    ("score", "level", "severity", "word"),
    [
        ("9.8", "note", Severity.CRITICAL, "9.8"),
        ("7.0", "note", Severity.HIGH, "7.0"),
        ("4.0", "error", Severity.MEDIUM, "4.0"),
        ("0.1", "error", Severity.LOW, "0.1"),
        ("0.0", "error", Severity.HIGH, "error"),
        (None, "error", Severity.HIGH, "error"),
        (None, None, Severity.MEDIUM, "warning"),
        (None, "none", Severity.NONE, "none"),
    ],
)
def test_without_a_word_score_and_then_level_tell_the_severity(
    score: str | None, level: str | None, severity: Severity, word: str
) -> None:
    rule = {"id": "CVE-2026-1001", "properties": {"security-severity": score} if score else {}}
    found = only(sarif("x", result("CVE-2026-1001", level=level), rules=[rule]))
    assert (found.severity, found.severity_word) == (severity, word)


def test_a_word_that_is_not_known_leaves_the_severity_to_the_score() -> None:
    rule = {"id": "CVE-2026-1001", "properties": {"security-severity": "8.0"}}
    found = only(sarif("x", result("CVE-2026-1001", "Severity: UNSPECIFIED"), rules=[rule]))
    assert (found.severity, found.severity_word) == (Severity.HIGH, "UNSPECIFIED")


@pytest.mark.parametrize(
    ("tool", "covers"),
    [
        ("grype", True),
        ("docker scout", True),
        ("Snyk Container", True),
        ("Prisma Cloud (twistcli)", True),
        ("Trivy", False),
        ("Dockle", False),
        ("another tool", False),
    ],
)
def test_no_result_is_an_answer_only_of_a_tool_that_looks_for_nothing_else(
    tool: str, covers: bool
) -> None:
    assert sarif(tool).covers_vulnerabilities is covers


def test_dockle_has_checks_only() -> None:
    report = sarif("Dockle", result("CIS-DI-0010", "secret in ENV", level="error"))
    assert report.vulnerabilities == ()
    assert [(check.id, check.severity) for check in report.misconfigurations] == [
        ("CIS-DI-0010", Severity.HIGH)
    ]


def test_the_secret_itself_is_not_kept() -> None:
    rule = {"id": "key", "name": "Secret", "shortDescription": {"text": "a key"}}
    report = sarif("Trivy", result("key", "Match: hunter2", level="error"), rules=[rule])
    assert [secret.rule_id for secret in report.secrets] == ["key"]
    assert "hunter2" not in repr(report)


@pytest.mark.parametrize(
    ("qualified", "name"),
    [
        ("registry.example/app:1@sha256:abc:/etc/passwd", "registry.example/app:1"),
        ("registry.example/app:1@sha256:1@sha256:2:/lib", "registry.example/app:1@sha256:1"),
        ("registry.example/app:1@:/node_modules/@babel/core", "registry.example/app:1"),
        ("/etc/passwd", None),
    ],
)
def test_grype_names_the_image_in_the_places_of_its_findings(
    qualified: str, name: str | None
) -> None:
    places = [{"logicalLocations": [{"fullyQualifiedName": qualified}]}]
    assert sarif("grype", result("CVE-2026-1001", locations=places)).subject.name == name


def test_findings_in_several_images_name_none() -> None:
    results = [
        result(
            "CVE-2026-1001",
            locations=[{"logicalLocations": [{"fullyQualifiedName": f"{image}@sha256:a:/p"}]}],
        )
        for image in ("a:1", "b:1")
    ]
    assert sarif("grype", *results).subject.name is None


def test_rules_are_found_by_identifier_before_index() -> None:
    rules = [{"id": "CVE-2026-1001"}, {"id": "CVE-2026-2002", "helpUri": "right"}]
    found = only(sarif("x", result("CVE-2026-2002", ruleIndex=0), rules=rules))
    assert (found.id, found.url) == ("CVE-2026-2002", "right")
    by_index = {"message": {}, "rule": {"index": 1}}
    assert only(sarif("x", by_index, rules=rules)).id == "CVE-2026-2002"


@pytest.mark.parametrize("bad", ["high", "NaN", "11", [9]])
def test_a_score_that_is_none_is_refused(bad: Any) -> None:
    rule = {"id": "CVE-2026-1001", "properties": {"security-severity": bad}}
    with pytest.raises(MalformedEvidence):
        sarif("x", result("CVE-2026-1001"), rules=[rule])
