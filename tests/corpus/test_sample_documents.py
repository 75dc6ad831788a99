"""What is read of a sample fits the input document, and no finding is lost on the way there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policyengine.document.assemble import assemble
from policyengine.document.subject_match import match_subject
from policyengine.errors import EvidenceError
from policyengine.model.gathered import GatheredReports
from policyengine.model.scan import ScanReport
from tests.corpus.sample_files import folders_of, read_file, samples
from tests.evidence_values import NOW, image_evidence


def origins(entries: list[Any]) -> list[tuple[int, str]]:
    return sorted(
        (origin["source"], origin["pointer"])
        for entry in entries
        for origin in entry["reported_by"]
    )


def used_reports(reports: GatheredReports) -> list[ScanReport]:
    """Return the reports of ``reports`` but those of other images beside one that is known."""
    hows = [match_subject(report.subject, image_evidence()).how for report in reports.scans]
    assert {"digest", "layers", "name"}.isdisjoint(hows)  # no sample is about the tests' image
    return list(reports.scans)


@pytest.mark.parametrize("path", samples(*folders_of("scan", "sbom", "trust")))
def test_every_finding_and_package_arrives_in_the_document(path: Path) -> None:
    try:
        reports = read_file(path)
    except EvidenceError:
        return  # which ones may be refused is for the tests of their kind to say
    content: Any = assemble(
        image_evidence(), reports, environment=None, evaluated_at=NOW, allow_mismatch=True
    ).content
    for name in ("vulnerabilities", "secrets", "misconfigurations", "licenses", "verdicts"):
        assert origins(content.get("scan", {}).get(name, [])) == sorted(
            (source, item.pointer)
            for source, report in enumerate(used_reports(reports))
            for item in getattr(report, name)
        )
    for document in reports.sboms:
        arrived = origins(content["sbom"]["packages"])
        assert arrived == sorted((0, item.pointer) for item in document.packages)
    assert len(content.get("trust", {}).get("records", [])) == len(reports.trusts)
