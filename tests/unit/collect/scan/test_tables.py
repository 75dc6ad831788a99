"""Tables that scanners export as CSV: read row by row, and never taken for a whole scan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policyengine.errors import EvidenceError, MalformedEvidence
from policyengine.model.instant import Instant
from policyengine.model.scan import AffectedPackage, FixState, ReportedSubject, ScanReport
from policyengine.model.severity import Severity
from tests.unit.collect.offered import read_bytes
from tests.unit.collect.scan.whole_reports import IMAGE_ID

PRISMA = (
    "Registry,Repository,Tag,Id,Pass,Type,Distro,Layer,CVE ID,Compliance ID,Type,Severity,"
    "Packages,Package Version,CVSS,Fix Status,Description,Cause\n"
)
SYSDIG = (
    "Vulnerability ID,Severity,Package name,Package version,Package type,Package path,Image,"
    "OS Name,CVSS version,CVSS score,CVSS vector,Vuln link,Vuln Publish date,Vuln Fix date,"
    "Fix version,Public Exploit,Image ID,Risk accepted,EPSS Score\n"
)
BLACKDUCK = (
    '"Component","Version","CVE","CVSS","CVSS3","CVSS vector (v2)","CVSS vector (v3)",'
    '"Object full path","Triage vectors","Note reason","BDSA","CVE publication date"\n'
)
ROWS = {
    "prisma": PRISMA
    + f"registry.example,app,1,{IMAGE_ID},FALSE,ci,Debian,layer,CVE-2026-1001,,java,high,"
    'p,1,9.8,"fixed in 2, 3","a ""quoted"" text",\n'
    + f"registry.example,app,1,{IMAGE_ID},FALSE,ci,Debian,,,41,image,high,,,,,title,cause\n",
    "sysdig": SYSDIG
    + "CVE-2026-1001,High,p,1,golang,/p,registry.example/app:1,debian 12,3.1,9.8,CVSS:3.1/AV:N,u,"
    f"2026-01-02,2026-01-03,2,true,{IMAGE_ID},true,0.5\n",
    "blackduck": BLACKDUCK
    + '"p","1","CVE-2026-1001","5.0","9.8","AV:N","CVSS:3.1/AV:N","a:b","","false","BDSA-1",'
    '"2026-01-02T00:00:00Z"\n',
}


def read(text: str) -> tuple[ScanReport, ...]:
    return read_bytes(text.encode()).scans


def test_prisma_cloud_has_vulnerabilities_checks_and_a_verdict() -> None:
    (report,) = read(ROWS["prisma"])
    assert report.subject == ReportedSubject(name="registry.example/app:1", image_ids=(IMAGE_ID,))
    (found,) = report.vulnerabilities
    assert (found.id, found.severity, found.fix_state) == (
        "CVE-2026-1001",
        Severity.HIGH,
        FixState.FIXED,
    )
    assert found.fixed_versions == ("2", "3")
    assert found.package == AffectedPackage(name="p", version="1", type="java", layer="layer")
    (check,) = report.misconfigurations
    assert (check.id, check.message, check.pointer) == ("41", "cause", "/1")
    assert [verdict.passed for verdict in report.verdicts] == [False]


def test_sysdig_has_what_its_json_has() -> None:
    (report,) = read(ROWS["sysdig"])
    (found,) = report.vulnerabilities
    assert report.subject.image_ids == (IMAGE_ID,)
    assert (found.status_word, found.exploit_available, found.epss_score) == ("accepted", True, 0.5)
    assert found.fixed_at == Instant.parse("2026-01-03T00:00:00Z")
    assert [entry.score for entry in found.cvss] == [9.8]


def test_black_duck_rates_by_the_score_of_cvss_3() -> None:
    (report,) = read(ROWS["blackduck"])
    (found,) = report.vulnerabilities
    assert (found.severity, found.severity_word) == (Severity.CRITICAL, "9.8")
    assert (found.aliases, found.status_word) == (("BDSA-1",), "triaged false")


@pytest.mark.parametrize("name", ROWS)
def test_a_table_is_never_a_whole_scan(name: str) -> None:
    for report in read(ROWS[name]):
        assert not report.covers_vulnerabilities
        assert "may be cut or filtered" in (report.problem or "")


@pytest.mark.parametrize("name", ROWS)
def test_a_header_alone_has_no_findings_and_is_no_scan(name: str) -> None:
    header = ROWS[name].partition("\n")[0]
    for text in (header, header + "\n\n", "\ufeff" + header + "\r\n"):
        (report,) = read(text)
        assert report.vulnerabilities == ()
        assert not report.covers_vulnerabilities


def test_rows_of_several_images_are_several_reports() -> None:
    row = ROWS["prisma"].splitlines()[1]
    text = ROWS["prisma"] + row.replace(",app,1,", ",other,1,") + "\n"
    assert [report.subject.name for report in read(text)] == [
        "registry.example/app:1",
        "registry.example/other:1",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PRISMA + "a,b\n", "at line 2: a row that does not fit the header; found 2 cells"),
        (PRISMA + '"open', "at line 2: is not valid CSV"),
        (PRISMA + ROWS["prisma"].splitlines()[1] + ",more\n", "found 19 cells; expected 18"),
        (ROWS["prisma"].replace("CVE-2026-1001,", ",", 1), "/0/compliance id: "),
        (ROWS["prisma"].replace("9.8", "high"), "/0/cvss: "),
        (ROWS["prisma"].replace("9.8", "99"), "found the score 99.0"),
        (ROWS["prisma"].replace("FALSE", "maybe"), "/0/pass: "),
        (ROWS["sysdig"].replace(",0.5\n", ",5\n"), "/0/epss score: "),
        (ROWS["sysdig"].replace("CVE-2026-1001", ""), "/0/cve id: "),
        (ROWS["sysdig"].replace(",p,1,", ",,1,"), "/0/package name: "),
        (ROWS["blackduck"].replace('"p"', '""'), "/0/component: "),
    ],
)
def test_a_bad_table_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(MalformedEvidence) as caught:
        read(text)
    assert message in str(caught.value)


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(MalformedEvidence, match="is not UTF-8"):
        read_bytes(PRISMA.encode() + b"\xff\n")


@pytest.mark.parametrize("name", ROWS)
def test_a_table_that_is_cut_is_refused_or_no_scan(name: str) -> None:
    data = ROWS[name].encode()
    for end in range(len(data)):
        try:
            reports = read_bytes(data[:end]).scans
        except EvidenceError:
            continue
        assert not any(report.covers_vulnerabilities for report in reports)


@given(st.text(max_size=200))
def test_any_rows_are_read_or_refused(text: str) -> None:
    for header in (PRISMA, SYSDIG, BLACKDUCK):
        message = ""
        try:
            read_bytes((header + text).encode(errors="surrogatepass"))
        except EvidenceError as error:
            message = str(error)
        assert "\n" not in message
