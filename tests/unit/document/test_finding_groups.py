"""Which findings of several scanners are one, and what stays apart."""

from __future__ import annotations

from typing import Any

import pytest

from policyengine.document.package_identity import package_identity
from policyengine.document.scan_section import scan_section
from policyengine.model.scan import AffectedPackage, FixState, ScanReport, SourceSeverity
from policyengine.model.severity import Severity
from tests.evidence_values import scan_report, source, vulnerability


def package(name: str, version: str = "1", **fields: str) -> AffectedPackage:
    return AffectedPackage(name=name, version=version, **fields)


def report(scanner: str, *found: Any, **changes: Any) -> ScanReport:
    return scan_report(*found, scanner=scanner, source=source(f"{scanner}.json"), **changes)


def merged(*reports: ScanReport) -> list[Any]:
    section: Any = scan_section(reports, ["unknown"] * len(reports))
    found: list[Any] = section["vulnerabilities"]
    return found


DEB = "pkg:deb/debian/openssl@3.0.1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            package("openssl", "3.0.1", purl=f"{DEB}?arch=amd64&distro=debian-12"),
            package("openssl", "3.0.1", purl=f"{DEB}?distro=12"),
            id="qualifiers",
        ),
        pytest.param(
            package("openssl", "3.0.1", purl=DEB),
            package("openssl", "3.0.1", type="dpkg"),
            id="deb",
        ),
        pytest.param(
            package("openssl", "3.0.1", purl=DEB),
            package("openssl", "3.0.1", type="debian:12"),
            id="a distribution with its version",
        ),
        pytest.param(
            package("openssl", "1:3.0.1", type="rpm"),
            package("openssl", "3.0.1", purl="pkg:rpm/redhat/openssl@3.0.1?epoch=1&arch=x86_64"),
            id="the epoch as a qualifier",
        ),
        pytest.param(
            package("openssl", "0:3.0.1", type="rpm"),
            package("openssl", "3.0.1", type="redhat"),
            id="an epoch of 0",
        ),
        pytest.param(
            package("libstdc++6", purl="pkg:deb/debian/libstdc%2B%2B6@1"),
            package("libstdc++6", type="deb"),
            id="an encoded name",
        ),
        pytest.param(
            package("org.apache:a", purl="pkg:maven/org.apache/a@1"),
            package("org.apache:a", type="jar"),
            id="Maven's group",
        ),
        pytest.param(
            package("PyYAML", purl="pkg:pypi/pyyaml@1"), package("PyYAML", type="pip"), id="PyPI"
        ),
        pytest.param(
            package("zope.interface", type="python-pkg"),
            package("zope-interface", purl="pkg:pypi/zope-interface@1"),
            id="PyPI's separators",
        ),
        pytest.param(
            package("@babel/core", purl="pkg:npm/%40babel/core@1"),
            package("@babel/core", type="node-pkg"),
            id="npm's scope",
        ),
        pytest.param(
            package("golang.org/x/net", "v0.1.0", purl="pkg:golang/golang.org/x/net@v0.1.0"),
            package("golang.org/x/net", "0.1.0", type="gobinary"),
            id="Go's v",
        ),
        pytest.param(
            package("openssl", "3.0.1", purl=DEB, path="/var/lib/dpkg/status"),
            package("openssl", "3.0.1", type="os", path="/x"),
            id="a package of the system",
        ),
        pytest.param(
            package("a", purl="pkg:npm/a@1", path="/app/a/package.json"),
            package("a", purl="pkg:npm/a@1", path="app/a/package.json"),
            id="a path without its slash",
        ),
    ],
)
def test_two_names_of_one_package_meet(one: AffectedPackage, other: AffectedPackage) -> None:
    first, second = vulnerability(package=one), vulnerability(package=other)
    (found,) = merged(report("trivy", first), report("grype", second))
    (again,) = merged(report("grype", second), report("trivy", first))
    assert {item["scanner"] for item in found["reported_by"]} == {"trivy", "grype"}
    assert found["package"] == again["package"]


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([package("a", purl="pkg:npm/a@2")], id="another version"),
        pytest.param([package("a", purl="pkg:pypi/a@1")], id="another type"),
        pytest.param([package("b/a", purl="pkg:npm/b/a@1")], id="a namespace"),
        pytest.param([package("a", type="npm", path="/y")], id="another path"),
        pytest.param([package("")], id="no name"),
        pytest.param([package("a")], id="no type"),
        pytest.param([package("a", type="npm")], id="no path"),
        pytest.param([package("a", type="os")], id="of the system"),
        pytest.param([package("a", type="gem"), package("a")], id="a type that may be either"),
        pytest.param(
            [package("a", type="npm", path="/y"), package("a", type="npm")],
            id="a path that may be either",
        ),
    ],
)
def test_what_may_be_another_package_stays_apart(others: list[AffectedPackage]) -> None:
    own = vulnerability(package=package("a", purl="pkg:npm/a@1", path="/x"))
    found = merged(
        report("trivy", own), report("grype", *(vulnerability(package=item) for item in others))
    )
    assert len(found) == 1 + len(others)


def test_two_names_without_a_package_do_not_meet_those_of_another() -> None:
    assert package_identity(package("")).family is None
    found = merged(
        report("sarif", vulnerability(package=package("")), vulnerability("CVE-2026-2")),
        report("other", vulnerability(package=package("x", type="npm"))),
    )
    assert len(found) == 3


def names(*findings: tuple[str, tuple[str, ...]]) -> list[tuple[str, list[str]]]:
    reports = [
        report(f"scanner{index}", vulnerability(identifier, aliases=aliases))
        for index, (identifier, aliases) in enumerate(findings)
    ]
    assert merged(*reports) is not None
    return [(item["id"], sorted(item["aliases"])) for item in merged(*reports)]


GHSA, SNYK = "GHSA-2222-3333-4444", "SNYK-JS-A-1"


def test_aliases_join_over_scanners() -> None:
    assert names(("CVE-2026-1", (GHSA,)), (SNYK, (GHSA,))) == [("CVE-2026-1", [GHSA, SNYK])]
    assert names((SNYK, (GHSA,)), (GHSA, ("CVE-2026-1",)), ("CVE-2026-1", ())) == [
        ("CVE-2026-1", [GHSA, SNYK])
    ]
    assert names((SNYK, (GHSA,)), (GHSA, ())) == [(GHSA, [SNYK])]


def test_a_set_that_would_hold_two_cves_swallows_neither() -> None:
    found = names(("CVE-2026-1", (GHSA,)), ("CVE-2026-2", (GHSA,)), (GHSA, ()))
    assert [item[0] for item in found] == ["CVE-2026-1", "CVE-2026-2", GHSA]
    found = names((GHSA, ("CVE-2026-1",)), (SNYK, (GHSA, "CVE-2026-2")))
    assert [item[0] for item in found] == ["CVE-2026-1", "CVE-2026-2"]


def test_an_advisory_of_a_distribution_joins_nothing() -> None:
    for advisory in ("RHSA-2026:1", "DSA-1-1", "USN-1-1", "CWE-79", "ALAS-2026-1", ""):
        found = names((GHSA, (advisory,)), (SNYK, (advisory,)))
        assert [item[0] for item in found] == [GHSA, SNYK]


def test_each_ones_word_on_severity_is_kept_with_whose_it_is() -> None:
    first = vulnerability(
        severity=Severity.CRITICAL,
        severity_word="CRITICAL",
        severity_source="nvd",
        other_severities=(SourceSeverity(source="debian", word="LOW"),),
    )
    second = vulnerability(severity=Severity.MEDIUM, severity_word="medium")
    (found,) = merged(report("trivy", first), report("snyk", second))
    assert found["severity"] == "critical"
    assert [
        (item["scanner"], item["rated_by"], item["kind"], item["chosen"], item["severity"])
        for item in found["severities"]
    ] == [
        ("snyk", None, "scanner", True, "medium"),
        ("trivy", "nvd", "nvd", True, "critical"),
        ("trivy", "debian", "vendor", False, "low"),
    ]


def test_each_ones_word_on_a_fix_is_kept_and_the_least_fix_is_named() -> None:
    first = vulnerability(fixed_versions=("3.0.10", "3.0.9"))
    second = vulnerability(fix_state=FixState.WONT_FIX, fixed_versions=())
    (found,) = merged(report("trivy", first), report("grype", second))
    assert found["fixes"] == [
        {"scanner": "grype", "fix_state": "wont_fix", "fixed_versions": []},
        {"scanner": "trivy", "fix_state": "fixed", "fixed_versions": ["3.0.10", "3.0.9"]},
    ]
    assert (found["fix_state"], found["least_fixed_version"]) == ("fixed", "3.0.9")
    assert found["fix_installed"] is False


def test_a_fix_that_is_installed_is_marked() -> None:
    (found,) = merged(report("trivy", vulnerability(fixed_versions=("3.0.1", "3.0.0"))))
    assert (found["least_fixed_version"], found["fix_installed"]) == (None, True)


def test_who_looked_and_does_not_report_it_is_named() -> None:
    (found,) = merged(
        report("trivy", vulnerability()),
        report("grype"),
        report("dockle", covers_vulnerabilities=False),
    )
    assert found["not_reported_by"] == [{"scanner": "grype", "source": 1}]


def test_a_report_given_twice_adds_nothing_but_its_place() -> None:
    first = report("trivy", vulnerability(), vulnerability("CVE-2026-2"))

    def facts(found: list[Any]) -> list[Any]:
        return [{k: v for k, v in item.items() if k != "reported_by"} for item in found]

    assert facts(merged(first)) == facts(merged(first, first))
