"""``policyengine new``: what it writes compiles, is laid out, and passes test and lint."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Command


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        pytest.param(("rule", "acme.user"), ["acme/user.rego", "acme/user_test.rego"], id="rule"),
        pytest.param(
            ("bundle", "acme-images"),
            [
                "acme-images/.manifest",
                "acme-images/CHANGELOG.md",
                "acme-images/acme_images/user.rego",
                "acme-images/acme_images/user_test.rego",
            ],
            id="bundle",
        ),
    ],
)
def test_a_beginning_works(
    arguments: tuple[str, ...], written: list[str], command: Command, folder: Path
) -> None:
    done = command("new", *arguments)
    assert done.code == 0
    assert done.out.split() == written
    where = written[0].partition("/")[0]
    assert command("check-rego", "--strict", where).code == 0
    assert command("fmt", "--check", where).code == 0
    tested = command("test", "--mutation-threshold", "100", where)
    assert tested.code == 0, tested.out
    linted = command("lint", where)
    assert linted.code == 0, linted.out + linted.err
    if arguments[0] == "bundle":
        assert command("check", "image.tar", "-b", f"./{where}").code == 0


def test_the_test_of_a_rule_passes(command: Command, folder: Path) -> None:
    (folder / "a.rego").write_text(
        'package acme.a\n\ndeny contains "x" if input.x\n\nwarn_y contains "y" if input.y\n'
    )
    assert command("new", "test", "a.rego").out == "a_test.rego\n"
    assert command("fmt", "--check", "a_test.rego").code == 0
    assert command("test", "a.rego", "a_test.rego").code == 0
    assert "a.warn_y" in (folder / "a_test.rego").read_text()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("rule", "user"), "is no name of a rule"),
        (("rule", "acme.User"), "is no name of a rule"),
        (("rule", "../acme.user"), "is no name of a rule"),
        (("bundle", "../x"), "is no name of a bundle"),
        (("test", "none.rego"), "none.rego"),
        (("test", "broken.rego"), "does not parse"),
        (("test", "empty.rego"), "has no rule to test"),
    ],
)
def test_what_cannot_be_begun_is_an_error(
    arguments: tuple[str, ...], problem: str, command: Command, folder: Path
) -> None:
    (folder / "broken.rego").write_text("package")
    (folder / "empty.rego").write_text("package a\n\np := 1\n")
    done = command("new", *arguments)
    assert done.code == 2
    assert problem in done.err


def test_nothing_is_overwritten(command: Command, folder: Path) -> None:
    assert command("new", "rule", "acme.user").code == 0
    file = folder / "acme" / "user.rego"
    file.write_text("mine")
    done = command("new", "rule", "acme.user")
    assert done.code == 2
    assert "is there already" in done.err
    assert file.read_text() == "mine"
