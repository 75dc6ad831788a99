"""The command line run in a folder with one image and one report, and nothing of the machine."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from policyengine.cli import main
from policyengine.cli.ci_system import SYSTEMS
from tests.image_files import BuiltImage, digest, tar, write_directory

NOW = "2026-01-31T12:00:00Z"
IMAGE = BuiltImage(config={"User": "1000", "Env": ["MODE=production"]})
TRIVY = json.dumps(
    {
        "SchemaVersion": 2,
        "ArtifactName": "registry.example/team/app:1.4",
        "ArtifactType": "container_image",
        "Metadata": {"ImageID": digest(IMAGE.configuration())},
        "Results": [
            {
                "Target": "app",
                "Class": "os-pkgs",
                "Type": "debian",
                "Vulnerabilities": [
                    {
                        "VulnerabilityID": "CVE-2026-0001",
                        "PkgName": "openssl",
                        "InstalledVersion": "3.0.1",
                        "Severity": "LOW",
                    }
                ],
            }
        ],
    }
).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: ``image.tar``, ``layout`` and ``trivy.json`` are there."""
    work = tmp_path / "work"
    write_directory(work / "layout", IMAGE.oci_files())
    (work / "image.tar").write_bytes(tar(IMAGE.docker_files()))
    (work / "trivy.json").write_bytes(TRIVY)
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-daemon.sock")
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    for system in SYSTEMS:
        for name in (system.variable, system.summary, system.outputs):
            monkeypatch.delenv(name or system.variable, raising=False)
    return work


@pytest.fixture
def command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Return a function that runs the command line in ``folder``."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["policyengine", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        written = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(code=ended.value.code, out=written.out, err=written.err)

    return run


def assert_refused(done: Done, folder: Path, message: str) -> None:
    """Hold that an error was told in one line with code 3, and no ``out.json`` was left."""
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("policyengine: ")
    assert done.err.count("\n") == 1
    assert done.err.rstrip("\n").isprintable()
    assert message in done.err
    assert not (folder / "out.json").exists()
