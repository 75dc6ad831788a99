"""The Dockerfile of the project's own image, by the project's own policies."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from policyengine import __version__
from policyengine.resources import BUNDLES

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("bundle", sorted(path.name for path in BUNDLES.iterdir()))
def test_no_bundle_finds_anything_in_our_own_dockerfile(bundle: str, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    command: list[str | Path] = [
        *(Path(sys.executable).with_name("policyengine"), "check", "--dockerfile", "Dockerfile"),
        *("--bundle", bundle, "--ci", "none", "--report", f"json={result}"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    (verdict,) = json.loads(result.read_text())["verdicts"]
    found = [(item["rule"]["id"], item["message"]) for item in verdict["reasons"]]
    assert found == [], done.stdout
    assert verdict["warnings"] == []
    # What only the image itself can tell is not taken for granted.
    assert verdict["outcome"] == ("allowed" if bundle == "dockerfile" else "incomplete")


def test_the_label_of_the_version_is_the_version() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall(r'image\.version="([^"]+)"', text) == [__version__]
    assert re.search(r"^USER \d{4,}:\d{4,}$", text, re.MULTILINE)
