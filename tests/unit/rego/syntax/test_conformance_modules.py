"""Every module of the conformance cases reads as OPA reads it: places, texts and all."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from policyengine.cli import cli
from tests.unit.rego.syntax.syntax_trees import (
    CONFORMANCE_TREES,
    conformance_modules,
    digest,
    read_json,
    tree_of,
)

_POLICIES = Path(__file__).parents[4] / "policies"


def test_each_module_has_the_tree_that_opa_gave_it(shared_dir: Path) -> None:
    recorded = CONFORMANCE_TREES.read_text().split()
    modules = conformance_modules(shared_dir)
    assert len(modules) == len(recorded)
    different = [
        source
        for source, expected in zip(modules, recorded, strict=True)
        if digest(tree_of(source)) != expected
    ]
    assert different == []


@pytest.fixture
def opa() -> str:
    tools = Path.home() / ".cache" / "policyengine-tools" / "bin"
    found = shutil.which("opa", path=str(tools)) or shutil.which("opa")
    if found is None:
        pytest.skip("opa is not installed")
    return found


@pytest.mark.parametrize("include", ["locations,comments", "-comments"])
def test_parse_prints_the_trees_that_opa_parse_prints(include: str, opa: str) -> None:
    modules = sorted(_POLICIES.rglob("*.rego"))
    assert len(modules) > 30
    # METADATA, comments and imports are in all of them; a process a module has to do with some.
    for path in modules[::4]:
        arguments = ["parse", "--format", "json", "--json-include", include, str(path)]
        theirs = subprocess.run([opa, *arguments], capture_output=True, check=True)
        ours = CliRunner().invoke(cli, arguments, standalone_mode=False)
        assert read_json(ours.stdout) == read_json(theirs.stdout.decode())


def test_the_recorded_trees_are_those_of_opa(shared_dir: Path, tmp_path: Path, opa: str) -> None:
    recorded = CONFORMANCE_TREES.read_text().split()
    # A process a module: a sample has to do.
    for index, source in list(enumerate(conformance_modules(shared_dir)))[::150]:
        (tmp_path / "m.rego").write_text(source)
        command = [opa, "parse", "--format", "json", "--json-include", "locations,comments"]
        run = subprocess.run([*command, "m.rego"], cwd=tmp_path, capture_output=True, check=True)
        tree = read_json(run.stdout.decode())
        assert digest(tree) == recorded[index]
        assert tree_of(source) == tree
