"""``check``, ``gate`` and ``audit`` with the second engine, and with both at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policyengine import __version__
from tests.bundle_files import RULE, write_bundle
from tests.unit.cli.conftest import NOW, Command

AGREED = (
    "package acme.mode\n\n"
    'deny contains "in production" if "MODE=production" in input.image.config.Env\n'
)
# regopy counts a newline as the two characters of its escape.
DISAGREED = (
    "package acme.length\n\n"
    'deny contains "three" if {\n\tinput.image.config\n\tcount("a\\nb") == 3\n}\n'
)


@pytest.fixture
def bundles(folder: Path) -> Path:
    for name, rule in (("agreed", AGREED), ("disagreed", DISAGREED)):
        write_bundle(folder / name, {"user.rego": RULE, "own.rego": rule}, entrypoints=["acme"])
    (folder / "inventory").write_text("docker-archive:image.tar\n")
    return folder


def _arguments(name: str, command: Command, bundle: str) -> list[str]:
    if name == "check":
        return ["check", "docker-archive:image.tar", "-b", bundle, "--now", NOW]
    if name == "gate":
        done = command("collect", "docker-archive:image.tar", "-o", "input.json")
        assert done.code == 0, done.err
        return ["gate", "input.json", "-b", bundle, "--now", NOW]
    return ["audit", "run", "inventory", "-b", bundle, "-o", "out.jsonl", "--now", NOW]


COMMANDS = pytest.mark.parametrize("name", ["check", "gate", "audit"])


@COMMANDS
@pytest.mark.parametrize("engine", [["--engine", "regopy"], ["--cross-check"]])
def test_another_engine_judges_as_the_first(
    name: str, engine: list[str], command: Command, bundles: Path
) -> None:
    arguments = _arguments(name, command, "agreed")
    done = command(*arguments, *engine)
    (bundles / "out.jsonl").unlink(missing_ok=True)
    first = command(*arguments)
    assert done.code == first.code == 1
    assert ("in production" in done.out) == ("in production" in first.out)


@COMMANDS
def test_engines_that_differ_end_the_command_with_both_results(
    name: str, command: Command, bundles: Path
) -> None:
    arguments = _arguments(name, command, "disagreed")
    assert command(*arguments).code == 1
    (bundles / "out.jsonl").unlink(missing_ok=True)
    done = command(*arguments, "--cross-check")
    assert done.code == 70
    assert "the engines give different answers" in done.err
    assert f'native {__version__}: "three"' in done.err
    assert "regopy" in done.err
    assert "nothing" in done.err
    if name == "audit":
        rows = [json.loads(line) for line in (bundles / "out.jsonl").read_text().splitlines()]
        assert not any("outcome" in row for row in rows), rows
    else:
        assert done.out == ""
