"""What a bundle takes from the policy library: rules by file or collection, and parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle, open_library
from policyengine.errors import BundleFormatError, RegoCompileError
from policyengine.model.policy import PolicyBundle
from tests.bundle_files import parameter, write_bundle

HEAD = "# METADATA\n# title: t\n# custom:\n#   id: {id}\n#   collections: [{collections}]\n"


def rule(name: str, collections: str, *, imports: str = "", body: str = "true") -> str:
    head = HEAD.format(id=f"image.{name}", collections=collections)
    package = f"package policyengine.image.{name}"
    return f'{package}\n\n{imports}\n\n{head}deny contains "{name}" if {body}\n'


LIBRARY = {
    "image/one.rego": rule("one", "a, b"),
    "image/two.rego": rule(
        "two",
        "b",
        imports="import data.policyengine.lib.first",
        body="first.high(input.image.created_ns)",
    ),
    "image/two_test.rego": "package policyengine.image.two_test\n",
    "lib/first.rego": "package policyengine.lib.first\n\n"
    "import data.policyengine.lib.second\n\nhigh(x) if x > second.limit\n",
    "lib/second.rego": "package policyengine.lib.second\n\nlimit := data.parameters.limit\n",
    "lib/third.rego": "package policyengine.lib.third\n\nx := 1\n",
}
SCHEMAS = {"limit": parameter(7, "integer"), "other": parameter(1, "integer")}


def library(folder: Path, modules: Mapping[str, str] = LIBRARY, schemas: object = SCHEMAS) -> Path:
    root = folder / "library"
    for name, text in modules.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "parameters.json").write_text(json.dumps({"parameter_schemas": schemas}))
    return root


def opened(folder: Path, root: Path, **own: Any) -> PolicyBundle:
    files = own.pop("files", None)
    modules = own.pop("modules", {})
    own.setdefault("entrypoints", ["policyengine"])
    bundle = write_bundle(folder / "bundle", modules, files=files, **own)
    text = (bundle / ".manifest").read_text().replace('"acme"]', '"policyengine"]')
    (bundle / ".manifest").write_text(text)
    return open_bundle(str(bundle), parameters={}, library=root)


def paths(bundle: PolicyBundle) -> list[str]:
    return [module.path for module in bundle.modules]


def test_a_collection_brings_its_rules_and_what_they_import(tmp_path: Path) -> None:
    root = library(tmp_path)
    assert paths(opened(tmp_path / "1", root, collections=["a"])) == ["image/one.rego"]
    assert paths(opened(tmp_path / "2", root, collections=["b"])) == [
        *("image/one.rego", "image/two.rego", "lib/first.rego", "lib/second.rego")
    ]


def test_files_and_collections_may_name_the_same_module(tmp_path: Path) -> None:
    bundle = opened(tmp_path, library(tmp_path), collections=["a"], include=["image/one.rego"])
    assert paths(bundle) == ["image/one.rego"]


def test_only_parameters_that_are_read_come_along(tmp_path: Path) -> None:
    root = library(tmp_path)
    assert not opened(tmp_path / "1", root, collections=["a"]).parameters
    assert opened(tmp_path / "2", root, collections=["b"]).parameters == {"limit": 7}


def test_the_bundle_may_set_another_default(tmp_path: Path) -> None:
    bundle = opened(
        tmp_path, library(tmp_path), collections=["b"], parameters={"limit": {"default": 3}}
    )
    assert bundle.parameters == {"limit": 3}
    properties = bundle.parameter_schema["properties"]
    assert properties == {"limit": {**SCHEMAS["limit"], "default": 3}}


@pytest.mark.parametrize(
    ("modules", "own", "said"),
    [
        pytest.param({}, {"collections": ["c"]}, "known are a, b", id="unknown collection"),
        pytest.param(
            {}, {"collections": ["prodd"]}, "no rule of the policy library", id="misspelt"
        ),
        pytest.param(
            {"image/one.rego": rule("one", "a") + rule("x", "b").split("\n\n", 2)[2]},
            {"collections": ["a"]},
            "not the same",
            id="two collections in a file",
        ),
        pytest.param(
            {"image/one.rego": rule("one", "a").replace("[a]", "\n#     - a")},
            {"collections": ["b"]},
            "not told",
            id="another form",
        ),
        pytest.param(
            {"image/one.rego": rule("one", "A")}, {"collections": ["b"]}, "not told", id="capitals"
        ),
        pytest.param(
            {"image/one.rego": 'package policyengine.image.one\n\ndeny contains "x"\n'},
            {"collections": ["b"]},
            "not told",
            id="no METADATA",
        ),
        pytest.param(
            {},
            {"include": ["image/one.rego", "image/one.rego"]},
            "included twice",
            id="one file twice",
        ),
    ],
)
def test_rules_that_would_be_left_out_in_silence_are_refused(
    modules: dict[str, str], own: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BundleFormatError, match=said):
        opened(tmp_path, library(tmp_path, {**LIBRARY, **modules}), **own)


def test_what_an_import_names_and_is_not_there_is_refused(tmp_path: Path) -> None:
    modules = {name: text for name, text in LIBRARY.items() if name != "lib/second.rego"}
    with pytest.raises(RegoCompileError, match=r"policyengine\.lib\.second"):
        opened(tmp_path, library(tmp_path, modules), collections=["b"])


def test_a_parameter_that_nobody_has_a_schema_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegoCompileError, match="no parameter limit"):
        opened(tmp_path, library(tmp_path, schemas={}), collections=["b"])


@pytest.mark.parametrize("schemas", [None, [], "x"])
def test_parameters_of_another_shape_are_refused(schemas: object, tmp_path: Path) -> None:
    with pytest.raises(BundleFormatError, match="parameter_schemas"):
        opened(tmp_path, library(tmp_path, schemas=schemas), collections=["b"])


def test_the_digest_tells_another_rule_and_another_default(tmp_path: Path) -> None:
    changed = {**LIBRARY, "image/one.rego": rule("one", "a, b", body="1 == 1")}
    schemas = {**SCHEMAS, "limit": parameter(8, "integer")}
    digests = {
        opened(tmp_path / name, root, collections=["b"]).identity.digest
        for name, root in (
            ("1", library(tmp_path / "a")),
            ("2", library(tmp_path / "b", changed)),
            ("3", library(tmp_path / "c", LIBRARY, schemas)),
        )
    }
    assert len(digests) == 3


def test_the_whole_library_can_be_read(tmp_path: Path) -> None:
    whole = open_library(library=library(tmp_path))
    assert [rule.id for rule in whole.rules] == ["image.one", "image.two"]
    assert [rule.collections for rule in whole.rules] == [("a", "b"), ("b",)]
