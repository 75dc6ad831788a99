"""``docs/rego-engine.md`` shows what the engine does."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path

import pytest

from policyengine.rego import Policy
from policyengine.rego.compiler.check import check
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.program import link
from policyengine.rego.syntax.ast_json import json_text, module_json
from policyengine.rego.syntax.parser import parse_module
from policyengine.rego.syntax.source import Source
from policyengine.rego.syntax.tokens import tokenize


@pytest.fixture(scope="module")
def blocks(project_root: Path) -> dict[str, list[str]]:
    text = (project_root / "docs" / "rego-engine.md").read_text()
    found: dict[str, list[str]] = {}
    for kind, block in re.findall(r"```([\w-]+)\n(.*?)```", text, re.DOTALL):
        found.setdefault(kind, []).append(block)
    return found


@pytest.fixture(scope="module")
def source(blocks: dict[str, list[str]]) -> str:
    (found,) = blocks["rego"]
    return found


def test_the_tokens_are_those_of_the_fifth_row(blocks: dict[str, list[str]], source: str) -> None:
    tokens = tokenize(Source("image.rego", source))
    start = source.index("v.severity")
    end = source.index("\n", start)
    row = [source[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True) if start <= a < end]
    assert blocks["tokens"] == [" ".join(row) + "\n"]


def test_the_tree_is_in_the_form_of_opa(blocks: dict[str, list[str]], source: str) -> None:
    module = parse_module(source, file="image.rego", rego_version="v1")
    tree = json.loads(json_text(module_json(module)))
    expression = tree["rules"][0]["body"][1]
    (block,) = blocks["json"]
    assert {"terms": expression["terms"]} == json.loads(block)


def test_the_core_has_the_statements_in_order(blocks: dict[str, list[str]], source: str) -> None:
    module = parse_module(source, file="image.rego", rego_version="v1")
    (clause,) = check({"image.rego": module}).tree.children["image"].children["deny"].clauses
    lines = [f"{type(s.action).__name__} {s.location.text}\n" for s in clause.body]
    assert blocks["core"] == ["".join(lines)]


@pytest.mark.parametrize(("make", "index"), [(Make.PLAIN, 0), (Make.EXPLAINED, 1)])
def test_the_code_is_what_the_generator_writes(
    blocks: dict[str, list[str]], source: str, make: Make, index: int
) -> None:
    module = parse_module(source, file="image.rego", rego_version="v1")
    program = link(check({"image.rego": module}), make=make).program
    assert program.image.source.startswith(blocks["generated"][index] + "\n\n")


def test_the_values_are_what_it_gives(blocks: dict[str, list[str]], source: str) -> None:
    policy = Policy.compile({"image.rego": source})
    text = "\n".join(blocks["python-value"])
    test = doctest.DocTestParser().get_doctest(text, {"policy": policy}, "page", None, None)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0
