"""Prisma Cloud's export of image scans as CSV: rows of vulnerabilities and compliance issues.

Source: Prisma Cloud Compute, Monitor, Vulnerabilities, Images, "CSV". Times have no date and no
offset, so they are not read.
"""

from __future__ import annotations

from policyengine.collect.csv_text import CsvRow, header_of, parse_csv
from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.scan.fields import fix_of, image_named, rating, versions
from policyengine.collect.scan.table_cells import (
    NO_WHOLE_SCAN,
    cell_flag,
    cell_number,
    required_cell,
)
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.limits import ReadLimits
from policyengine.model.scan import (
    AffectedPackage,
    FixState,
    Misconfiguration,
    ReportedSubject,
    ScannerVerdict,
    ScanReport,
    Vulnerability,
)
from policyengine.model.severity import Severity

_NAME = "prisma-cloud-csv"
_COLUMNS = frozenset({"cve id", "compliance id", "fix status", "packages", "registry", "tag"})
_FIXED = "fixed in "


def recognises(data: bytes) -> bool:
    """Say whether ``data`` begins with the export's header."""
    return header_of(data) >= _COLUMNS


def read_report(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[ScanReport, ...]:
    """Read the rows, one report for each image."""
    del limits
    read = FieldReader(origin.location)
    groups: dict[tuple[str | None, ...], list[CsvRow]] = {}
    for row in parse_csv(data, where=origin.location):
        key = tuple(row.get(name) for name in ("registry", "repository", "tag", "id", "distro"))
        groups.setdefault(key, []).append(row)
    return tuple(
        ScanReport(
            source=origin.source(_NAME, tool="prisma-cloud"),
            scanner="prisma-cloud",
            scanner_version=None,
            subject=_subject(*key[:4]),
            distribution=key[4],
            covers_vulnerabilities=False,
            problem=NO_WHOLE_SCAN,
            vulnerabilities=tuple(_vulnerability(read, row) for row in rows if row.get("cve id")),
            misconfigurations=tuple(_check(read, row) for row in rows if not row.get("cve id")),
            verdicts=_verdicts(read, rows),
        )
        for key, rows in (groups or {(None,) * 5: []}).items()
    )


def _subject(
    registry: str | None, repository: str | None, tag: str | None, image_id: str | None
) -> ReportedSubject:
    name = "/".join(part for part in (registry, repository) if part)
    return image_named(f"{name}:{tag}" if name and tag else name or None, image_id=image_id)


def _verdicts(read: FieldReader, rows: list[CsvRow]) -> tuple[ScannerVerdict, ...]:
    """Return the verdict on the image, which each of its rows repeats."""
    for row in rows:
        passed = cell_flag(read, row, "pass")
        if passed is not None:
            return (
                ScannerVerdict(
                    policy="all rules",
                    passed=passed,
                    word=row.get("pass") or "",
                    reason=None,
                    pointer=f"/{row.number}",
                ),
            )
    return ()


def _vulnerability(read: FieldReader, row: CsvRow) -> Vulnerability:
    word = row.get("severity") or ""
    status = row.get("fix status")
    fixed = (status or "").lower().startswith(_FIXED)
    fixes = versions((status or "")[len(_FIXED) :]) if fixed else ()
    cvss = rating(
        read,
        (row.number,),
        source="prisma-cloud",
        vector=None,
        score=cell_number(read, row, "cvss"),
    )
    return Vulnerability(
        id=required_cell(read, row, "cve id"),
        severity=Severity.from_word(word),
        severity_word=word,
        package=AffectedPackage(
            name=required_cell(read, row, "packages"),
            version=row.get("package version") or "",
            type=row.get("type 2"),
            layer=row.get("layer"),
        ),
        fix_state=fix_of(fixes, FixState.UNKNOWN),
        fixed_versions=fixes,
        status_word=status,
        cvss=() if cvss is None else (cvss,),
        pointer=f"/{row.number}",
    )


def _check(read: FieldReader, row: CsvRow) -> Misconfiguration:
    word = row.get("severity") or ""
    return Misconfiguration(
        id=required_cell(read, row, "compliance id"),
        title=row.get("description") or "",
        message=row.get("cause") or "",
        severity=Severity.from_word(word),
        severity_word=word,
        path=None,
        pointer=f"/{row.number}",
    )


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SCAN,
    media_type="text/csv",
    recognises=recognises,
    read=read_report,
)
