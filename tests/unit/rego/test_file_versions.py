"""Each file of a bundle is read in the version that the manifest gives it, as OPA does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from policyengine.cli import cli
from policyengine.errors import BundleFormatError, RegoCompileError
from policyengine.rego import Policy
from policyengine.rego.file_versions import read_file_versions
from policyengine.rego.native import NativeEngine
from policyengine.rego.regopy.engine import RegopyEngine

_FILES = {
    "a.rego": "package a\n\np if data.b.p[1]\n",
    "c.rego": "package c\n\np { true }\n",
    "sub/a.rego": "package b\n\np[x] { x := 1 }\n",
    "sub/b1.rego": "package b\n\nq contains 1 if true\n",
}


# The versions with which OPA 1.22.2 reads (or refuses to read) the files above as a bundle.
@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        pytest.param({"/sub/a.rego": 0, "/c.rego": 0}, ("v1", "v0", "v0", "v1"), id="names"),
        pytest.param({"c.rego": 0}, ("v1", "v1", "v1", "v1"), id="a name without a slash"),
        pytest.param({"*c.rego": 0, "/s[u]b/{a,z}.rego": 0}, ("v1", "v0", "v0", "v1"), id="globs"),
        pytest.param({"/*.rego": 0}, ("v0", "v0", "v0", "v0"), id="a star stands for slashes"),
        pytest.param(
            {"/sub/*.rego": 0, "/sub/b?.rego": 1}, ("v1", "v1", "v0", "v0"), id="the first glob"
        ),
        pytest.param(
            {"/sub/*": 0, "/sub/b1.rego": 1}, ("v1", "v1", "v0", "v0"), id="a glob before a name"
        ),
        pytest.param(
            {"/sub/a.rego": 1, "/sub/{a,b1}.rego": 0},
            ("v1", "v1", "v1", "v0"),
            id="a name before a glob",
        ),
    ],
)
def test_globs_choose_the_version(versions: dict[str, int], expected: tuple[str, ...]) -> None:
    read = read_file_versions({"rego_version": 1, "file_rego_versions": versions}, where="m")
    assert tuple(read.of(path) for path in _FILES) == expected


@pytest.mark.parametrize(
    ("manifest", "default", "expected"),
    [
        pytest.param({}, "v1", "v1", id="nothing said"),
        pytest.param({}, "v0", "v0", id="the command's version"),
        pytest.param({"rego_version": 0}, "v1", "v0", id="v0"),
        pytest.param({"rego_version": 1}, "v0", "v1", id="v1"),
        pytest.param({"rego_version": 2}, "v1", "v2", id="v2"),
        pytest.param({"rego_version": None, "file_rego_versions": None}, "v1", "v1", id="null"),
    ],
)
def test_the_version_of_all_files(manifest: dict[str, Any], default: Any, expected: str) -> None:
    assert read_file_versions(manifest, where="m", default=default).of("a.rego") == expected


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param({"rego_version": 3}, "m/rego_version", id="no such version"),
        pytest.param({"rego_version": True}, "m/rego_version", id="a boolean"),
        pytest.param({"rego_version": "1"}, "m/rego_version", id="a text"),
        pytest.param({"file_rego_versions": []}, "no object of globs", id="a list"),
        pytest.param({"file_rego_versions": {"/a": -1}}, "m/file_rego_versions//a", id="a file"),
        pytest.param({"file_rego_versions": {"{": 1}}, "is no glob", id="no glob"),
        pytest.param(
            {"file_rego_versions": {f"*{n}": 1 for n in range(2000)}}, "too many", id="many globs"
        ),
    ],
)
def test_wrong_versions_are_refused(manifest: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleFormatError, match=message):
        read_file_versions(manifest, where="m")


def test_modules_of_two_versions_make_one_policy() -> None:
    versions = read_file_versions(
        {"file_rego_versions": {"/sub/a.rego": 0, "/c.rego": 0}}, where="m"
    ).of_all(_FILES)
    policy = Policy.compile(_FILES, file_rego_versions=versions)
    assert policy.evaluate("data") == {
        "a": {"p": True},
        "b": {"p": [1], "q": [1]},
        "c": {"p": True},
    }
    with pytest.raises(RegoCompileError):
        Policy.compile(_FILES)


def test_eval_reads_the_manifest_of_a_bundle(tmp_path: Path) -> None:
    for name, source in _FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(source)
    manifest = {"rego_version": 0, "file_rego_versions": {"/a.rego": 1, "/sub/b*": 1}}
    (tmp_path / ".manifest").write_text(json.dumps(manifest))
    for options in ((), ("--v0-compatible",)):
        arguments = ["eval", "-f", "values", *options, "-b", str(tmp_path), "data.b"]
        run = CliRunner().invoke(cli, arguments, standalone_mode=False)
        assert json.loads(run.stdout) == [{"p": [1], "q": [1]}]


# What OPA says to each query with --v0-compatible: a value, or the code of the error.
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("if := 1; if == 1", "true true\n", id="a word that v1 has as a keyword"),
        pytest.param("1 in [1]", "rego_unsafe_var_error", id="in"),
        pytest.param("x := [y | some y in [1]]", "rego_parse_error", id="some in"),
        pytest.param('$"{1}"', "rego_parse_error", id="a template string"),
        pytest.param("any([true])", "true\n", id="a deprecated builtin"),
    ],
)
def test_a_v0_query_is_read_as_v0(query: str, expected: str) -> None:
    arguments = ["eval", "-f", "raw", "--v0-compatible", query]
    run = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert expected in (run.stdout or run.stderr)


def test_engines_are_told_the_versions() -> None:
    modules = {"a.rego": "package a\n\ndeny[msg] { msg := input.x }\n"}
    NativeEngine().prepare(modules, {}, rego_versions={"a.rego": "v0"}).close()
    with pytest.raises(RegoCompileError, match="Rego v0"):
        RegopyEngine().prepare(modules, {}, rego_versions={"a.rego": "v0"})
    with pytest.raises(RegoCompileError):
        NativeEngine().prepare(modules, {})
