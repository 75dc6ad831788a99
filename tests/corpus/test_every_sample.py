"""Every sample has a line in one of the tables, and nothing that is no evidence passes for some."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from policyengine.errors import EvidenceError
from policyengine.model.gathered import GatheredReports
from tests.corpus.sample_files import SAMPLES, read_file

HERE = Path(__file__).parent
KINDS = ("scans", "vexes", "sboms", "trusts", "documents", "dockerfiles", "material")
# Tables whose first column is folder and name, and the kind of sample that each is about.
TABLES = {"scan_expected.tsv": "scan", "sbom_samples.tsv": "sbom", "vex_expected.tsv": "trust"}
OTHERS = HERE / "other_expected.tsv"


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return [row for row in csv.reader(stream, delimiter="\t") if "/" in row[0]]


LINES = rows(OTHERS)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of samples is not there")
def test_the_tables_together_have_every_sample_once() -> None:
    listed = [f"{kind}/{row[0]}" for name, kind in TABLES.items() for row in rows(HERE / name)]
    listed += [row[0] for row in LINES]
    manifest = [row[0] for row in rows(SAMPLES / "MANIFEST.tsv")]
    assert len(manifest) > 900
    assert sorted(listed) == sorted(manifest)


def found(reports: GatheredReports) -> str:
    return ", ".join(f"{name} {count}" for name in KINDS if (count := len(getattr(reports, name))))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of samples is not there")
@pytest.mark.parametrize(
    ("name", "outcome", "what"), [pytest.param(*row, id=row[0][-80:]) for row in LINES]
)
def test_a_file_that_is_offered_as_evidence_is_read_or_refused_with_a_reason(
    name: str, outcome: str, what: str
) -> None:
    path = SAMPLES / name
    if outcome == "read":
        assert found(read_file(path)) == what
        return
    with pytest.raises(EvidenceError) as caught:
        read_file(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert what in str(caught.value)
