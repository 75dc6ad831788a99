"""The page about waivers: its file is one, its settings are read, and its commands run."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest

from policyengine.model.instant import Instant
from tests.conftest import ROOT
from tests.unit.cli.conftest import TRIVY, Command
from tests.unit.cli.test_bundle_trust import write_keys

PAGE = (ROOT / "docs" / "waivers.md").read_text()
# A day on which the waiver of the page holds.
NOW = Instant.parse("2026-11-15T12:00:00Z")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def console_lines() -> list[list[str]]:
    text = "".join(blocks("console")).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.startswith("$ ")]
    return [shlex.split(line.removeprefix("$ ")) for line in lines]


@pytest.fixture
def written(command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the page speaks of: its waiver file, reports, a result and keys."""
    monkeypatch.setattr(time, "time_ns", lambda: NOW.ns)
    (folder / "waivers.yaml").write_text(blocks("yaml")[0])
    (folder / ".trivyignore").write_text("# The path is not reachable.\nCVE-2026-9\n")
    (folder / "reports").mkdir()
    (folder / "reports" / "trivy.json").write_bytes(TRIVY)
    (folder / "image.tar").rename(folder / "NAME")
    command("check", "NAME", "--report", "json=result.json")
    write_keys(folder, "security")
    (folder / "security.key").rename(folder / "private.pem")
    (folder / "security.pub").rename(folder / "public.pem")
    return folder


def test_every_command_of_the_page_runs(command: Command, written: Path) -> None:
    lines = console_lines()
    assert {line[2] for line in lines if line[1] == "waivers"} == {
        *("list", "check", "add", "prune", "sign", "verify", "import")
    }
    for line in lines:
        assert line[0] == "policyengine"
        done = command(*line[1:])
        # The image of the test is too old for the bundle; no waiver of the page is about that.
        assert done.code == (1 if line[1] == "check" else 0), (line, done.err)


def test_the_settings_of_the_page_are_read(command: Command, written: Path) -> None:
    (settings,) = blocks("toml")
    (written / "policyengine.toml").write_text(settings)
    (written / "keys").mkdir()
    (written / "keys" / "security.pem").write_bytes((written / "public.pem").read_bytes())
    (written / "keys" / "teams.jwks").write_bytes((written / "public.pem").read_bytes())
    signing = ("waivers", "sign", "waivers.yaml", "--key", "private.pem", "--scope", "production")
    assert command(*signing).err == ""
    assert command("waivers", "verify", "waivers.yaml").code == 0
    assert "accept" in command(*signing, "--now", "2026-10-31T00:00:00Z").err
    assert command("waivers", "verify", "waivers.yaml").code == 4
    (written / "scratch").mkdir()
    (written / "waivers.yaml").rename(written / "scratch" / "w.yaml")
    assert command("waivers", "list", "scratch/w.yaml").code == 0
