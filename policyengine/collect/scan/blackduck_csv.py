"""Black Duck Binary Analysis' export of vulnerabilities as CSV.

Source: Synopsys, Black Duck Binary Analysis, "Vulnerabilities (CSV)". It has scores and no words
for severity: the rating of the score stands for one. It does not name what was scanned.
"""

from __future__ import annotations

from policyengine.collect.csv_text import CsvRow, header_of, parse_csv
from policyengine.collect.format import Origin, TextFormat
from policyengine.collect.scan.fields import moment, rating
from policyengine.collect.scan.table_cells import (
    NO_WHOLE_SCAN,
    cell_number,
    required_cell,
    severity_of_score,
)
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_fields import FieldReader
from policyengine.model.limits import ReadLimits
from policyengine.model.scan import (
    AffectedPackage,
    Cvss,
    FixState,
    ReportedSubject,
    ScanReport,
    Vulnerability,
)

_NAME = "blackduck-csv"
_COLUMNS = frozenset({"component", "version", "cve", "object full path", "triage vectors"})
_RATINGS = (
    ("nvd", "2.0", "cvss vector (v2)", "cvss"),
    ("nvd", "3", "cvss vector (v3)", "cvss3"),
    ("distribution", "2.0", None, "cvss (distribution)"),
    ("distribution", "3", None, "cvss3 (distribution)"),
)


def recognises(data: bytes) -> bool:
    """Say whether ``data`` begins with the export's header."""
    return header_of(data) >= _COLUMNS


def read_report(data: bytes, origin: Origin, limits: ReadLimits) -> tuple[ScanReport, ...]:
    """Read one report."""
    del limits
    read = FieldReader(origin.location)
    return (
        ScanReport(
            source=origin.source(_NAME, tool="blackduck-binary-analysis"),
            scanner="blackduck",
            scanner_version=None,
            subject=ReportedSubject(),
            covers_vulnerabilities=False,
            problem=NO_WHOLE_SCAN,
            vulnerabilities=tuple(
                _vulnerability(read, row) for row in parse_csv(data, where=origin.location)
            ),
        ),
    )


def _vulnerability(read: FieldReader, row: CsvRow) -> Vulnerability:
    ratings = tuple(_ratings(read, row))
    scores = [entry.score for entry in ratings if entry.score is not None]
    # Scores of CVSS 3 where there are some: those of CVSS 2 have no critical.
    newer = [entry.score for entry in ratings if entry.score is not None and entry.version != "2.0"]
    score = max(newer or scores, default=None)
    triaged = row.get("note reason") or row.get("note type")
    return Vulnerability(
        id=required_cell(read, row, "cve"),
        aliases=(bdsa,) if (bdsa := row.get("bdsa")) else (),
        severity=severity_of_score(score),
        severity_word="" if score is None else str(score),
        package=AffectedPackage(
            name=required_cell(read, row, "component"),
            version=row.get("version") or "",
            path=row.get("object full path"),
        ),
        fix_state=FixState.UNKNOWN,
        status_word=f"triaged {triaged}" if triaged else None,
        cvss=ratings,
        title=row.get("summary"),
        url=row.get("vulnerability url"),
        published_at=moment(row.get("cve publication date")),
        pointer=f"/{row.number}",
    )


def _ratings(read: FieldReader, row: CsvRow) -> list[Cvss]:
    found = (
        rating(
            read,
            (row.number,),
            source=source,
            vector=row.get(vector) if vector else None,
            score=cell_number(read, row, score),
            version=version,
        )
        for source, version, vector, score in _RATINGS
    )
    return [entry for entry in found if entry is not None]


FORMAT = TextFormat(
    name=_NAME,
    kind=EvidenceKind.SCAN,
    media_type="text/csv",
    recognises=recognises,
    read=read_report,
)
