"""Trivy's JSON: each finding is read with all that is said of it, and where it is said."""

from __future__ import annotations

import pytest

from policyengine.errors import MalformedEvidence
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    Misconfiguration,
    ReportedSubject,
    ScanSecret,
    Vulnerability,
)
from policyengine.model.severity import Severity
from tests.unit.collect.offered import read_scan

IMAGE_ID = "sha256:" + "a" * 64
DIFF_ID = "sha256:" + "b" * 64
FINDING: JsonObject = {
    "VulnerabilityID": "CVE-2026-1000",
    "VendorIDs": ["DSA-5000-1"],
    "PkgName": "libssl3",
    "PkgIdentifier": {"PURL": "pkg:deb/debian/libssl3@3.0.1?arch=amd64"},
    "InstalledVersion": "3.0.1",
    "FixedVersion": "3.0.2, 3.1.1",
    "Status": "fixed",
    "Layer": {"Digest": "sha256:" + "c" * 64, "DiffID": DIFF_ID},
    "PrimaryURL": "https://advisories.example/1000",
    "Title": "openssl: overflow",
    "Severity": "HIGH",
    "CVSS": {
        "redhat": {"V3Vector": "CVSS:3.1/AV:L", "V3Score": 6.2},
        "nvd": {"V2Vector": "AV:N", "V2Score": 5, "V40Vector": "CVSS:4.0/AV:N", "V40Score": 8.1},
    },
    "PublishedDate": "2026-01-02T03:04:05.678Z",
    "LastModifiedDate": "2026-02-03T00:00:00Z",
}


def report(*results: JsonValue, **fields: JsonValue) -> JsonObject:
    return {"SchemaVersion": 2, "ArtifactName": "app:1", "Results": list(results), **fields}


def os_packages(*findings: JsonValue) -> JsonObject:
    return {
        "Target": "app:1 (debian 12.9)",
        "Class": "os-pkgs",
        "Type": "debian",
        "Vulnerabilities": list(findings),
    }


def test_a_vulnerability_is_read_with_all_that_is_said_of_it() -> None:
    (found,) = read_scan(report({"Target": "x"}, os_packages(FINDING))).vulnerabilities
    assert found == Vulnerability(
        id="CVE-2026-1000",
        aliases=("DSA-5000-1",),
        severity=Severity.HIGH,
        severity_word="HIGH",
        package=AffectedPackage(
            name="libssl3",
            version="3.0.1",
            purl="pkg:deb/debian/libssl3@3.0.1?arch=amd64",
            type="debian",
            path=None,
            layer=DIFF_ID,
        ),
        fix_state=FixState.FIXED,
        fixed_versions=("3.0.2", "3.1.1"),
        status_word="fixed",
        cvss=(
            Cvss(source="nvd", version="2.0", vector="AV:N", score=5.0),
            Cvss(source="nvd", version="4.0", vector="CVSS:4.0/AV:N", score=8.1),
            Cvss(source="redhat", version="3.1", vector="CVSS:3.1/AV:L", score=6.2),
        ),
        title="openssl: overflow",
        url="https://advisories.example/1000",
        published_at=Instant.parse("2026-01-02T03:04:05.678Z"),
        modified_at=Instant.parse("2026-02-03T00:00:00Z"),
        pointer="/Results/1/Vulnerabilities/0",
    )


def test_the_report_says_what_made_it_and_of_which_image() -> None:
    read = read_scan(
        report(
            CreatedAt="2026-03-01T10:00:00.000000005+01:00",
            ArtifactType="container_image",
            Trivy={"Version": "0.68.1"},
            Metadata={
                "OS": {"Family": "debian", "Name": "12.9"},
                "ImageID": IMAGE_ID,
                "DiffIDs": [DIFF_ID],
                "RepoTags": ["app:1"],
                "RepoDigests": ["app@" + IMAGE_ID],
            },
        )
    )
    assert (read.scanner, read.scanner_version) == ("trivy", "0.68.1")
    assert (read.source.tool, read.source.tool_version) == ("trivy", "0.68.1")
    assert (read.source.format, read.source.format_version) == ("trivy-json", "2")
    assert read.finished_at == Instant.parse("2026-03-01T09:00:00.000000005Z")
    assert read.distribution == "debian 12.9"
    assert read.subject == ReportedSubject(
        name="app:1",
        image_ids=(IMAGE_ID,),
        repo_tags=("app:1",),
        repo_digests=("app@" + IMAGE_ID,),
        diff_ids=(DIFF_ID,),
    )


@pytest.mark.parametrize("kind", ["filesystem", "repository", "vm"])
def test_a_report_that_is_not_about_an_image_says_so(kind: str) -> None:
    assert read_scan(report(ArtifactType=kind)).subject.other_than_image == kind


@pytest.mark.parametrize(
    ("fields", "state", "versions"),
    [
        ({"FixedVersion": "2", "Status": "affected"}, FixState.FIXED, ("2",)),
        ({"FixedVersion": "2, ,"}, FixState.FIXED, ("2",)),
        ({"FixedVersion": " "}, FixState.NOT_FIXED, ()),
        ({"FixedVersion": "", "Status": "affected"}, FixState.NOT_FIXED, ()),
        ({}, FixState.NOT_FIXED, ()),
        ({"Status": "fix_deferred"}, FixState.NOT_FIXED, ()),
        ({"Status": "will_not_fix"}, FixState.WONT_FIX, ()),
        ({"Status": "end_of_life"}, FixState.WONT_FIX, ()),
        ({"Status": "under_investigation"}, FixState.UNKNOWN, ()),
        ({"Status": "a word of tomorrow"}, FixState.UNKNOWN, ()),
    ],
)
def test_what_is_known_about_a_fix(
    fields: JsonObject, state: FixState, versions: tuple[str, ...]
) -> None:
    finding: JsonObject = {"VulnerabilityID": "CVE-1", "PkgName": "p", **fields}
    (found,) = read_scan(report(os_packages(finding))).vulnerabilities
    assert (found.fix_state, found.fixed_versions) == (state, versions)


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("CRITICAL", Severity.CRITICAL),
        ("LOW", Severity.LOW),
        ("UNKNOWN", Severity.UNKNOWN),
        ("TERRIBLE", Severity.UNKNOWN),
        (None, Severity.UNKNOWN),
    ],
)
def test_a_severity_word_is_placed_and_kept(word: str | None, severity: Severity) -> None:
    finding: JsonObject = {"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": word}
    (found,) = read_scan(report(os_packages(finding))).vulnerabilities
    assert (found.severity, found.severity_word) == (severity, word or "")


@pytest.mark.parametrize(
    ("result", "package_path", "path"),
    [
        ({"Class": "lang-pkgs", "Type": "npm", "Target": "app/package-lock.json"}, None, "T"),
        ({"Class": "lang-pkgs", "Type": "gobinary", "Target": "usr/bin/app"}, None, "T"),
        ({"Class": "lang-pkgs", "Type": "jar", "Target": "Java"}, None, None),
        ({"Class": "lang-pkgs", "Type": "jar", "Target": "Java"}, "app/a.jar", "app/a.jar"),
        ({"Class": "os-pkgs", "Type": "debian", "Target": "app:1 (debian 12)"}, None, None),
    ],
)
def test_a_package_is_in_the_file_that_its_result_is_about(
    result: JsonObject, package_path: str | None, path: str | None
) -> None:
    finding: JsonObject = {"VulnerabilityID": "CVE-1", "PkgName": "p", "PkgPath": package_path}
    (found,) = read_scan(report({**result, "Vulnerabilities": [finding]})).vulnerabilities
    assert found.package.path == (result["Target"] if path == "T" else path)


def test_a_layer_is_its_digest_where_the_diff_id_is_missing() -> None:
    finding: JsonObject = {**FINDING, "Layer": {"Digest": "sha256:c"}}
    (found,) = read_scan(report(os_packages(finding))).vulnerabilities
    assert found.package.layer == "sha256:c"


def test_a_secret_is_read_without_the_secret() -> None:
    secret: JsonObject = {
        "RuleID": "aws-access-key-id",
        "Category": "AWS",
        "Severity": "CRITICAL",
        "Title": "AWS Access Key ID",
        "StartLine": 12,
        "EndLine": 12,
        "Match": "key=AKIA0123456789ABCDEF",
        "Layer": {"DiffID": DIFF_ID},
    }
    read = read_scan(report({"Target": "/app/.env", "Class": "secret", "Secrets": [secret]}))
    assert read.secrets == (
        ScanSecret(
            rule_id="aws-access-key-id",
            title="AWS Access Key ID",
            severity=Severity.CRITICAL,
            severity_word="CRITICAL",
            path="/app/.env",
            start_line=12,
            layer=DIFF_ID,
            pointer="/Results/0/Secrets/0",
        ),
    )
    assert "AKIA" not in repr(read)


@pytest.mark.parametrize(
    ("status", "read"),
    [("FAIL", 1), (None, 1), ("A NEW WORD", 1), ("PASS", 0), ("EXCEPTION", 0)],
)
def test_a_check_counts_unless_it_passed(status: str | None, read: int) -> None:
    check: JsonObject = {
        "ID": "DS002",
        "AVDID": "AVD-DS-0002",
        "Title": "root user",
        "Message": "last USER is root",
        "Severity": "HIGH",
        "Status": status,
    }
    result: JsonObject = {"Target": "Dockerfile", "Class": "config", "Misconfigurations": [check]}
    found = Misconfiguration(
        id="AVD-DS-0002",
        title="root user",
        message="last USER is root",
        severity=Severity.HIGH,
        severity_word="HIGH",
        path="Dockerfile",
        pointer="/Results/0/Misconfigurations/0",
    )
    assert read_scan(report(result)).misconfigurations == (found,) * read


def test_a_licence_is_of_a_package_or_of_a_file() -> None:
    of_package: JsonObject = {"Severity": "HIGH", "Category": "restricted", "PkgName": "p"}
    read = read_scan(
        report(
            {
                "Target": "OS Packages",
                "Class": "license",
                "Licenses": [
                    {**of_package, "Name": "GPL-3.0-only"},
                    {"Severity": "UNKNOWN", "FilePath": "/LICENSE", "Name": "own"},
                ],
            }
        )
    )
    first, second = read.licenses
    assert first.package == AffectedPackage(name="p", version="")
    assert (first.license, first.category, first.severity) == (
        "GPL-3.0-only",
        "restricted",
        Severity.HIGH,
    )
    assert (second.package, second.path) == (None, "/LICENSE")
    assert second.pointer == "/Results/0/Licenses/1"


@pytest.mark.parametrize("value", [True, False, None])
def test_the_end_of_life_of_the_distribution_is_kept(value: bool | None) -> None:
    system: JsonObject = {"Family": "alpine", "Name": "3.10", "EOSL": value}
    assert read_scan(report(Metadata={"OS": system})).end_of_life is value


def test_what_is_not_mapped_is_counted() -> None:
    result: JsonObject = {
        **os_packages(FINDING),
        "Packages": [{}, {}],
        "CustomResources": [{"Type": "x"}],
        "ExperimentalModifiedFindings": [{}, {}, {}],
        "MisconfSummary": {"Failures": 0},
    }
    unmapped = read_scan(report(result, {"CustomResources": [{}]}, results=[{}])).unmapped
    assert unmapped == (
        ("CustomResources", 2),
        ("ExperimentalModifiedFindings", 3),
        ("Packages", 2),
        ("results", 1),
    )


@pytest.mark.parametrize("results", [None, []])
def test_an_image_without_packages_has_a_report_without_results(results: JsonValue) -> None:
    read = read_scan({"SchemaVersion": 2, "ArtifactName": "scratch", "Results": results})
    assert read.vulnerabilities == ()


def test_the_oldest_reports_are_a_list_of_results() -> None:
    results: JsonValue = [
        {"Target": "alpine:3.10 (alpine 3.10.2)", "Vulnerabilities": None},
        {"Target": "app/Gemfile.lock", "Type": "bundler", "Vulnerabilities": [FINDING]},
    ]
    read = read_scan(results)
    assert read.source.format_version == "1"
    assert read.subject.name == "alpine:3.10"
    assert [found.pointer for found in read.vulnerabilities] == ["/1/Vulnerabilities/0"]


def test_schema_version_1_is_read_like_2() -> None:
    read = read_scan(report(os_packages(FINDING), SchemaVersion=1))
    assert read.source.format_version == "1"
    assert read.vulnerabilities[0].id == "CVE-2026-1000"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (report("x"), "/Results/0: "),
        (report(Results={}), "/Results: "),
        (report(os_packages("CVE-1")), "/Results/0/Vulnerabilities/0: "),
        (report({"Vulnerabilities": {}}), "/Results/0/Vulnerabilities: "),
        (report(os_packages({"PkgName": "p"})), "/Results/0/Vulnerabilities/0/VulnerabilityID: "),
        (report(os_packages({"VulnerabilityID": "C"})), "/Vulnerabilities/0/PkgName: "),
        (report(os_packages({**FINDING, "Severity": 4})), "/Vulnerabilities/0/Severity: "),
        (report(os_packages({**FINDING, "Status": ["fixed"]})), "/Vulnerabilities/0/Status: "),
        (report(os_packages({**FINDING, "Layer": "x"})), "/Vulnerabilities/0/Layer: "),
        (report(os_packages({**FINDING, "CVSS": []})), "/Vulnerabilities/0/CVSS: "),
        (
            report(os_packages({**FINDING, "CVSS": {"nvd": {"V3Score": "9.8"}}})),
            "/Vulnerabilities/0/CVSS/nvd/V3Score: ",
        ),
        (report(os_packages({**FINDING, "VendorIDs": [1]})), "/Vulnerabilities/0/VendorIDs/0: "),
        (report({"Secrets": [{"RuleID": 1}]}), "/Results/0/Secrets/0/RuleID: "),
        (
            report({"Secrets": [{"RuleID": "x", "StartLine": "1"}]}),
            "/Results/0/Secrets/0/StartLine: ",
        ),
        (report({"Misconfigurations": [{}]}), "/Results/0/Misconfigurations/0/ID: "),
        (report(Metadata={"DiffIDs": "x"}), "/Metadata/DiffIDs: "),
        (report(Trivy="0.68"), "/Trivy: "),
        ([{"Target": 1, "Vulnerabilities": []}], "/0/Target: "),
    ],
)
def test_a_wrong_type_is_refused_with_its_place(document: JsonValue, place: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        read_scan(document)
    assert place in str(caught.value)
