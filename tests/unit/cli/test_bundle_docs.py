"""The commands of the page about releasing bundles run as they are written there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from policyengine.resources import BUNDLES
from tests.conftest import ROOT
from tests.unit.cli.conftest import Command

PAGE = ROOT / "docs" / "bundle-releases.md"


def console_lines() -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [shlex.split(line.removeprefix("$ ")) for line in lines]


def test_every_command_of_the_page_runs(command: Command, folder: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    shutil.copytree(BUNDLES, folder / "bundles")
    for arguments in (
        ["genpkey", "-algorithm", "ed25519", "-out", "private.pem"],
        ["pkey", "-in", "private.pem", "-pubout", "-out", "public.pem"],
    ):
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)
    lines = console_lines()
    assert {line[2] for line in lines} >= {"build", "sign", "verify"}
    for line in lines:
        assert line[0] == "policyengine"
        done = command(*line[1:])
        assert done.code == 0, (line, done.err)
