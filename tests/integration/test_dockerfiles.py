"""The reader of Dockerfiles against BuildKit's own, which conftest is built with.

Where the two differ on purpose, one refuses what the other takes: a frontend's new flags are kept
here, and an instruction before FROM or nonsense behind ONBUILD is refused, as Docker does when it
builds.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest

from policyengine.document import view_of
from policyengine.errors import EvidenceError
from policyengine.model.evidence import EvidenceKind
from policyengine.model.json_value import JsonValue
from policyengine.model.views import DocumentView
from tests.corpus.sample_files import samples
from tests.integration.components import program
from tests.policy_values import document
from tests.unit.collect.offered import read_bytes

_KEYWORDS = [
    *("RUN", "CMD", "ENV", "LABEL", "COPY", "ADD", "ARG", "HEALTHCHECK", "VOLUME", "EXPOSE"),
    *("USER", "WORKDIR", "SHELL", "ENTRYPOINT", "run", "Copy"),
]
_WORDS = [
    *("a", "b=1", 'c="x y"', "d='q\"'", "--mount=type=secret,id=a", "\\", "\\\n", "\\ \n", "`\n"),
    *("<<E", '<<-"E"', "3<<F", "<< E", '["a","b"]', "[]", '[ "x" ] y', "CMD", "NONE", "$V"),
    *("${V:-x}", "# c", "\\\n# c\n", "\t", '"', "'", 'x\\"y', "e=\\ f", "é", "=", "=v", "a="),
    *("\u00a0", "\x0b", "\r"),
]
_HEADS = ["", "# escape=`\n", "# syntax=x\n# escape=\\\n", "#c\n", "\n", "# Check=a\n", " # c\n"]
_LINES = ["", "", "", "# comment\n", "\n", "E\n", "F\n", "\tE\n", "x\nE\nF\n"]
_OURS_ALONE = ("unknown flag",)
_SEEDS = range(40)


def conftest_says(data: bytes, folder: Path) -> tuple[JsonValue, str]:
    path = folder / "Dockerfile"
    path.write_bytes(data)
    done = subprocess.run(
        [program("conftest"), "parse", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        return None, done.stderr
    return json.loads(done.stdout)[0], ""


def we_say(data: bytes) -> tuple[JsonValue, str]:
    try:
        reports = read_bytes(data, EvidenceKind.DOCKERFILE)
    except EvidenceError as error:
        return None, str(error)
    return view_of(document(reports), DocumentView.DOCKERFILE), ""


@pytest.mark.parametrize("path", samples("dockerfile/dockerfile"))
def test_a_sample_reads_as_conftest_reads_it(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    expected, complaint = conftest_says(data, tmp_path)
    found, problem = we_say(data)
    assert found == expected, (complaint, problem)


@pytest.mark.parametrize("seed", _SEEDS)
def test_a_generated_file_reads_as_conftest_reads_it(seed: int, tmp_path: Path) -> None:
    chosen = random.Random(seed)
    compared = 0
    for _ in range(8):
        text = [chosen.choice(_HEADS), "FROM a\n"]
        for _ in range(chosen.randint(1, 2)):
            text.append(chosen.choice(_KEYWORDS))
            text += [
                chosen.choice(["", " ", " ", "  "]) + chosen.choice(_WORDS)
                for _ in range(chosen.randint(0, 4))
            ]
            text += ["\n", chosen.choice(_LINES)]
        data = "".join(text).encode()
        expected, complaint = conftest_says(data, tmp_path)
        if any(part in complaint for part in _OURS_ALONE):
            continue
        found, problem = we_say(data)
        assert found == expected, (data, complaint, problem)
        compared += 1
    assert compared
