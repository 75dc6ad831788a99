"""What no scan report, in whatever order it comes, may change."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from policyengine.bundle import open_bundle
from policyengine.document import assemble
from policyengine.document.scan_section import scan_section
from policyengine.errors import EvidenceError
from policyengine.model.gathered import GatheredReports
from policyengine.model.json_value import JsonObject
from policyengine.model.scan import AffectedPackage, FixState, ScanReport, Vulnerability
from policyengine.model.severity import Severity
from policyengine.model.waiver_set import NO_WAIVERS
from policyengine.prepared import PreparedBundles
from policyengine.rego.engine import EvaluationLimits
from policyengine.rego.engines import NATIVE
from tests.evidence_values import NOW, image_evidence, scan_report, source, vulnerability
from tests.unit.collect.offered import read_bytes

IDS = st.sampled_from(
    ["CVE-2026-1", "CVE-2026-2", "GHSA-2222-3333-4444", "SNYK-JS-A-1", "RHSA-2026:1"]
)
KINDS = st.sampled_from(["npm", "deb", "os", None])


@st.composite
def packages(draw: st.DrawFn) -> AffectedPackage:
    name, version = draw(st.sampled_from(["a", "b"])), draw(st.sampled_from(["1", "1:1", "2"]))
    kind = draw(KINDS)
    with_purl = kind in {"npm", "deb"} and draw(st.booleans())
    return AffectedPackage(
        name=name,
        version=version,
        type=kind,
        purl=f"pkg:{kind}/{name}@{version.removeprefix('1:')}" if with_purl else None,
        path=draw(st.sampled_from([None, "/x", "/y"])),
    )


# What is an alias of what, where scanners do not contradict one another.
TRUE_ALIASES = {
    "CVE-2026-1": ["GHSA-2222-3333-4444", "SNYK-JS-A-1"],
    "GHSA-2222-3333-4444": ["CVE-2026-1", "SNYK-JS-A-1"],
    "SNYK-JS-A-1": ["CVE-2026-1", "GHSA-2222-3333-4444"],
    "CVE-2026-2": ["RHSA-2026:1"],
}


@st.composite
def findings(draw: st.DrawFn, *, agreed: bool = False) -> Vulnerability:
    severity = draw(st.sampled_from(list(Severity)))
    fixed = draw(st.sampled_from([(), ("2",), ("3", "2")]))
    identifier = draw(st.sampled_from(sorted(TRUE_ALIASES)) if agreed else IDS)
    return vulnerability(
        identifier,
        aliases=tuple(TRUE_ALIASES[identifier])
        if agreed
        else tuple(draw(st.lists(IDS, max_size=2))),
        severity=severity,
        severity_word=severity.word,
        package=draw(packages()),
        fixed_versions=fixed,
        fix_state=FixState.FIXED if fixed else draw(st.sampled_from(list(FixState))),
        title=draw(st.sampled_from([None, "t", "u"])),
    )


@st.composite
def reports(draw: st.DrawFn, *, agreed: bool = False) -> ScanReport:
    """Draw a report that is told from others by its bytes, and whose findings have places."""
    found = draw(st.lists(findings(agreed=agreed), max_size=5))
    number = draw(st.integers(0, 10**9))
    return scan_report(
        *(replace(item, pointer=f"/{index}") for index, item in enumerate(found)),
        scanner=draw(st.sampled_from(["trivy", "grype", "snyk"])),
        source=replace(source(f"{number}.json"), sha256=f"{number:064x}"),
        covers_vulnerabilities=draw(st.booleans()),
    )


def unlike(given_reports: list[ScanReport]) -> bool:
    return len({report.source.sha256 for report in given_reports}) == len(given_reports)


REPORTS = st.lists(reports(), min_size=1, max_size=4).filter(unlike)
AGREED = st.lists(reports(agreed=True), min_size=1, max_size=4).filter(unlike)


def listed(given_reports: list[ScanReport]) -> list[Any]:
    """Return the findings, with the files in place of their indexes, in no order of reports."""
    section: Any = scan_section(given_reports, ["unknown"] * len(given_reports))
    places = [report.source.location for report in given_reports]
    for item in section["vulnerabilities"]:
        for field in ("reported_by", "not_reported_by"):
            entries = [{**entry, "source": places[entry["source"]]} for entry in item[field]]
            item[field] = sorted(entries, key=repr) if field == "not_reported_by" else entries
    found: list[Any] = section["vulnerabilities"]
    return found


@given(REPORTS, st.randoms())
def test_the_order_of_reports_does_not_matter(found: list[ScanReport], chance: Any) -> None:
    shuffled = found.copy()
    chance.shuffle(shuffled)
    assert listed(found) == listed(shuffled)


@given(REPORTS)
def test_a_report_given_twice_adds_nothing_but_its_places(found: list[ScanReport]) -> None:
    def facts(items: list[Any]) -> list[Any]:
        hidden = {"reported_by", "not_reported_by"}
        return [{k: v for k, v in item.items() if k not in hidden} for item in items]

    assert facts(listed([*found, *found])) == facts(listed(found))


def reported(found: list[ScanReport]) -> dict[tuple[str, str], int]:
    """Return the place of each finding, and the severity of the entry that it became."""
    return {
        (origin["source"], origin["pointer"]): Severity.from_word(item["severity"])
        for item in listed(found)
        for origin in item["reported_by"]
    }


@given(REPORTS, reports())
def test_a_report_added_leaves_every_finding_in_the_list(
    found: list[ScanReport], more: ScanReport
) -> None:
    if unlike([*found, more]):
        assert reported(found).keys() <= reported([*found, more]).keys()


@given(AGREED, reports(agreed=True))
def test_a_report_added_makes_no_finding_milder(found: list[ScanReport], more: ScanReport) -> None:
    if not unlike([*found, more]):
        return
    before, after = reported(found), reported([*found, more])
    assert before.keys() <= after.keys()
    assert all(after[place] >= severity for place, severity in before.items())


@given(REPORTS)
def test_every_finding_is_in_one_entry(found: list[ScanReport]) -> None:
    places = [
        (origin["source"], origin["pointer"])
        for item in listed(found)
        for origin in item["reported_by"]
    ]
    every = [(r.source.location, item.pointer) for r in found for item in r.vulnerabilities]
    assert sorted(places) == sorted(every)


@given(REPORTS)
def test_no_entry_holds_two_cves(found: list[ScanReport]) -> None:
    cves = {
        (report.source.location, item.pointer): item.id
        for report in found
        for item in report.vulnerabilities
        if item.id.startswith("CVE-")
    }
    for entry in listed(found):
        places = [(origin["source"], origin["pointer"]) for origin in entry["reported_by"]]
        assert len({cves[place] for place in places if place in cves}) <= 1


@cache
def baseline(fixable: str, unfixed: str) -> PreparedBundles:
    parameters: JsonObject = {"fixable_severity": fixable, "unfixed_severity": unfixed}
    return PreparedBundles(
        [open_bundle("baseline", parameters=parameters)],
        engine=NATIVE,
        limits=EvaluationLimits(),
        waivers=NO_WAIVERS,
    )


def denials(judge: PreparedBundles, found: list[ScanReport]) -> set[str]:
    """Return the rules that deny because of vulnerabilities."""
    document = assemble(
        image_evidence(), GatheredReports(scans=tuple(found)), environment=None, evaluated_at=NOW
    )
    verdict = judge.judge(document, image="app")
    rules = {reason.rule.id for reason in verdict.reasons}
    return rules & {"scan.fixable", "scan.unfixed"}


# A fix that one more scanner knows makes a finding without a fix one with a fix: a bundle that is
# no milder on these denies no less.
LIMITS = st.sampled_from([("high", "critical"), ("medium", "medium"), ("low", "off")])


@settings(max_examples=60)
@given(LIMITS, AGREED, reports(agreed=True), findings(agreed=True))
def test_one_more_finding_never_turns_denied_into_allowed(
    limits: tuple[str, str], found: list[ScanReport], more: ScanReport, finding: Vulnerability
) -> None:
    judge = baseline(*limits)
    if not denials(judge, found):
        return
    own = found[0]
    added = replace(own, vulnerabilities=(*own.vulnerabilities, replace(finding, pointer="/more")))
    assert denials(judge, [added, *found[1:]])
    if unlike([*found, more]):
        assert denials(judge, [*found, more])


TRIVY = orjson.dumps(
    {
        "SchemaVersion": 2,
        "ArtifactName": "app",
        "Results": [
            {
                "Target": "app",
                "Class": "os-pkgs",
                "Type": "debian",
                "Vulnerabilities": [
                    {
                        "VulnerabilityID": f"CVE-2026-{number}",
                        "PkgName": "a",
                        "InstalledVersion": "1",
                        "Severity": "HIGH",
                    }
                    for number in range(3)
                ],
            }
        ],
    }
)
GRYPE = orjson.dumps(
    {
        "matches": [
            {
                "vulnerability": {"id": f"CVE-2026-{number}", "severity": "High"},
                "artifact": {"name": "a", "version": "1", "type": "deb"},
            }
            for number in range(3)
        ],
        "descriptor": {"name": "grype", "version": "1"},
    }
)


@settings(max_examples=300)
@given(st.sampled_from([TRIVY, GRYPE]), st.data())
def test_a_report_that_is_cut_has_no_fewer_findings_without_an_error(
    text: bytes, data: st.DataObject
) -> None:
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        found = read_bytes(cut).scans
    except EvidenceError:
        return
    raise AssertionError(found)


@settings(max_examples=300)
@given(st.sampled_from([TRIVY, GRYPE]), st.data())
def test_an_altered_byte_hides_no_finding(text: bytes, data: st.DataObject) -> None:
    """A byte changed makes an error, or leaves three findings, or what is missing is counted."""
    place = data.draw(st.integers(0, len(text) - 1))
    altered = text[:place] + bytes([data.draw(st.integers(0, 255))]) + text[place + 1 :]
    try:
        (report,) = read_bytes(altered).scans
    except EvidenceError:
        return
    assert len(report.vulnerabilities) == 3 or report.unmapped or not report.covers_vulnerabilities
