"""Modules are laid out byte for byte as ``opa fmt`` lays them out."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from policyengine.errors import RegoCompileError
from policyengine.rego.runtime.builtins.families import BUILTINS
from policyengine.rego.syntax.builtin_names import DEPRECATED_BUILTINS
from policyengine.rego.syntax.formatting import format_source
from policyengine.rego.syntax.parser import parse_module
from tests.unit.rego.syntax.formatting.formatted_modules import (
    BROKEN,
    CONFORMANCE,
    REFUSED,
    UPGRADED,
    Formatted,
    Mode,
    broken_modules,
    digest,
    layout,
    read_modules,
    v0_modules,
)
from tests.unit.rego.syntax.formatting.record_opa import opa_format
from tests.unit.rego.syntax.syntax_trees import conformance_modules

_MODULES: Final = read_modules()

# The one module of the conformance cases that OPA makes another one of: it was
# ("foo", 2 in {"bar": 2}) in {"foo": true}.
_OTHER_MEANING: Final = 'package test\n\np if {\n\t"foo", 2 in {"bar": 2} in {"foo": true}\n}\n'


def _different(sources: Iterable[str], recorded: Path, mode: Mode) -> list[str]:
    return [
        source
        for source, expected in zip(sources, recorded.read_text().split(), strict=True)
        if digest(layout(source, mode)) != expected
    ]


def test_each_conformance_module_is_laid_out_as_opa_does(shared_dir: Path) -> None:
    assert _different(conformance_modules(shared_dir), CONFORMANCE, "v1") == []


def test_comments_and_line_ends_anywhere_are_kept_as_opa_keeps_them(shared_dir: Path) -> None:
    assert _different(broken_modules(shared_dir), BROKEN, "v1") == []


def test_v0_modules_are_upgraded_as_opa_does(shared_dir: Path) -> None:
    modules = v0_modules(shared_dir)
    assert len(modules) > 1900
    assert _different(modules.values(), UPGRADED, "upgrade") == []
    assert REFUSED not in UPGRADED.read_text()


@pytest.mark.parametrize("case", _MODULES, ids=[case["name"] for case in _MODULES])
def test_a_module_is_laid_out_as_opa_does(case: Formatted) -> None:
    assert layout(case["source"], case["mode"]) == case.get("formatted")


def test_the_modules_have_names_of_their_own() -> None:
    names = Counter(case["name"] for case in _MODULES)
    assert max(names.values()) == 1
    assert sum("formatted" not in case for case in _MODULES) >= 5


def test_the_recorded_texts_are_those_of_opa() -> None:
    tools = Path.home() / ".cache" / "policyengine-tools" / "bin"
    opa = shutil.which("opa", path=str(tools)) or shutil.which("opa")
    if opa is None:
        pytest.skip("opa is not installed")
    for case in _MODULES[::7]:
        assert opa_format(opa, case["source"], case["mode"]) == case.get("formatted")


def test_the_policy_library_is_laid_out_as_opa_does(project_root: Path) -> None:
    folders = [project_root / "policies", project_root / "bundles"]
    files = [file for folder in folders for file in sorted(folder.rglob("*.rego"))]
    assert len(files) > 10
    for file in files:
        source = file.read_text()
        assert format_source(source, file=str(file)) == source, file
    tools = Path.home() / ".cache" / "policyengine-tools" / "bin"
    opa = shutil.which("opa", path=str(tools)) or shutil.which("opa")
    if opa is None:
        pytest.skip("opa is not installed")
    run = subprocess.run([opa, "fmt", "--list", *folders], capture_output=True, check=True)
    assert run.stdout == b""


def test_what_is_laid_out_stays_as_it_is(shared_dir: Path) -> None:
    changed = [
        text
        for source in conformance_modules(shared_dir)
        if layout(text := str(layout(source, "v1")), "v1") != text
    ]
    assert changed == [_OTHER_MEANING]


def test_a_module_keeps_all_its_comments_and_code_or_is_refused(shared_dir: Path) -> None:
    refused: Counter[str] = Counter()
    for source in broken_modules(shared_dir):
        text = layout(source, "v1")
        if text is None:
            continue
        try:
            assert format_source(source, file="m.rego") == text
        except RegoCompileError as error:
            refused[error.errors[0].message] += 1
        else:
            assert not _comments(source) - _comments(text)
    assert refused.keys() == {
        "cannot be laid out: this comment would be lost",
        "cannot be laid out: this rule would become another one",
    }
    assert refused.total() < 150


def test_the_conformance_modules_keep_their_meaning_but_for_one(shared_dir: Path) -> None:
    refused = []
    for source in conformance_modules(shared_dir):
        try:
            assert format_source(source, file="m.rego") == layout(source, "v1")
        except RegoCompileError as error:
            refused.append((layout(source, "v1"), error.errors[0].message))
    assert refused == [(_OTHER_MEANING, "cannot be laid out: this rule would become another one")]


def _comments(source: str) -> Counter[str]:
    module = parse_module(source, file="m.rego", with_annotations=False)
    return Counter(comment.text.rstrip() for comment in module.comments)


@pytest.mark.parametrize(
    ("source", "row", "message"),
    [
        pytest.param(
            "package a\n\np if {\n\t[\n# c\n1, x] = f(y) # d\n# e\n\n[z]\n}\n",
            3,
            "this rule would become another one",
            id="code",
        ),
        pytest.param(
            "package a\n\np := # c\n{1, # d\n2}\n",
            3,
            "this comment would be lost",
            id="a comment",
        ),
        pytest.param("package a\n\np if eq(1)\n", 3, "eq: arity mismatch", id="an operand"),
        pytest.param("package a\n\ndata.b = 1\n", 3, "rules must not shadow", id="a document"),
    ],
)
def test_what_cannot_be_laid_out_is_refused_with_its_place(
    source: str, row: int, message: str
) -> None:
    with pytest.raises(RegoCompileError) as raised:
        format_source(source, file="m.rego")
    (error,) = raised.value.errors
    assert message in error.message
    assert (error.file, error.row) == ("m.rego", row)
    assert error.line == source.split("\n")[row - 1]


@pytest.mark.parametrize("opening", ["[", "{1: ", "f(", "(1 + "])
def test_what_is_nested_deep_is_laid_out(opening: str) -> None:
    closing = {"[": "]", "{": "}", "f": ")", "(": ")"}[opening[0]]
    source = f"package a\n\np := {opening * 2000}1{closing * 2000}\n"
    text = format_source(source, file="m.rego")
    assert len(text) >= len(source) - 2


def test_deprecated_builtins_are_those_of_the_runtime() -> None:
    deprecated = {name for name, item in BUILTINS.items() if item.deprecated}
    assert deprecated == DEPRECATED_BUILTINS
