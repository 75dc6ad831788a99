"""Sysdig's exports as CSV: of a scan's result, and of reports, whose columns changed their names.

Source: Sysdig Secure, Vulnerabilities, "Export CSV" and scheduled reports.
"""

from __future__ import annotations

from policyengine.collect.csv_text import CsvRow, header_of, parse_csv
from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.scan.fields import fix_of, image_named, moment, rating, versions
from policyengine.collect.scan.table_cells import (
    NO_WHOLE_SCAN,
    cell_flag,
    cell_number,
    cell_share,
    required_cell,
)
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.limits import ReadLimits
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "sysdig-csv"
_IDS = ("cve id", "vulnerability name", "vulnerability id")
_SEVERITIES = ("cve severity", "vulnerability severity", "severity")
_PACKAGE = frozenset({"package name", "package version", "package type", "package path"})


def recognises(data: bytes) -> bool:
    """Say whether ``data`` begins with the header of one of the exports."""
    header = header_of(data)
    return (
        header >= _PACKAGE
        and not header.isdisjoint(_IDS)
        and not header.isdisjoint(_SEVERITIES)
        and "risk accepted" in header
    )


def read_report(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[ScanReport, ...]:
    """Read the rows, one report for each image."""
    del limits
    read = FieldReader(origin.location)
    groups: dict[tuple[str | None, ...], list[Vulnerability]] = {}
    for row in parse_csv(data, where=origin.location):
        key = (row.get("image name", "image"), row.get("image id"), row.get("os name"))
        groups.setdefault(key, []).append(_vulnerability(read, row))
    return tuple(
        ScanReport(
            source=origin.source(_NAME, tool="sysdig"),
            scanner="sysdig",
            scanner_version=None,
            subject=image_named(image, image_id=image_id) if image else ReportedSubject(),
            distribution=system,
            covers_vulnerabilities=False,
            problem=NO_WHOLE_SCAN,
            vulnerabilities=tuple(found),
        )
        for (image, image_id, system), found in (groups or {(None,) * 3: []}).items()
    )


def _vulnerability(read: FieldReader, row: CsvRow) -> Vulnerability:
    word = row.get(*_SEVERITIES) or ""
    fixes = versions(row.get("fix version"))
    cvss = rating(
        read,
        (row.number,),
        source="sysdig",
        vector=row.get("cvss vector"),
        score=cell_number(read, row, "cvss score"),
        version=row.get("cvss score version", "cvss version"),
    )
    return Vulnerability(
        id=required_cell(read, row, *_IDS),
        severity=Severity.from_word(word),
        severity_word=word,
        package=AffectedPackage(
            name=required_cell(read, row, "package name"),
            version=row.get("package version") or "",
            type=row.get("package type"),
            path=row.get("package path"),
        ),
        fix_state=fix_of(fixes, FixState.NOT_FIXED),
        fixed_versions=fixes,
        status_word="accepted" if cell_flag(read, row, "risk accepted") else None,
        cvss=() if cvss is None else (cvss,),
        epss_score=cell_share(read, row, "epss score"),
        known_exploited=True if row.get("cisa kev publish date") else None,
        exploit_available=cell_flag(read, row, "public exploit"),
        url=row.get("cve url", "vuln link"),
        published_at=moment(
            row.get("vuln disclosure date", "disclosure date", "vuln publish date")
        ),
        fixed_at=moment(row.get("vuln fix date", "fix available date")) if fixes else None,
        pointer=f"/{row.number}",
    )


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SCAN,
    media_type="text/csv",
    recognises=recognises,
    read=read_report,
)
