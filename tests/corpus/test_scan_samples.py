"""Every scan report among the samples: read with as many findings as it has, or refused."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from policyengine.errors import EvidenceError
from tests.corpus.sample_files import (
    at_pointer,
    by_name,
    folders_of,
    objects,
    raw_json,
    read_file,
    samples,
)

TRIVY = ("scan/trivy-v1", "scan/trivy-v2", "scan/trivy-history", "scan/trivy-other")
GRYPE = ("scan/grype", "scan/grype-history")
REFUSED = {
    "trivy__legacy_no_vuln.json": "is null, as the first versions of Trivy wrote",
    "xeol__xeol_multiple_findings.json": "is a Xeol report",
    "xeol__xeol_zero.json": "is a Xeol report",
}
# Counted by hand (grep -c) in a few files, so that the counts below are not all zero.
KNOWN = {
    "trivy__a0e5c3a2__integration__testdata__ubi-7.json.golden": 631,
    "trivy__integration__testdata__alpine-39.json.golden": 6,
    "grype__explain__testdata__keycloak-test.json": 6,
    "anchore_grype__many_vulns4.json": 9,
}


@pytest.mark.parametrize("path", samples(*TRIVY))
def test_a_trivy_report_is_read_whole(path: Path) -> None:
    if (message := by_name(path, REFUSED)) is not None:
        with pytest.raises(EvidenceError, match=message):
            read_file(path)
        return
    text = path.read_text()
    (report,) = read_file(path).scans
    assert len(report.vulnerabilities) == text.count('"VulnerabilityID"')
    assert by_name(path, KNOWN) in {None, len(report.vulnerabilities)}
    assert len(report.secrets) == text.count('"RuleID"')
    assert len(report.misconfigurations) == len(re.findall(r'"Status": *"FAIL"', text))
    words = Counter(
        item.get("Severity", "") for _, item in objects(raw_json(path)) if "VulnerabilityID" in item
    )
    assert Counter(found.severity_word for found in report.vulnerabilities) == words


@pytest.mark.parametrize("path", samples(*GRYPE))
def test_a_grype_report_is_read_whole(path: Path) -> None:
    if (message := by_name(path, REFUSED)) is not None:
        with pytest.raises(EvidenceError, match=message):
            read_file(path)
        return
    matches = [
        item
        for names, item in objects(raw_json(path))
        if {"vulnerability", "artifact"} <= item.keys() and names == ("matches",)
    ]
    (report,) = read_file(path).scans
    assert len(report.vulnerabilities) == len(matches)
    assert by_name(path, KNOWN) in {None, len(matches)}
    words = Counter(item["vulnerability"].get("severity", "") for item in matches)
    assert Counter(found.severity_word for found in report.vulnerabilities) == words


@pytest.mark.parametrize("path", samples(*TRIVY, *GRYPE, but=REFUSED))
def test_every_finding_points_to_its_place_in_the_report(path: Path) -> None:
    document = raw_json(path)
    (report,) = read_file(path).scans
    for found in report.vulnerabilities:
        place = at_pointer(document, found.pointer)
        assert found.id in {place.get("VulnerabilityID"), place.get("vulnerability", {}).get("id")}
        name = place.get("PkgName") or place["artifact"]["name"]
        assert found.package.name == name
    for secret in report.secrets:
        assert at_pointer(document, secret.pointer)["RuleID"] == secret.rule_id
    for check in report.misconfigurations:
        assert check.id in at_pointer(document, check.pointer).values()


@pytest.mark.parametrize(
    "path",
    samples(*(folder for folder in folders_of("scan") if folder not in {*TRIVY, *GRYPE})),
)
def test_a_report_of_another_scanner_is_refused(path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_file(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    if path.parent.name.startswith("sarif-"):
        assert "is SARIF, which is not read" in message
