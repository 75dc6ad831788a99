"""One document of all evidence: canonical, checked, and traceable."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from policyengine.document import assemble, read_document, reports_about
from policyengine.errors import MalformedEvidence, SubjectMismatch, UnsupportedFormat
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import ImageEvidence
from policyengine.model.instant import Instant
from policyengine.model.sbom import Package, PackageLicense
from policyengine.model.scan import AffectedPackage, FixState, ReportedSubject
from policyengine.model.severity import Severity
from tests.evidence_values import (
    DIGEST,
    NOW,
    OTHER_DIGEST,
    image,
    image_evidence,
    sbom_document,
    scan_report,
    signature,
    source,
    subject,
    trust_record,
    vulnerability,
)


def content_of(
    evidence: ImageEvidence | None = None,
    reports: GatheredReports | None = None,
    **options: Any,
) -> Any:
    return assemble(
        evidence or image_evidence(),
        reports or GatheredReports(),
        environment=options.pop("environment", None),
        evaluated_at=NOW,
        **options,
    ).content


def test_the_same_facts_give_the_same_bytes() -> None:
    reports = GatheredReports(scans=(scan_report(vulnerability()),))
    one, other = (
        assemble(image_evidence(), reports, environment="test", evaluated_at=NOW) for _ in range(2)
    )
    assert one.encoded == other.encoded
    assert one.sha256 == other.sha256


def test_a_written_document_reads_back_as_it_was() -> None:
    document = assemble(image_evidence(), GatheredReports(), environment=None, evaluated_at=NOW)
    again = read_document(document.encoded, where="input.json")
    assert again == document


def test_a_section_without_evidence_is_absent_and_one_with_an_empty_report_is_empty() -> None:
    bare = content_of()
    assert not {"scan", "sbom", "trust"} & bare.keys()
    scanned = content_of(reports=GatheredReports(scans=(scan_report(),)))
    assert scanned["scan"]["vulnerabilities"] == []


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        (GatheredReports(), "not_requested"),
        (GatheredReports(looked_for=frozenset({EvidenceKind.SCAN})), "missing"),
        (GatheredReports(scans=(scan_report(),)), "collected"),
    ],
)
def test_the_document_says_what_became_of_each_kind(reports: GatheredReports, status: str) -> None:
    assert content_of(reports=reports)["evidence"]["scan"]["status"] == status


def test_a_report_about_another_image_is_refused() -> None:
    reports = GatheredReports(
        scans=(scan_report(subject=ReportedSubject(digests=(OTHER_DIGEST,))),)
    )
    with pytest.raises(SubjectMismatch) as caught:
        content_of(reports=reports)
    assert "report.json" in str(caught.value)
    assert OTHER_DIGEST in str(caught.value)
    assert DIGEST in str(caught.value)


def test_an_allowed_mismatch_is_recorded() -> None:
    reports = GatheredReports(
        scans=(scan_report(subject=ReportedSubject(digests=(OTHER_DIGEST,))),),
        trusts=(trust_record(repository="registry.example/other"),),
    )
    content = content_of(reports=reports, allow_mismatch=True)
    assert content["scan"]["reports"][0]["subject_match"] == "mismatch"
    assert [(m["kind"], m["location"]) for m in content["evidence"]["mismatches"]] == [
        ("scan", "report.json"),
        ("trust", "trust.json"),
    ]


def test_times_beyond_64_bit_nanoseconds_stay_old_or_future() -> None:
    old = content_of(image_evidence(having=image(created=Instant.parse("0001-01-01T00:00:00Z"))))
    assert old["image"]["created"] == "0001-01-01T00:00:00Z"
    assert old["image"]["created_ns"] == -(2**63)
    future = content_of(image_evidence(having=image(created=Instant.parse("9999-01-01T00:00:00Z"))))
    assert future["image"]["created_ns"] == 2**63 - 1


def test_two_scanners_that_agree_are_one_finding_with_both_named() -> None:
    grype = scan_report(
        vulnerability(severity=Severity.CRITICAL, severity_word="Critical", pointer="/matches/0"),
        scanner="grype",
        source=source("grype.json", "grype-json"),
    )
    content = content_of(reports=GatheredReports(scans=(scan_report(vulnerability()), grype)))
    (finding,) = content["scan"]["vulnerabilities"]
    assert finding["severity"] == "critical"
    assert [item["word"] for item in finding["severities"]] == ["Critical", "HIGH"]
    assert finding["reported_by"] == [
        {"scanner": "grype", "source": 1, "pointer": "/matches/0"},
        {"scanner": "trivy", "source": 0, "pointer": "/Results/0/Vulnerabilities/0"},
    ]


def test_an_advisory_is_merged_with_the_one_cve_that_it_is_about() -> None:
    advisory = vulnerability("GHSA-xxxx", aliases=("CVE-2026-0001",))
    content = content_of(
        reports=GatheredReports(scans=(scan_report(vulnerability()), scan_report(advisory)))
    )
    (finding,) = content["scan"]["vulnerabilities"]
    assert (finding["id"], finding["aliases"]) == ("CVE-2026-0001", ["GHSA-xxxx"])


def test_an_advisory_about_two_cves_swallows_neither() -> None:
    advisory = vulnerability("GHSA-xxxx", aliases=("CVE-2026-0001", "CVE-2026-0002"))
    found = (vulnerability(), vulnerability("CVE-2026-0002"))
    content = content_of(
        reports=GatheredReports(scans=(scan_report(*found), scan_report(advisory)))
    )
    assert [finding["id"] for finding in content["scan"]["vulnerabilities"]] == [
        "CVE-2026-0001",
        "CVE-2026-0002",
        "GHSA-xxxx",
    ]


@pytest.mark.parametrize(
    "other",
    [
        AffectedPackage(name="openssl", version="3.0.2", purl="pkg:deb/debian/openssl@3.0.2"),
        AffectedPackage(name="libssl3", version="3.0.1", purl="pkg:deb/debian/libssl3@3.0.1"),
        AffectedPackage(name="openssl", version="3.0.1", purl="pkg:pypi/openssl@3.0.1"),
        AffectedPackage(name="openssl", version="3.0.1", purl=None, type="python"),
        AffectedPackage(name="", version="", purl=None),
    ],
)
def test_findings_in_other_packages_stay_apart(other: AffectedPackage) -> None:
    reports = GatheredReports(scans=(scan_report(vulnerability(), vulnerability(package=other)),))
    assert len(content_of(reports=reports)["scan"]["vulnerabilities"]) == 2


def test_a_language_package_at_two_paths_is_two_findings_and_a_distribution_package_one() -> None:
    def at(path: str, purl: str) -> AffectedPackage:
        return AffectedPackage(name="x", version="1", purl=purl, path=path)

    for purl, count in (("pkg:npm/x@1", 2), ("pkg:deb/debian/x@1", 1)):
        found = (vulnerability(package=at("/a", purl)), vulnerability(package=at("/b", purl)))
        content = content_of(reports=GatheredReports(scans=(scan_report(*found),)))
        assert len(content["scan"]["vulnerabilities"]) == count


def test_a_fix_known_to_one_scanner_is_known() -> None:
    unfixed = vulnerability(fix_state=FixState.WONT_FIX, fixed_versions=())
    content = content_of(
        reports=GatheredReports(scans=(scan_report(unfixed), scan_report(vulnerability())))
    )
    (finding,) = content["scan"]["vulnerabilities"]
    assert (finding["fix_state"], finding["fixed_versions"]) == ("fixed", ["3.0.2"])


def test_a_vex_status_that_only_one_scanner_gives_does_not_hold() -> None:
    lowered = vulnerability(vex_status="not_affected")
    content = content_of(
        reports=GatheredReports(scans=(scan_report(lowered), scan_report(vulnerability())))
    )
    assert content["scan"]["vulnerabilities"][0]["vex_status"] is None


def test_a_package_in_two_sboms_is_listed_once_with_both_places() -> None:
    package = Package(
        name="zlib",
        version="1.3",
        pointer="/components/0",
        licenses=(PackageLicense(value="Zlib", kind="id"),),
    )
    content = content_of(
        reports=GatheredReports(sboms=(sbom_document(package), sbom_document(package)))
    )
    (listed,) = content["sbom"]["packages"]
    assert [origin["source"] for origin in listed["reported_by"]] == [0, 1]


def test_what_readers_could_not_map_is_counted() -> None:
    report = scan_report(unmapped=(("licenses", 3),))
    content = content_of(reports=GatheredReports(scans=(report, report)))
    assert content["evidence"]["scan"]["unmapped"] == {"licenses": 6}


@pytest.mark.parametrize(
    ("evidence", "signed", "problem"),
    [
        (image_evidence(), signature(), None),
        (
            image_evidence(of=subject(tag=None, reference=f"registry.example/team/app@{DIGEST}")),
            signature(tag="anything"),
            None,
        ),
        (
            image_evidence(),
            signature(signed_digest=OTHER_DIGEST),
            f"{OTHER_DIGEST} was signed, which is another image",
        ),
        (image_evidence(), signature(tag="1.3"), "signed as 1.3, asked for as 1.4"),
        (
            image_evidence(of=subject(tag=None, reference="registry.example/team/app")),
            signature(tag="1.4"),
            "signed as 1.4, asked for as latest",
        ),
        (
            image_evidence(of=subject(digest=None)),
            signature(),
            "the image has no manifest digest to compare with the signed one",
        ),
        (
            image_evidence(of=subject(registry=None, repository=None)),
            signature(),
            "the image has no repository name to compare with the signature's",
        ),
    ],
)
def test_a_signature_is_verified_only_for_this_repository_digest_and_tag(
    evidence: ImageEvidence, signed: Any, problem: str | None
) -> None:
    reports = GatheredReports(trusts=(trust_record(signed),))
    (written,) = content_of(evidence, reports)["trust"]["signatures"]
    assert (written["verified"], written["problem"]) == (problem is None, problem)


def test_a_signature_for_another_repository_is_never_verified() -> None:
    record = trust_record(
        signature(repository="registry.example/evil"), repository="registry.example/evil"
    )
    content = content_of(reports=GatheredReports(trusts=(record,)), allow_mismatch=True)
    (written,) = content["trust"]["signatures"]
    assert not written["verified"]
    assert "registry.example/evil" in written["problem"]


def test_signatures_of_other_tags_are_counted_not_listed() -> None:
    other = signature(tag="0.9", signed_digest=OTHER_DIGEST)
    content = content_of(reports=GatheredReports(trusts=(trust_record(signature(), other),)))
    assert len(content["trust"]["signatures"]) == 1
    assert content["evidence"]["trust"]["unmapped"] == {"signatures of other images": 1}


def test_reports_are_dealt_to_the_images_that_they_are_about() -> None:
    ours = scan_report(subject=ReportedSubject(digests=(DIGEST,)))
    theirs = scan_report(subject=ReportedSubject(digests=(OTHER_DIGEST,)))
    silent = scan_report()
    reports = GatheredReports(scans=(ours, theirs, silent))
    assert reports_about(reports, image_evidence()).scans == (ours,)


@pytest.mark.parametrize(
    ("change", "error", "where"),
    [
        ({"schema_version": "2"}, UnsupportedFormat, "input.json"),
        ({"surprise": 1}, MalformedEvidence, "input.json"),
        ({"environment": 5}, MalformedEvidence, "input.json/environment"),
        ({"scan": {}}, MalformedEvidence, "input.json/scan"),
        ({"evaluated_at_ns": "soon"}, MalformedEvidence, "input.json/evaluated_at_ns"),
    ],
)
def test_a_stored_document_that_does_not_fit_is_refused_with_its_path(
    change: dict[str, Any], error: type[Exception], where: str
) -> None:
    data = orjson.dumps({**content_of(), **change})
    with pytest.raises(error) as caught:
        read_document(data, where="input.json")
    assert str(caught.value).startswith(where)


def test_a_scan_that_did_not_look_for_vulnerabilities_is_no_scan() -> None:
    secrets_only = scan_report(covers_vulnerabilities=False)
    content = content_of(reports=GatheredReports(scans=(secrets_only,)))
    assert content["evidence"]["scan"]["status"] == "not_requested"
    both = content_of(reports=GatheredReports(scans=(secrets_only, scan_report())))
    assert both["evidence"]["scan"]["status"] == "collected"
