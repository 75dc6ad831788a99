"""Every scan report among the samples has a line in the table: read as far as it says, or refused.

The counts of the table are held against the reader, and against a count over the raw JSON by other
code (``scan_counts``).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from policyengine.errors import EvidenceError
from policyengine.model.scan import ScanReport
from tests.corpus.sample_files import (
    SAMPLES,
    at_pointer,
    folders_of,
    objects,
    raw_json,
    read_file,
    samples,
)
from tests.corpus.scan_counts import counts, rows

TABLE = Path(__file__).with_name("scan_expected.tsv")
EVERY = samples(*folders_of("scan"))


def expected() -> dict[str, list[str]]:
    """Return the lines of the table by folder and name: four counts, or a refusal."""
    with TABLE.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))
    return {row[0]: row[1:] for row in rows[1:]}


LINES = expected()


def line_of(path: Path) -> list[str]:
    return LINES[f"{path.parent.name}/{path.name}"]


def numbers(reports: tuple[ScanReport, ...]) -> list[int]:
    return [
        sum(len(items) for items in found)
        for found in (
            [report.vulnerabilities for report in reports],
            [report.secrets for report in reports],
            [report.misconfigurations for report in reports],
            [report.licenses for report in reports],
        )
    ]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of samples is not there")
def test_every_sample_has_a_line_and_every_line_a_sample() -> None:
    files = {f"{p.parent.name}/{p.name}" for p in SAMPLES.glob("scan/*/*")}
    assert files == set(LINES)


@pytest.mark.parametrize("path", EVERY)
def test_a_report_is_read_whole_or_refused_with_a_reason(path: Path) -> None:
    line = line_of(path)
    if line[0] == "refused":
        with pytest.raises(EvidenceError) as caught:
            read_file(path)
        message = str(caught.value)
        assert message.startswith(str(path))
        assert "\n" not in message
        assert line[1] in message
        return
    assert numbers(read_file(path).scans) == [int(cell) for cell in line]


@pytest.mark.parametrize("path", EVERY)
def test_the_table_holds_what_is_in_the_raw_report(path: Path) -> None:
    line = line_of(path)
    if line[0] == "refused":
        return
    if path.suffix == ".csv":
        assert [str(rows(path.read_text())), "0", "0", "0"] == line
        return
    assert list(counts(path.parent.name, raw_json(path))) == [int(cell) for cell in line]


def severity_words(document: object) -> Iterator[str]:
    """Yield the severities of the objects that Trivy and Grype write for a vulnerability."""
    for names, item in objects(document):
        if "VulnerabilityID" in item:
            yield item.get("Severity", "")
        elif {"vulnerability", "artifact"} <= item.keys() and names == ("matches",):
            yield item["vulnerability"].get("severity", "")


@pytest.mark.parametrize(
    "path", samples("scan/trivy-v1", "scan/trivy-v2", "scan/trivy-history", "scan/grype-history")
)
def test_each_severity_is_kept_as_it_was_written(path: Path) -> None:
    (report,) = read_file(path).scans
    words = Counter(found.severity_word for found in report.vulnerabilities)
    assert words == Counter(severity_words(raw_json(path)))


@pytest.mark.parametrize("path", EVERY)
def test_every_finding_points_to_its_place_in_the_report(path: Path) -> None:
    if line_of(path)[0] == "refused" or path.suffix == ".csv":
        return
    document = raw_json(path)
    for report in read_file(path).scans:
        pointers = [
            *(item.pointer for item in report.vulnerabilities),
            *(item.pointer for item in report.secrets),
            *(item.pointer for item in report.misconfigurations),
            *(item.pointer for item in report.licenses),
            *(item.pointer for item in report.verdicts),
        ]
        for pointer in pointers:
            at_pointer(document, pointer)
