"""Every module of the conformance cases is checked, and as v0 read, as OPA does."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from policyengine.errors import RegoCompileError
from policyengine.rego import Policy
from policyengine.rego.syntax.ast_json import json_text, module_json
from policyengine.rego.syntax.parser import parse_module
from tests.conformance.checked_cases import CHECKS, FLAGS, V0_TREES, Mode, digest_of
from tests.unit.rego.syntax.formatting.formatted_modules import v0_modules
from tests.unit.rego.syntax.syntax_trees import conformance_modules, digest, read_json

# What is refused here and not by OPA, by a word of the module: the modes, and why.
_REFUSED_HERE: Final[dict[str, tuple[tuple[Mode, ...], str]]] = {
    "http.send": (("plain", "strict", "v0"), "it asks the network"),
    "net.lookup_ip_addr": (("plain", "strict", "v0"), "it asks the network"),
    "__local": (("v0",), "OPA takes a variable named as those it makes up for one, and not unsafe"),
    "json_patch_cases": (("v0",), "OPA stops at ten errors"),
}


def _is_excepted(source: str, mode: Mode) -> bool:
    return any(word in source and mode in modes for word, (modes, _) in _REFUSED_HERE.items())


def _errors(source: str, mode: Mode) -> list[tuple[str, int]]:
    try:
        Policy.compile(
            {"m.rego": source},
            rego_version="v0" if mode == "v0" else "v1",
            strict=mode == "strict",
        )
    except RegoCompileError as error:
        return [(found.code, found.row) for found in error.errors]
    return []


@pytest.mark.parametrize("mode", FLAGS)
def test_modules_are_refused_where_opa_check_refuses_them(shared_dir: Path, mode: Mode) -> None:
    column = list(FLAGS).index(mode)
    recorded = [line.split()[column] for line in CHECKS.read_text().splitlines()]
    different = []
    excepted = 0
    for source, expected in zip(conformance_modules(shared_dir), recorded, strict=True):
        errors = _errors(source, mode)
        # Some errors have no place in OPA.
        placeless = [(code, 0) for code, _ in errors]
        if expected in {digest_of(errors), digest_of(placeless)}:
            continue
        if _is_excepted(source, mode):
            excepted += 1
        else:
            different.append((errors, source))
    assert different == []
    assert excepted <= {"plain": 5, "strict": 7, "v0": 150}[mode]


def test_modules_as_v0_have_the_trees_that_opa_gives_them(shared_dir: Path) -> None:
    different = []
    recorded = V0_TREES.read_text().split()
    for source, expected in zip(v0_modules(shared_dir).values(), recorded, strict=True):
        module = parse_module(source, file="m.rego", rego_version="v0")
        if digest(read_json(json_text(module_json(module, locations=True)))) != expected:
            different.append(source)
    assert different == []
