"""``eval`` and ``test`` open a bundle's definition as ``check`` does: with what it takes of the
policy library, and with the defaults of its parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policyengine.bundle import open_bundle
from policyengine.resources import POLICIES
from tests.bundle_files import RULE, parameter, write_bundle
from tests.unit.bundle.test_build import CHANGES, TEST
from tests.unit.cli.conftest import Command

LIMIT = (
    "package acme.limit\n\nimport data.parameters\n\n"
    'deny contains "too many layers" if count(input.image.layers) > parameters.most\n'
)
LIMIT_TEST = (
    "package acme.limit_test\n\nimport data.acme.limit\n\n"
    "test_more_than_the_default if count(limit.deny) == 1 "
    'with input as {"image": {"layers": [1, 2, 3]}}\n'
)


@pytest.fixture
def acme(folder: Path) -> Path:
    write_bundle(
        folder / "acme",
        {"user.rego": RULE, "user_test.rego": TEST, "l.rego": LIMIT, "l_test.rego": LIMIT_TEST},
        parameters={"most": parameter(2, "integer")},
        files={"CHANGELOG.md": CHANGES},
        include=["image/root_user.rego"],
        entrypoints=["acme", "policyengine"],
    )
    manifest = folder / "acme" / ".manifest"
    document = json.loads(manifest.read_text())
    document["roots"] = ["acme", "policyengine"]
    manifest.write_text(json.dumps(document))
    return folder


def evaluated(command: Command, *arguments: str) -> Any:
    done = command("eval", *arguments, "-f", "raw")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_query_sees_what_is_taken_from_the_library(command: Command, acme: Path) -> None:
    packages = evaluated(command, "-b", "acme", "object.keys(data.policyengine)")
    assert "image" in packages
    assert evaluated(command, "-b", "./acme/", "data.parameters.most") == 2


def test_a_query_sees_a_bundle_that_ships_by_its_name(command: Command, folder: Path) -> None:
    shown = evaluated(command, "-b", "baseline", "data.parameters")
    assert shown == open_bundle("baseline", parameters={}).parameters


def test_an_archive_is_the_same_as_its_definition(command: Command, acme: Path) -> None:
    assert command("bundle", "build", "acme", "-o", "b.tar.gz").code == 0
    query = "[object.keys(data.policyengine.image), data.parameters]"
    assert evaluated(command, "-b", "b.tar.gz", query) == evaluated(command, "-b", "acme", query)


def test_given_data_goes_over_the_defaults(command: Command, acme: Path) -> None:
    (acme / "own.json").write_text('{"parameters": {"most": 7}}')
    assert evaluated(command, "-d", "own.json", "-b", "acme", "data.parameters.most") == 7


def test_a_bundle_of_opa_gets_no_parameters(command: Command, folder: Path) -> None:
    (folder / "plain").mkdir()
    (folder / "plain" / ".manifest").write_text('{"roots": ["a"]}')
    (folder / "plain" / "a.rego").write_text("package a\n\np := 1\n")
    assert evaluated(command, "-b", "plain", "data") == {"a": {"p": 1}}


def test_what_check_refuses_is_refused(command: Command, acme: Path) -> None:
    manifest = acme / "acme" / ".manifest"
    manifest.write_text(manifest.read_text().replace("root_user", "rot_user"))
    for arguments in (("eval", "-b", "acme", "data"), ("test", "acme")):
        done = command(*arguments)
        assert done.code == 4
        assert "image/rot_user.rego" in done.err + done.out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("acme",), id="a folder"),
        pytest.param(("-b", "acme"), id="a bundle"),
        pytest.param(("acme", "-p", "2"), id="in two processes"),
    ],
)
def test_the_tests_of_a_bundle_run_with_what_it_includes(
    arguments: tuple[str, ...], command: Command, acme: Path
) -> None:
    done = command("test", "-f", "json", *arguments)
    assert done.code == 0, done.out + done.err
    files = {item["location"]["file"] for item in json.loads(done.out)}
    assert files == {
        "acme/l_test.rego",
        "acme/user_test.rego",
        str(POLICIES / "image" / "root_user_test.rego"),
    }


def test_build_and_test_run_the_same_tests(command: Command, acme: Path) -> None:
    told = json.loads(command("test", "-f", "json", "acme").out)
    built = json.loads(command("bundle", "build", "acme", "-f", "json").out)
    assert built["tests"] == len(told)
    (acme / "acme" / "l.rego").write_text(LIMIT.replace("> parameters", "< parameters"))
    assert command("test", "acme").code == 1
    assert command("bundle", "build", "acme").code == 4


def test_bundles_that_have_one_parameter_with_two_defaults_are_not_mixed(
    command: Command, acme: Path
) -> None:
    write_bundle(
        acme / "other",
        {"o.rego": LIMIT.replace("acme.limit", "other.limit")},
        parameters={"most": parameter(3, "integer")},
        name="other",
    )
    manifest = acme / "other" / ".manifest"
    manifest.write_text(manifest.read_text().replace('["acme"]', '["other"]'))
    for arguments in (("test", "acme", "other"), ("eval", "-b", "acme", "-b", "other", "data")):
        done = command(*arguments)
        assert done.code == 2
        assert "another default of the parameter most" in done.err
