"""Grype's JSON, from its first versions to today's."""

from __future__ import annotations

import pytest

from policyengine.errors import MalformedEvidence
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject, JsonValue
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    ReportedSubject,
    Vulnerability,
)
from policyengine.model.severity import Severity
from tests.unit.collect.offered import read_scan

IMAGE_ID = "sha256:" + "a" * 64
DIGEST = "sha256:" + "b" * 64
LAYER = "sha256:" + "c" * 64
MATCH: JsonObject = {
    "vulnerability": {
        "id": "GHSA-aaaa-bbbb-cccc",
        "dataSource": "https://advisories.example/GHSA-aaaa-bbbb-cccc",
        "severity": "High",
        "urls": ["https://other.example/"],
        "cvss": [
            {
                "source": "nvd@nist.gov",
                "version": "3.1",
                "vector": "CVSS:3.1/AV:N",
                "metrics": {"baseScore": 7.5},
            }
        ],
        "fix": {
            "versions": ["4.17.21"],
            "state": "fixed",
            "available": [{"version": "4.17.21", "date": "2026-02-03", "kind": "first-observed"}],
        },
        "epss": [
            {"cve": "CVE-2026-2000", "epss": 0.5, "percentile": 0.98, "date": "2026-02-28"},
            {"cve": "CVE-2026-2001", "epss": 0.01, "percentile": 0.2, "date": "2026-02-28"},
        ],
        "knownExploited": [{"cve": "CVE-2026-2000", "dateAdded": "2026-02-01"}],
    },
    "relatedVulnerabilities": [{"id": "CVE-2026-2000"}, {"id": "GHSA-aaaa-bbbb-cccc"}],
    "matchDetails": [{"type": "exact-direct-match"}],
    "artifact": {
        "name": "lodash",
        "version": "4.17.20",
        "type": "npm",
        "locations": [{"path": "/app/package-lock.json", "layerID": LAYER}, {"path": "/other"}],
        "purl": "pkg:npm/lodash@4.17.20",
    },
}


def report(*matches: JsonValue, **fields: JsonValue) -> JsonObject:
    source: JsonObject = {"type": "image", "target": {"userInput": "app:1"}}
    return {"matches": list(matches), "source": source, **fields}


def match(**changes: JsonValue) -> JsonObject:
    vulnerability: JsonObject = {"id": "CVE-1", "severity": "Low", **changes}
    return {"vulnerability": vulnerability, "artifact": {"name": "p", "version": "1"}}


def test_a_match_is_read_with_all_that_is_said_of_it() -> None:
    assert read_scan(report(match(), MATCH)).vulnerabilities[1] == Vulnerability(
        id="GHSA-aaaa-bbbb-cccc",
        aliases=("CVE-2026-2000",),
        severity=Severity.HIGH,
        severity_word="High",
        package=AffectedPackage(
            name="lodash",
            version="4.17.20",
            purl="pkg:npm/lodash@4.17.20",
            type="npm",
            path="/app/package-lock.json",
            layer=LAYER,
        ),
        fix_state=FixState.FIXED,
        fixed_versions=("4.17.21",),
        status_word="fixed",
        epss_score=0.5,
        epss_percentile=0.98,
        known_exploited=True,
        fixed_at=Instant.parse("2026-02-03T00:00:00Z"),
        cvss=(Cvss(source="nvd@nist.gov", version="3.1", vector="CVSS:3.1/AV:N", score=7.5),),
        url="https://advisories.example/GHSA-aaaa-bbbb-cccc",
        pointer="/matches/1",
    )


def test_the_report_says_what_made_it_and_of_which_image() -> None:
    target: JsonObject = {
        "userInput": "app:1",
        "imageID": IMAGE_ID,
        "manifestDigest": DIGEST,
        "tags": ["app:1"],
        "repoDigests": ["app@" + DIGEST],
        "layers": [{"digest": LAYER}],
    }
    read = read_scan(
        report(
            source={"type": "image", "target": target},
            distro={"name": "debian", "version": "12"},
            descriptor={
                "name": "grype",
                "version": "0.104.0",
                "timestamp": "2026-03-01T10:00:00Z",
                "db": {"schemaVersion": 5, "built": "2026-02-28T01:00:00Z"},
            },
        )
    )
    assert (read.scanner, read.scanner_version) == ("grype", "0.104.0")
    assert read.finished_at == Instant.parse("2026-03-01T10:00:00Z")
    assert read.distribution == "debian 12"
    assert read.database_version == "5"
    assert read.database_built_at == Instant.parse("2026-02-28T01:00:00Z")
    assert read.subject == ReportedSubject(
        name="app:1",
        image_ids=(IMAGE_ID,),
        digests=(DIGEST,),
        repo_tags=("app:1",),
        repo_digests=("app@" + DIGEST,),
        diff_ids=(LAYER,),
    )


def test_the_database_of_version_6_tells_of_itself_in_its_status() -> None:
    status: JsonObject = {"schemaVersion": "v6.1.4", "built": "2026-02-28T01:00:00Z", "valid": True}
    read = read_scan(report(descriptor={"name": "grype", "db": {"status": status}}))
    assert read.database_version == "v6.1.4"
    assert read.database_built_at == Instant.parse("2026-02-28T01:00:00Z")


@pytest.mark.parametrize(
    ("source", "other", "name"),
    [
        ({"type": "directory", "target": "/src"}, "directory", "/src"),
        ({"type": "file", "target": "go.mod"}, "file", "go.mod"),
        ({"type": "snap", "target": {"userInput": "x"}}, "snap", "x"),
        ({"type": "unknown", "target": "unknown"}, None, "unknown"),
        ({"type": "image", "target": None}, None, None),
        ({}, None, None),
    ],
)
def test_what_was_looked_at_may_be_no_image(
    source: JsonObject, other: str | None, name: str | None
) -> None:
    subject = read_scan(report(source=source)).subject
    assert (subject.other_than_image, subject.name) == (other, name)


@pytest.mark.parametrize(
    ("fields", "state", "versions"),
    [
        ({"fix": {"versions": ["2", "3"], "state": "fixed"}}, FixState.FIXED, ("2", "3")),
        ({"fix": {"versions": ["2"], "state": "unknown"}}, FixState.FIXED, ("2",)),
        ({"fix": {"versions": [""], "state": "not-fixed"}}, FixState.NOT_FIXED, ()),
        ({"fix": {"versions": [], "state": "fixed"}}, FixState.FIXED, ()),
        ({"fix": {"versions": None, "state": "wont-fix"}}, FixState.WONT_FIX, ()),
        ({"fix": {"state": ""}}, FixState.UNKNOWN, ()),
        ({"fixedInVersion": "2"}, FixState.FIXED, ("2",)),
        ({}, FixState.UNKNOWN, ()),
    ],
)
def test_what_is_known_about_a_fix(
    fields: JsonObject, state: FixState, versions: tuple[str, ...]
) -> None:
    (found,) = read_scan(report(match(**fields))).vulnerabilities
    assert (found.fix_state, found.fixed_versions) == (state, versions)


def test_the_first_versions_are_read() -> None:
    old = match(cvssV3={"baseScore": 4, "vector": "AV:L"}, cvssV2={"baseScore": 1.5})
    read = read_scan({"matches": [old], "image": {"digest": DIGEST, "tags": ["app:1"]}})
    assert read.subject == ReportedSubject(digests=(DIGEST,), repo_tags=("app:1",))
    assert read.vulnerabilities[0].cvss == (
        Cvss(source="unknown", version="2.0", vector=None, score=1.5),
        Cvss(source="unknown", version="3", vector="AV:L", score=4.0),
    )


def test_what_is_not_mapped_is_counted() -> None:
    ignored: JsonValue = [MATCH, MATCH]
    read = read_scan(report(MATCH, ignoredMatches=ignored, alertsByPackage=[{}]))
    assert len(read.vulnerabilities) == 1
    assert read.unmapped == (("alertsByPackage", 1), ("ignoredMatches", 2))


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"matches": None, "source": {}}, "/matches: "),
        ({"descriptor": {"name": "grype"}, "matches": {}}, "/matches: "),
        (report(None), "/matches/0: "),
        (report({"artifact": {}}), "/matches/0/vulnerability: "),
        (report({"vulnerability": {"id": "C"}}), "/matches/0/artifact: "),
        (report(match(id=7)), "/matches/0/vulnerability/id: "),
        (report(match(severity=["High"])), "/matches/0/vulnerability/severity: "),
        (report(match(fix="2")), "/matches/0/vulnerability/fix: "),
        (report(match(epss=[{"epss": 2}])), "/matches/0/vulnerability/epss/0/epss: "),
        (report(match(knownExploited="yes")), "/matches/0/vulnerability/knownExploited: "),
        (report(match(fix={"versions": "2"})), "/matches/0/vulnerability/fix/versions: "),
        (report(match(cvss=[{"metrics": []}])), "/matches/0/vulnerability/cvss/0/metrics: "),
        (report({**MATCH, "artifact": {"name": None}}), "/matches/0/artifact/name: "),
        (report({**MATCH, "relatedVulnerabilities": [{}]}), "/relatedVulnerabilities/0/id: "),
        (report(source={"target": 7}), "/source/target: "),
        (report(source={"target": {"layers": [{}]}}), "/source/target/layers/0/digest: "),
        (report(distro=[]), "/distro: "),
    ],
)
def test_a_wrong_type_is_refused_with_its_place(document: JsonValue, place: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        read_scan(document)
    assert place in str(caught.value)
