"""Every module of the conformance cases reads as OPA reads it: places, texts and all."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.rego.syntax.syntax_trees import (
    CONFORMANCE_TREES,
    conformance_modules,
    digest,
    read_json,
    tree_of,
)


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


def test_the_recorded_trees_are_those_of_opa(shared_dir: Path, tmp_path: Path) -> None:
    tools = Path.home() / ".cache" / "policyengine-tools" / "bin"
    opa = shutil.which("opa", path=str(tools)) or shutil.which("opa")
    if opa is None:
        pytest.skip("opa is not installed")
    recorded = CONFORMANCE_TREES.read_text().split()
    # A process a module: a sample has to do.
    for index, source in list(enumerate(conformance_modules(shared_dir)))[::150]:
        (tmp_path / "m.rego").write_text(source)
        command = [opa, "parse", "--format", "json", "--json-include", "locations,comments"]
        run = subprocess.run([*command, "m.rego"], cwd=tmp_path, capture_output=True, check=True)
        tree = read_json(run.stdout.decode())
        assert digest(tree) == recorded[index]
        assert tree_of(source) == tree
