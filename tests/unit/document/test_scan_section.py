"""What scanners say beyond a severity arrives in the document, each word beside its scanner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from policyengine.document.assemble import assemble
from policyengine.errors import SubjectMismatch
from policyengine.model.instant import Instant
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    LicenseFinding,
    ReportedSubject,
    ScannerVerdict,
    ScanReport,
    SourceSeverity,
)
from policyengine.model.severity import Severity
from tests.evidence_values import (
    DIGEST,
    NOW,
    OTHER_DIGEST,
    gathered,
    image_evidence,
    scan_report,
    source,
    vulnerability,
)


def document(*reports: ScanReport) -> Any:
    return assemble(
        image_evidence(), gathered(scans=reports), environment=None, evaluated_at=NOW
    ).content


def test_the_highest_epss_and_any_mark_of_exploitation_count() -> None:
    first = vulnerability(epss_score=0.1, epss_percentile=0.9, exploit_available=False)
    second = vulnerability(epss_score=0.2, known_exploited=True)
    (found,) = document(scan_report(first), scan_report(second))["scan"]["vulnerabilities"]
    assert found["epss"] == {"score": 0.2, "percentile": None}
    assert found["known_exploited"] is True
    assert found["exploit_available"] is False


def test_what_no_scanner_says_is_null() -> None:
    (found,) = document(scan_report(vulnerability()))["scan"]["vulnerabilities"]
    assert (found["epss"], found["known_exploited"], found["exploit_available"]) == (None,) * 3
    assert (found["fixed_at"], found["fixed_at_ns"], found["statuses"]) == (None, None, [])


def test_the_earliest_date_of_a_fix_counts_and_each_status_is_kept() -> None:
    reports = [
        scan_report(vulnerability(fixed_at=Instant.parse(day), status_word=word), scanner=scanner)
        for day, word, scanner in (
            ("2026-01-03T00:00:00Z", "affected", "trivy"),
            ("2026-01-02T00:00:00Z", "will_not_fix", "grype"),
        )
    ]
    (found,) = document(*reports)["scan"]["vulnerabilities"]
    assert found["fixed_at"] == "2026-01-02T00:00:00Z"
    assert found["statuses"] == [
        {"scanner": "grype", "word": "will_not_fix"},
        {"scanner": "trivy", "word": "affected"},
    ]


def test_licences_and_verdicts_name_their_place() -> None:
    license_finding = LicenseFinding(
        license="GPL-3.0-only",
        category="restricted",
        severity=Severity.HIGH,
        severity_word="HIGH",
        package=AffectedPackage(name="p", version="1"),
        path=None,
        pointer="/licenses/0",
    )
    verdict = ScannerVerdict(
        policy="default", passed=False, word="stop", reason="root", pointer="/0"
    )
    scan = document(scan_report(licenses=(license_finding,), verdicts=(verdict,)))["scan"]
    origin = {"scanner": "trivy", "source": 0}
    assert scan["licenses"][0]["package"]["name"] == "p"
    assert scan["licenses"][0]["reported_by"] == [{**origin, "pointer": "/licenses/0"}]
    assert scan["verdicts"] == [
        {
            "policy": "default",
            "passed": False,
            "word": "stop",
            "reason": "root",
            "reported_by": [{**origin, "pointer": "/0"}],
        }
    ]


def test_a_report_that_did_not_look_everywhere_says_so_and_is_no_scan() -> None:
    content = document(scan_report(covers_vulnerabilities=False, problem="timed out"))
    assert content["evidence"]["scan"]["status"] == "not_requested"
    (report,) = content["scan"]["reports"]
    assert (report["covers_vulnerabilities"], report["problem"]) == (False, "timed out")


ABOUT_THIS = ReportedSubject(digests=(DIGEST,))
ABOUT_ANOTHER = ReportedSubject(digests=(OTHER_DIGEST,))


def test_a_file_about_several_images_is_used_for_the_one_it_has() -> None:
    content = document(
        scan_report(vulnerability("CVE-2026-1"), subject=ABOUT_THIS),
        scan_report(vulnerability("CVE-2026-2"), subject=ABOUT_ANOTHER),
    )
    assert [found["id"] for found in content["scan"]["vulnerabilities"]] == ["CVE-2026-1"]
    assert content["evidence"]["scan"]["unmapped"] == {"reports of other images": 1}


def test_a_report_of_another_image_in_a_file_of_its_own_is_refused() -> None:
    other = scan_report(subject=ABOUT_ANOTHER, source=source("other.json"))
    own = scan_report(subject=ABOUT_THIS)
    with pytest.raises(SubjectMismatch):
        document(scan_report(subject=ABOUT_ANOTHER))
    with pytest.raises(SubjectMismatch):
        document(own, _with_digest(other, "b" * 64))


def _with_digest(report: ScanReport, sha256: str) -> ScanReport:
    return replace(report, source=replace(report.source, sha256=sha256))


def test_what_the_same_file_says_without_naming_an_image_is_kept() -> None:
    content = document(
        scan_report(subject=ABOUT_THIS), scan_report(vulnerability(), subject=ReportedSubject())
    )
    assert len(content["scan"]["vulnerabilities"]) == 1


def test_a_file_whose_names_have_no_registry_is_used_for_the_name_that_fits() -> None:
    content = document(
        scan_report(
            vulnerability("CVE-2026-1"), subject=ReportedSubject(unqualified_names=("app:1.4",))
        ),
        scan_report(
            vulnerability("CVE-2026-2"), subject=ReportedSubject(unqualified_names=("other:1",))
        ),
    )
    assert [found["id"] for found in content["scan"]["vulnerabilities"]] == ["CVE-2026-1"]
    assert [report["subject_match"] for report in content["scan"]["reports"]] == ["unknown"]


def test_findings_that_say_the_same_share_no_array_and_no_object() -> None:
    # The path of a value that made a reason is found by the value's identity.
    rated = vulnerability(
        cvss=(Cvss(source="nvd", version="3.1", vector="CVSS:3.1/AV:N", score=7.5),),
        other_severities=(SourceSeverity(source="nvd", word="HIGH"),),
        status_word="affected",
        fixed_versions=("2",),
    )
    other = replace(rated, id="CVE-2026-0002", pointer="/Results/0/Vulnerabilities/1")
    section = document(scan_report(rated, other))["scan"]
    places = list(containers(section))
    assert len(section["vulnerabilities"]) == 2
    assert len({id(value) for value in places}) == len(places)


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, list | dict):
        yield value
        for item in value if isinstance(value, list) else value.values():
            yield from containers(item)
