"""Wrong words on the command line: code 2, and one line that says what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Command

USAGE: list[tuple[str, str]] = [
    ("chek image.tar", "No such command 'chek'. Did you mean 'check'?"),
    ("frobnicate", "No such command 'frobnicate'"),
    ("config shwo", "No such command 'shwo'"),
    ("audit rnu", "No such command 'rnu'"),
    ("--quite check image.tar", "No such option '--quite'. Did you mean '--quiet'?"),
    ("check image.tar --evidenc trivy.json", "Did you mean one of: '--environment', '--evidence'?"),
    ("check", "expected an IMAGE, or --dockerfile FILE"),
    ("collect", "expected an IMAGE, or --dockerfile FILE"),
    ("collect image.tar layout", "Got unexpected extra argument (layout)"),
    ("check image.tar --format toml", "'toml' is not one of 'text', 'json'"),
    ("collect image.tar --view docker", "'docker' is not one of"),
    ("check image.tar --fail-on never", "'never' is not one of"),
    ("check image.tar -e", "requires an argument"),
    ("completion", "Missing argument"),
    ("completion powershell", "'powershell' is not one of 'bash', 'zsh', 'fish'"),
    ("collect image.tar --now yesterday", "'yesterday'"),
    ("collect image.tar --now 2026-13-01T00:00:00Z", "2026-13-01"),
    ("collect image.tar --platform linux", "linux"),
    ("collect UPPER", "'UPPER'"),
    ("collect registry:UPPER", "'UPPER'"),
    ("collect app:tag:tag", "app:tag:tag"),
    ("collect app@sha256:12", "app@sha256:12"),
    ("collect https://registry.example/app", "is a URL"),
    ("collect docker-archive:", "names no image"),
    ("collect ''", "the image is empty"),
    ("collect a\udcff.tar", "'a\\udcff.tar': is not UTF-8"),
    ("collect image.tar --environment \udcff", "'\\udcff': is not UTF-8"),
    ("check image.tar --param nonsense", "nonsense"),
    ("check image.tar --param severty=high", "severty"),
    ("check image.tar --params missing.json", "missing.json"),
    ("check image.tar -o .", "it is a directory"),
    ("check image.tar -o none/out.json", "No such file or directory"),
    ("collect image.tar -o .", "it is a directory"),
    ("collect image.tar -o trivy.json/out.json", "Not a directory"),
]


@pytest.mark.parametrize(("line", "message"), USAGE)
def test_a_wrong_command_line_is_one_line_and_code_2(
    command: Command, folder: Path, line: str, message: str
) -> None:
    before = sorted(folder.rglob("*"))
    done = command(*(word.strip("'") for word in line.split()))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("policyengine: ")
    assert done.err.count("\n") == 1
    assert message in done.err
    assert sorted(folder.rglob("*")) == before
