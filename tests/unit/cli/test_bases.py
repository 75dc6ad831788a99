"""The catalogue of base images on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.image_files import BuiltImage, tar
from tests.unit.cli.conftest import Command

BASE = tar({"etc/os-release": b"ID=debian\n"})
APP = tar({"app": b"x"})


@pytest.fixture
def bases(folder: Path) -> Path:
    """``base.tar`` and ``built.tar`` are there, and the setting names ``bases.json``."""
    base = BuiltImage(layers=[BASE], name="registry.example/base:12")
    built = BuiltImage(layers=[BASE, APP], name="registry.example/built:1")
    (folder / "base.tar").write_bytes(tar(base.docker_files()))
    (folder / "built.tar").write_bytes(tar(built.docker_files()))
    (folder / "policyengine.toml").write_text('[bases]\ncatalogue = "bases.json"\n')
    return folder / "bases.json"


def test_an_image_is_known_by_a_base_that_was_added(command: Command, bases: Path) -> None:
    assert command("bases", "add", "base.tar").code == 0
    assert "registry.example/base:12  linux/amd64" in command("bases", "list").out
    document = json.loads(command("collect", "built.tar").out)
    assert document["base"]["name"] == "registry.example/base:12"
    assert document["base"]["found_in"] == "catalogue"
    assert document["base"]["newer_known"] is False
    assert bases.exists()


def test_adding_again_changes_nothing(command: Command, bases: Path) -> None:
    command("bases", "add", "base.tar", "built.tar")
    before = bases.read_bytes()
    command("bases", "add", "built.tar", "base.tar")
    assert bases.read_bytes() == before
    assert len(json.loads(before)["bases"]) == 2


def test_a_name_may_be_given(command: Command, bases: Path, folder: Path) -> None:
    unnamed = BuiltImage(layers=[BASE], name=None)
    (folder / "unnamed.tar").write_bytes(tar(unnamed.docker_files()))
    refused = command("bases", "add", "unnamed.tar")
    assert (refused.code, "expected --name" in refused.err) == (2, True)
    assert command("bases", "add", "unnamed.tar", "--name", "golden:1").code == 0
    assert "golden:1" in command("bases", "list").out
    assert command("bases", "add", "base.tar", "built.tar", "--name", "x").code == 2
    assert bases.exists()


def test_an_image_without_layers_is_no_base(command: Command, bases: Path, folder: Path) -> None:
    (folder / "empty.tar").write_bytes(tar(BuiltImage(layers=[]).docker_files()))
    done = command("bases", "add", "empty.tar")
    assert (done.code, "the base of every image" in done.err) == (2, True)
    assert not bases.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "bases.json", id="not JSON"),
        pytest.param("[]", "expected an object", id="not an object"),
        pytest.param('{"bases": []}', "/version", id="no version"),
        pytest.param('{"version": 2, "bases": []}', "/version", id="other version"),
        pytest.param('{"version": 1}', "/bases", id="no bases"),
        pytest.param(
            '{"version": 1, "bases": [{"name": "a", "platform": "linux/amd64", "layers": []}]}',
            "at least one diff_id",
            id="no layers",
        ),
        pytest.param(
            '{"version": 1, "bases": [{"name": "a", "platform": "x", "layers": ["b"]}]}',
            "/bases/0/layers",
            id="no digest",
        ),
        pytest.param('{"version": 1, "bases": [{"nam": "a"}]}', "/bases/0/nam", id="unknown field"),
    ],
)
def test_a_broken_catalogue_stops_everything_that_would_use_it(
    command: Command, bases: Path, text: str, message: str
) -> None:
    bases.write_text(text)
    for arguments in (("bases", "list"), ("bases", "add", "base.tar"), ("check", "built.tar")):
        done = command(*arguments)
        assert (done.code, done.out) == (2, "")
        assert message in done.err


def test_a_catalogue_that_is_named_and_missing_is_an_error(command: Command, bases: Path) -> None:
    done = command("check", "built.tar")
    assert (done.code, "bases.json: cannot be opened" in done.err) == (2, True)
    assert not bases.exists()


def test_a_catalogue_must_be_named(command: Command, folder: Path) -> None:
    done = command("bases", "list")
    assert (done.code, "--catalogue FILE" in done.err) == (2, True)
    assert not (folder / "bases.json").exists()
