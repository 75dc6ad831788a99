"""What each format says of a finding, of its image and of the scan itself."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from policyengine.errors import EvidenceError, MalformedEvidence, ScanFailed, UnsupportedFormat
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonValue
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity
from tests.unit.collect.offered import read_json
from tests.unit.collect.scan.whole_reports import DIGEST, IMAGE_ID, LAYER, TIME, WHOLE

AT = Instant.parse(TIME)
DAY = Instant.parse("2026-01-02T00:00:00Z")


def reports(document: JsonValue) -> tuple[ScanReport, ...]:
    return read_json(document).scans


def changed(name: str, *path: Any, to: Any = None, without: bool = False) -> Any:
    """Return the whole report ``name`` with another value at ``path``, or without it."""
    document = copy.deepcopy(WHOLE[name])
    place = document
    for part in path[:-1]:
        place = place[part]
    if without:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return document


def package(**changes: Any) -> AffectedPackage:
    return replace(AffectedPackage(name="p", version="1"), **changes)


# Of the first finding of each shape: what differs from a plain high CVE that has a fix.
FINDINGS: dict[str, dict[str, Any]] = {
    "snyk": {
        "id": "SNYK-DEBIAN12-P-1",
        "aliases": ("CVE-2026-1001", "GHSA-2222-3333-4444"),
        "severity": Severity.CRITICAL,
        "package": package(type="debian:12"),
        "epss_score": 0.5,
        "exploit_available": True,
        "published_at": AT,
    },
    "prisma cloud": {
        "severity_word": "important",
        "package": package(type="os", path="/p", layer=LAYER),
        "fixed_versions": ("2", "3"),
        "status_word": "fixed in 2, 3",
        "fixed_at": AT,
    },
    "prisma cloud scans": {
        "severity": Severity.UNKNOWN,
        "fix_state": FixState.UNKNOWN,
        "fixed_versions": (),
    },
    "clair": {
        "severity_word": "high**",
        "package": package(type="dpkg", layer=LAYER),
        "known_exploited": True,
        "epss_percentile": 0.9,
        "published_at": AT,
        "pointer": "/package_vulnerabilities/1/0",
    },
    "clair-scanner": {"severity": Severity.CRITICAL, "severity_word": "Defcon1"},
    "klar": {"id": "RHSA-2026:0001", "aliases": ("CVE-2026-1001",)},
    "harbor": {"package": package(layer=LAYER), "status_word": "fixed"},
    "quay": {"package": package(type="dpkg", layer=LAYER)},
    "gitlab": {"aliases": (), "title": "t", "url": "u"},
    "sarif": {
        "severity_word": "HIGH",
        "package": package(purl="pkg:deb/debian/p@1", type="debian", path="app/p"),
        "status_word": "suppressed",
        "epss_score": 0.5,
    },
    "anchore": {
        "id": "GHSA-2222-3333-4444",
        "aliases": ("CVE-2026-1001",),
        "package": package(type="npm", path="/p"),
        "status_word": None,
    },
    "anchorectl": {
        "package": package(type="dpkg"),
        "fix_state": FixState.WONT_FIX,
        "fixed_versions": (),
        "status_word": "will_not_fix",
    },
    "anchore evaluation": {
        "id": "GHSA-2222-3333-4444",
        "aliases": ("CVE-2026-1001",),
        "package": AffectedPackage(name="tomcat-api", version="9.0.97", type="java", path="/p.jar"),
        "fixed_versions": ("2", "3"),
        "fixed_at": AT,
    },
    "aqua": {
        "package": package(type="npm", path="/p", layer=LAYER),
        "fixed_versions": ("2", "3"),
        "known_exploited": True,
        "epss_score": 0.5,
        "modified_at": DAY,
    },
    "aqua api": {
        "package": package(type="npm"),
        "fix_state": FixState.NOT_FIXED,
        "fixed_versions": (),
    },
    "asff": {
        "package": package(version="2:1-3", type="os", path="p", layer=LAYER),
        "status_word": "NEW",
        "exploit_available": True,
        "epss_score": 0.5,
    },
    "inspector": {
        "aliases": ("CVE-2026-2002",),
        "package": package(version="3:1-2", type="os", path="p", layer=LAYER),
        "status_word": "ACTIVE",
        "exploit_available": False,
        "epss_score": 0.1,
    },
    "ecr": {"fix_state": FixState.UNKNOWN, "fixed_versions": ()},
    "dependency-track": {
        "id": "GHSA-2222-3333-4444",
        "aliases": ("CVE-2026-1001",),
        "package": package(name="g/p", purl="pkg:npm/g/p@1", type="npm"),
        "fix_state": FixState.UNKNOWN,
        "fixed_versions": (),
        "status_word": "suppressed FALSE_POSITIVE",
    },
    "xray": {
        "aliases": ("XRAY-1",),
        "package": AffectedPackage(name="busybox", version="1.31.1-r20", layer=LAYER),
        "fix_state": FixState.UNKNOWN,
        "fixed_versions": (),
    },
    "xray rows": {
        "id": "XRAY-1",
        "aliases": ("CVE-2026-1001", "CVE-2026-2002"),
        "package": AffectedPackage(name="java", version="0:11.0.6-1.el7", type="rpm"),
        "fixed_versions": ("1:11.0.7",),
    },
    "xray export": {
        "package": AffectedPackage(name="libx11", version="2:1.6.4-3", type="deb"),
        "fixed_versions": ("2:1.6.4-3+deb9u1",),
    },
    "neuvector": {"package": package(path="p"), "published_at": AT},
    "osv-scanner": {
        "id": "DSA-1-1",
        "aliases": ("CVE-2026-1001",),
        "severity": Severity.CRITICAL,
        "severity_word": "9.8",
        "package": package(type="debian", path="/p"),
        "status_word": "withdrawn",
    },
    "sysdig": {
        "package": package(type="os", path="/p", layer=LAYER),
        "status_word": "accepted",
        "exploit_available": True,
        "fixed_at": DAY,
    },
    "sysdig rows": {"package": package(type="os", path="/p"), "exploit_available": False},
    "sysdig panels": {
        "package": package(type="OS", path="/p"),
        "known_exploited": True,
        "status_word": "accepted",
    },
    "wiz": {
        "package": package(type="package", path="/p", layer=LAYER),
        "known_exploited": True,
        "exploit_available": True,
        "fixed_at": AT,
    },
    "trivy kubernetes": {
        "severity": Severity.UNKNOWN,
        "package": package(version="", type="debian"),
        "fix_state": FixState.NOT_FIXED,
        "fixed_versions": (),
    },
    "trivy operator": {
        "package": package(purl="pkg:deb/debian/p@1", type="debian", path="/p"),
        "published_at": AT,
    },
}
PLAIN = {
    "id": "CVE-2026-1001",
    "severity": Severity.HIGH,
    "package": package(),
    "fix_state": FixState.FIXED,
    "fixed_versions": ("2",),
}


def first(name: str) -> Vulnerability:
    return reports(WHOLE[name])[0].vulnerabilities[0]


@pytest.mark.parametrize("name", FINDINGS)
def test_a_finding_is_read_with_what_is_said_of_it(name: str) -> None:
    found = first(name)
    expected = {**PLAIN, **FINDINGS[name]}
    if name == "prisma cloud scans":
        expected["package"] = package(version="")
    assert {field: getattr(found, field) for field in expected} == expected


NAME = "registry.example/app:1"
ECR = "012345678901.dkr.ecr.eu-west-1.amazonaws.com/app"
SUBJECTS: dict[str, ReportedSubject] = {
    "snyk": ReportedSubject(name=NAME),
    "prisma cloud": ReportedSubject(
        name=NAME,
        image_ids=(IMAGE_ID,),
        digests=(DIGEST,),
        repo_digests=("registry.example/app@" + DIGEST,),
    ),
    "prisma cloud images": ReportedSubject(image_ids=(IMAGE_ID,), repo_tags=(NAME,)),
    "clair": ReportedSubject(digests=(DIGEST,)),
    "clair-scanner": ReportedSubject(name=NAME),
    "klar": ReportedSubject(),
    "harbor": ReportedSubject(digests=(DIGEST,)),
    "quay": ReportedSubject(digests=(DIGEST,)),
    "dockle": ReportedSubject(name=NAME),
    "gitlab": ReportedSubject(name=NAME),
    "sarif": ReportedSubject(
        name=NAME,
        image_ids=(IMAGE_ID,),
        repo_tags=(NAME,),
        repo_digests=("registry.example/app@" + DIGEST,),
    ),
    "anchore": ReportedSubject(digests=(DIGEST,)),
    "anchore evaluation": ReportedSubject(name=NAME, digests=(DIGEST,)),
    "anchore policy": ReportedSubject(name=NAME, digests=(DIGEST,)),
    "anchore enterprise policy": ReportedSubject(name=NAME, digests=(DIGEST,)),
    "aqua": ReportedSubject(digests=(DIGEST,), unqualified_names=("app:1",)),
    "aqua task": ReportedSubject(name=NAME),
    "asff": ReportedSubject(name=ECR, digests=(DIGEST,), repo_tags=(ECR + ":1",)),
    "inspector": ReportedSubject(name=ECR, digests=(DIGEST,), repo_tags=(ECR + ":1",)),
    "ecr": ReportedSubject(
        name="012345678901/app", digests=(DIGEST,), unqualified_names=("app:1",)
    ),
    "dependency-track": ReportedSubject(name=NAME),
    "xray": ReportedSubject(name="local/app/1/", digests=(DIGEST,), unqualified_names=("app:1",)),
    "neuvector": ReportedSubject(name=NAME, image_ids=(IMAGE_ID,), digests=(DIGEST,)),
    "osv-scanner": ReportedSubject(diff_ids=(LAYER,)),
    "sysdig": ReportedSubject(name=NAME, image_ids=(IMAGE_ID,), digests=(DIGEST,)),
    "sysdig panels": ReportedSubject(name=NAME, image_ids=(IMAGE_ID,)),
    "wiz": ReportedSubject(name=NAME, image_ids=(IMAGE_ID,), digests=(DIGEST,)),
    "trivy kubernetes": ReportedSubject(
        name=NAME,
        image_ids=(IMAGE_ID,),
        repo_tags=(NAME,),
        repo_digests=("registry.example/app@" + DIGEST,),
        diff_ids=(LAYER,),
    ),
    "trivy operator": ReportedSubject(name=NAME, digests=(DIGEST,), repo_tags=(NAME,)),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_report_says_which_image_it_is_about(name: str) -> None:
    assert reports(WHOLE[name])[0].subject == SUBJECTS[name]


@pytest.mark.parametrize(
    ("document", "other"),
    [
        (changed("snyk", "docker", without=True) | {"scanResult": {}}, "deb project"),
        (changed("inspector", "findings", to=WHOLE["inspector"]["findings"][1:]), "AWS_LAMBDA"),
        (changed("asff", "Findings", to=WHOLE["asff"]["Findings"][1:]), "AwsEcrRepository"),
        (changed("xray", "artifacts", 0, "general", "pkg_type", to="Maven"), "Maven artifact"),
        (changed("osv-scanner", "image_metadata", without=True), None),
        (changed("sysdig", "result", "type", to="host"), "host"),
        (changed("prisma cloud scans", 0, "entityInfo", "type", to="function"), "function"),
        ({"ClusterName": "prod", "Resources": []}, "Kubernetes cluster"),
    ],
)
def test_what_was_looked_at_may_be_no_image(document: JsonValue, other: str | None) -> None:
    found = reports(document)[0].subject.other_than_image
    assert found is None if other is None else (found or "").startswith(other)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"ok": False, "error": "authentication failed", "path": "app:1"}, "authentication failed"),
        ([WHOLE["snyk"], {"ok": False, "error": "time-out"}], "time-out"),
        (changed("snyk", "applications", 0, to={"ok": False, "error": "x"}), "/applications/0"),
        ({"status": "queued", "data": None}, "queued"),
        (changed("quay", "status", to="failed"), "failed"),
        (changed("harbor", *WHOLE["harbor"], "scan_status", to="Running"), "Running"),
        (changed("clair", "state", to="ScanLayers"), "state ScanLayers"),
        (changed("clair", "success", to=False), "state IndexFinished"),
        (changed("clair", "err", to="no such layer"), "no such layer"),
        (changed("gitlab", "scan", "status", to="failure"), "failure"),
        (changed("ecr", "imageScanStatus", "status", to="FAILED"), "FAILED: d"),
        (changed("ecr", "imageScanStatus", "status", to="IN_PROGRESS"), "IN_PROGRESS"),
        ({"imageScanStatus": {"status": "UNSUPPORTED_IMAGE"}}, "UNSUPPORTED_IMAGE"),
        (changed("wiz", "status", "state", to="FAILED"), "FAILED"),
        (
            changed("sarif", "runs", 0, "invocations", 0, "executionSuccessful", to=False),
            "executionSuccessful false",
        ),
        ({**WHOLE["neuvector"], "error_message": "scan failed"}, "scan failed"),
    ],
)
def test_a_scan_that_failed_or_has_not_ended_is_refused(document: JsonValue, found: str) -> None:
    with pytest.raises(ScanFailed) as caught:
        reports(document)
    assert found in str(caught.value)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (changed("klar", "LayerCount", to=0), "no layer was looked at"),
        (
            changed("prisma cloud", "results", 0, "vulnerabilities", to=[]),
            "vulnerabilityDistribution counts 1, and 0 are listed",
        ),
        (
            changed("prisma cloud", "results", 0, "vulnerabilityDistribution", "critical", to=1),
            "vulnerabilityDistribution counts 2, and 1 are listed",
        ),
        ([{"entityInfo": {"type": "image"}, "results": [{}]}], "does not say whether"),
        (changed("anchore", "vulnerability_type", to="os"), "of os packages alone"),
        (changed("aqua", "partial_results", to=True), "are partial"),
        (changed("aqua", "resources", 0, "scanned", to=False), "1 resources were not scanned"),
        (changed("aqua api", "count", to=2), "has 1 of 2 findings"),
        (changed("aqua api", "is_partial_data", to=True), "has 1 of 1 findings"),
        (changed("aqua api", "query", "severity", to="critical"), "is filtered by severity"),
        ({"findings": []}, "does not say what was scanned"),
        ({**WHOLE["inspector"], "nextToken": "t"}, "nextToken is set"),
        ({**WHOLE["asff"], "NextToken": "t"}, "NextToken is set"),
        (changed("ecr", "imageScanFindings", "findingSeverityCounts", "LOW", to=9), "2 of 10"),
        (changed("xray rows", "total_rows", to=5), "has 1 of 5 rows"),
        ({"total_rows": 0, "rows": []}, "does not say what was scanned"),
        (changed("xray export", "total_count", to=9), "has 1 of 9 findings"),
        (WHOLE["sysdig rows"], "may leave out findings"),
        (WHOLE["sysdig panels"], "may leave out findings"),
        (changed("wiz", "result", "osPackages", to=None), "counts 1 vulnerabilities and lists 0"),
        (changed("wiz", "result", "analytics", to=None), "does not say that"),
        (
            {"results": [{"source": {}, "packages": [{"package": {"name": "p"}}]}]},
            "does not say that vulnerabilities were looked for",
        ),
        (
            changed("sarif", "runs", 0, "results", to=[]),
            "does not say whether vulnerabilities were looked for",
        ),
        (changed("trivy kubernetes", "Resources", 0, "Error", to="no access"), "no access"),
        (WHOLE["dockle"], None),
        (WHOLE["anchore policy"], None),
    ],
)
def test_a_list_that_is_not_whole_is_no_scan(document: JsonValue, problem: str | None) -> None:
    report = reports(document)[0]
    assert not report.covers_vulnerabilities
    assert report.problem is None if problem is None else problem in (report.problem or "")


@pytest.mark.parametrize("name", sorted(set(FINDINGS) - {"sysdig rows", "sysdig panels"}))
def test_a_whole_list_is_a_scan(name: str) -> None:
    report = reports(WHOLE[name])[0]
    assert report.covers_vulnerabilities
    assert report.problem is None


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ("snyk", [("snyk test", False), ("snyk test", False)]),
        ("prisma cloud", [("vulnerabilities", False), ("compliance", True)]),
        ("clair-scanner", [("whitelist", False)]),
        ("anchore policy", [("p", False)]),
        ("anchore policy 2", [("p", True)]),
        ("aqua", [("image assurance", False), ("p/root_user", False)]),
        ("neuvector", [("verdict", True)]),
        ("sysdig", [("all policies", False), ("p", False)]),
        ("wiz", [("all policies", False)]),
    ],
)
def test_the_verdict_of_the_scanner_is_kept(name: str, verdicts: list[tuple[str, bool]]) -> None:
    report = reports(WHOLE[name])[0]
    assert [(verdict.policy, verdict.passed) for verdict in report.verdicts] == verdicts


def test_a_verdict_that_only_warns_is_neither() -> None:
    document = changed("wiz", "status", "verdict", to="WARN_BY_POLICY")
    assert reports(document)[0].verdicts[0].passed is None


@pytest.mark.parametrize(
    ("document", "unmapped"),
    [
        (WHOLE["snyk"], ("filtered.ignore", 1)),
        (WHOLE["anchore enterprise policy"], ("whitelisted findings", 1)),
        (WHOLE["aqua"], ("ref_vulns", 1)),
        (WHOLE["clair"], ("enrichments", 1)),
        (
            changed("dockle", "details", 0, "level", to="SKIP")
            | {"summary": {"fatal": 0, "warn": 0, "info": 0}},
            ("details SKIP", 1),
        ),
        (
            changed("xray", "artifacts", 0, "issues", 0, "issue_type", to="license"),
            ("issues license", 1),
        ),
        (changed("sarif", "runs", 0, "results", 1, "kind", to="pass"), ("results pass", 1)),
        (
            changed("asff", "Findings", 1, "Compliance", "Status", to="PASSED"),
            ("findings PASSED", 1),
        ),
        (changed("neuvector", "report", "checks", 0, "level", to="PASS"), ("checks PASS", 1)),
        (
            changed("trivy operator", "items", 1, "kind", to="SbomReport"),
            ("resources of kind SbomReport", 1),
        ),
        (changed("gitlab", "remediations", to=[{}]), ("remediations", 1)),
        (changed("quay", "data", "Layer", "Notes", to=["x"]), ("Notes", 1)),
    ],
)
def test_what_is_not_mapped_is_counted(document: JsonValue, unmapped: tuple[str, int]) -> None:
    assert unmapped in reports(document)[0].unmapped


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (changed("snyk", "vulnerabilities", to=None), "/vulnerabilities: "),
        (changed("snyk", "vulnerabilities", 0, "cvssScore", to=11), "/vulnerabilities/0: "),
        (changed("prisma cloud", "results", to=[]), "/results: has no result"),
        (
            changed("prisma cloud", "results", 0, "compliances", 0, "id", to=True),
            "/compliances/0/id",
        ),
        (changed("clair", "packages", to={}), "/packages/1: "),
        (changed("clair", "vulnerabilities", to={}), "/vulnerabilities/v: "),
        (changed("clair", "package_vulnerabilities", to=None), "/package_vulnerabilities: "),
        (changed("harbor", *WHOLE["harbor"], "vulnerabilities", to=None), "/vulnerabilities: "),
        (changed("quay", "data", "Layer", "Features", to=None), "/data/Layer/Features: "),
        (changed("dockle", "details", to=[]), "found 0 checks of level FATAL; expected 1 of them"),
        (changed("gitlab", "vulnerabilities", to=None), "/vulnerabilities: "),
        (changed("sarif", "runs", 0, "results", to=None), "/runs/0/results: "),
        (changed("sarif", "runs", to=[]), "/runs: "),
        (changed("sarif", "runs", 0, "results", 0, to={"message": {}}), "/results/0/ruleId: "),
        (
            changed("anchore enterprise policy", 0, DIGEST, NAME, 0, "detail", to={"result": {}}),
            "/detail/result/result: ",
        ),
        (changed("aqua", "resources", to=None), "/resources: "),
        (changed("aqua", "resources", 0, "vulnerabilities", 0, "epss_score", to=2), "/epss_score"),
        (changed("inspector", "findings", 0, "resources", to=[]), "/findings/0/resources: "),
        (changed("asff", "Findings", 0, "Resources", to=[]), "/Findings/0/Resources: "),
        (changed("wiz", "result", "osPackages", to={}), "/result/osPackages: "),
        (changed("osv-scanner", "results", 0, "packages", to=None), "/results/0/packages: "),
        (changed("trivy operator", "items", 0, "report", "vulnerabilities", to=None), "/items/0"),
        (
            {
                "results": [
                    {"vulnerabilityDistribution": {}, "vulnerabilities": [{"id": "CVE-2026-1001"}]}
                ]
            },
            "/results/0/vulnerabilities/0/packageName: ",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(document: JsonValue, place: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        reports(document)
    assert place in str(caught.value)


def test_rows_of_a_policy_that_are_missing_are_told() -> None:
    document = copy.deepcopy(WHOLE["anchore enterprise policy"])
    evaluation = document[0][DIGEST][NAME][0]
    table = evaluation["detail"]["result"]["result"]["1" * 64]["result"]
    del table["rows"][0]
    with pytest.raises(MalformedEvidence, match="found 1 rows; expected 2 rows"):
        reports(document)
    table["row_count"] = 1
    table["rows"][0] = table["rows"][0][1:]
    with pytest.raises(MalformedEvidence, match="expected an array of 9 values"):
        reports(document)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (changed("gitlab", "scan", "type", to="sast"), "found sast; expected container_scanning"),
        (changed("dependency-track", "version", to="2.0"), "found 2.0; expected 1.0 to 1.3"),
        (changed("asff", "Findings", 0, "SchemaVersion", to="2030-01-01"), "found 2030-01-01"),
        (
            {"apiVersion": "aquasecurity.github.io/v1alpha1", "kind": "SbomReport", "report": {}},
            "found SbomReport",
        ),
    ],
)
def test_a_version_or_kind_that_is_not_read_is_refused(document: JsonValue, found: str) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        reports(document)
    assert found in str(caught.value)


@pytest.mark.parametrize("severity", ["None", "Unknown", ""])
def test_harbor_writes_null_where_it_found_nothing(severity: str) -> None:
    (media_type,) = WHOLE["harbor"]
    found = reports({media_type: {"vulnerabilities": None, "severity": severity}})
    assert found[0].vulnerabilities == ()


def test_an_image_of_several_in_one_workload_has_the_findings_that_name_none() -> None:
    document = copy.deepcopy(WHOLE["trivy kubernetes"])
    results = document["Resources"][0]["Results"]
    results.insert(
        1, {"Target": "sidecar:1 (alpine 3.20)", "Class": "os-pkgs", "Vulnerabilities": []}
    )
    results.insert(
        2,
        {
            "Target": "app/go.mod",
            "Class": "lang-pkgs",
            "Vulnerabilities": [{"VulnerabilityID": "CVE-2026-3003", "PkgName": "q"}],
        },
    )
    ids = {
        report.subject.name: [found.id for found in report.vulnerabilities]
        for report in reports(document)
        if report.subject.other_than_image is None
    }
    assert ids == {NAME: ["CVE-2026-1001", "CVE-2026-3003"], "sidecar:1": ["CVE-2026-3003"]}


def test_findings_of_a_workload_without_an_image_are_kept_for_an_unknown_one() -> None:
    results = [
        {
            "Target": "app/go.mod",
            "Class": "lang-pkgs",
            "Vulnerabilities": [{"VulnerabilityID": "CVE-2026-3003", "PkgName": "q"}],
        }
    ]
    document: Any = {
        "ClusterName": "c",
        "Resources": [{"Kind": "Pod", "Name": "p", "Results": results}],
    }
    (report,) = reports(document)
    assert report.subject == ReportedSubject()
    assert len(report.vulnerabilities) == 1


def test_metadata_of_one_image_are_never_taken_for_another() -> None:
    document = copy.deepcopy(WHOLE["trivy kubernetes"])
    resource = document["Resources"][0]
    resource["Results"].append({"Target": "sidecar:1 (alpine 3.20)", "Class": "os-pkgs"})
    found = {report.subject.name: report.subject for report in reports(document)}
    assert found["sidecar:1"] == ReportedSubject(name="sidecar:1")
    assert found[NAME].image_ids == (IMAGE_ID,)


@pytest.mark.parametrize(
    "document",
    [[], {}, {"rows": []}, {"findings": {}}, {"data": []}, {"artifacts": []}, {"report": {}}, [{}]],
)
def test_what_only_resembles_a_report_is_refused(document: JsonValue) -> None:
    with pytest.raises(EvidenceError):
        reports(document)
