"""Every Dockerfile among the samples has the stages and instructions that BuildKit finds in it.

``dockerfile_samples.tsv`` has a line for each: file, stages and instructions, counted with
``conftest parse`` 0.71 (BuildKit 0.33), or ``refused`` and what BuildKit said.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from policyengine.collect.dockerfile import recognises
from policyengine.errors import MalformedEvidence
from policyengine.model.evidence import EvidenceKind
from tests.corpus.sample_files import samples
from tests.unit.collect.offered import read_bytes

LINES = Path(__file__).with_name("dockerfile_samples.tsv").read_text().splitlines()
EXPECTED = {name: counts for name, *counts in (line.split("\t") for line in LINES)}
FOLDER = "dockerfile/dockerfile"


@pytest.mark.parametrize("path", samples(FOLDER))
def test_a_sample_has_its_stages_and_instructions(path: Path) -> None:
    stages, instructions = EXPECTED[path.name]
    data = path.read_bytes()
    if stages == "refused":
        with pytest.raises(MalformedEvidence, match="an unknown instruction"):
            read_bytes(data, EvidenceKind.DOCKERFILE)
        return
    (found,) = read_bytes(data, EvidenceKind.DOCKERFILE).dockerfiles
    every = [
        *found.global_arguments,
        *(item for stage in found.stages for item in stage.instructions),
    ]
    assert (len(found.stages), len(every)) == (int(stages), int(instructions))
    text = data.decode("utf-8-sig", "replace").split("\n")
    for item in every:
        # The keyword stands on the line that is told.
        assert text[item.line - 1].split()[0].upper() == item.instruction
    assert recognises(data)


def test_the_table_names_every_sample(shared_dir: Path) -> None:
    folder = shared_dir / "samples" / FOLDER
    assert sorted(EXPECTED) == sorted(path.name for path in folder.iterdir())
