"""The linter on the command line, over files and bundles."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from policyengine.resources import BUNDLES, POLICIES, SCHEMAS
from tests.bundle_files import write_bundle
from tests.unit.cli.conftest import Command

BAD = 'package acme\n\np if input.xs[_] == "a"\n'
WHOLE = """package acme

# METADATA
# title: The image does not run as root
# custom:
#   id: acme.root
#   severity: high
#   remediation: Add a USER line.
deny contains "root" if input.image.user.is_root
"""


def test_what_is_found_is_shown_with_its_line(command: Command) -> None:
    Path("a.rego").write_text(BAD)
    done = command("lint", "a.rego")
    assert done.code == 1
    assert done.out.splitlines() == [
        "a.rego:3:6: style prefer-in: x in xs says this without a wildcard",
        '    p if input.xs[_] == "a"',
        "         ^",
        "1 style",
    ]


@pytest.mark.parametrize("path", ["none", ".", "trivy.json"])
def test_nothing_to_lint_is_an_error(path: str, command: Command) -> None:
    done = command("lint", path)
    assert (done.code, done.out) == (2, "")


def test_a_rule_is_switched_off_by_option_or_setting(command: Command) -> None:
    Path("a.rego").write_text(BAD)
    assert command("lint", "a.rego", "--disable", "prefer-in").code == 0
    Path("policyengine.toml").write_text('[lint]\ndisable = ["prefer-in"]\n')
    assert command("lint", "a.rego").out == "nothing found\n"
    wrong = command("lint", "a.rego", "--disable", "perfer-in")
    assert (wrong.code, wrong.out) == (2, "")


def test_what_can_be_mended_is(command: Command) -> None:
    Path("a.rego").write_text('package a\n\np  if regex.match("\\\\d", input.x)\n')
    assert command("lint", "a.rego").code == 1
    done = command("lint", "--fix", "a.rego")
    assert (done.code, done.err) == (0, "a.rego: mended\n")
    assert Path("a.rego").read_text() == "package a\n\np if regex.match(`\\d`, input.x)\n"


def test_a_view_finds_what_can_never_be(command: Command) -> None:
    Path("a.rego").write_text("package a\n\np if input.image.layers == 1\n")
    assert command("lint", "a.rego").code == 0
    done = command("lint", "a.rego", "--view", "unified")
    assert done.code == 1
    assert "match error" in done.out
    Path("a.rego").write_text("package a\n\np if input.image.user.is_root == null\n")
    assert command("lint", "a.rego", "--view", "unified").code == 0


BUNDLES_OF_ONE = [
    pytest.param(WHOLE, None, id="whole"),
    pytest.param(WHOLE.replace("is_root", "is_rot"), "unknown-reference", id="a misspelt path"),
    pytest.param(
        WHOLE.replace("input.image.user.is_root", "data.parameters.strict"),
        "unknown-reference",
        id="a parameter that there is not",
    ),
    pytest.param(WHOLE.replace("#   id: acme.root\n", ""), "missing-id", id="no id"),
    pytest.param(WHOLE.replace("#   severity: high\n", ""), "missing-severity", id="no severity"),
    pytest.param(
        WHOLE.replace("#   remediation: Add a USER line.\n", ""), "missing-remediation", id="no fix"
    ),
    pytest.param(
        WHOLE.replace(" if input.image.user.is_root", ""), "reads-no-input", id="always denies"
    ),
    pytest.param(WHOLE.replace("# title: The image does", "# description: d"), "missing-metadata",
                 id="no title"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "rule"), BUNDLES_OF_ONE)
def test_a_bundle_is_held_to_more(source: str, rule: str | None, command: Command) -> None:
    write_bundle(Path("b"), {"a.rego": source}, entrypoints=["acme"])
    done = command("lint", "b", "-f", "json")
    names = [item["rule"] for item in json.loads(done.out)["findings"]]
    assert (done.code, names) == ((0, []) if rule is None else (1, [rule]))


def test_sarif_is_valid_by_its_schema(command: Command) -> None:
    Path("a.rego").write_text(BAD)
    command("lint", "a.rego", "-f", "sarif", "-o", "lint.sarif")
    schema = json.loads((SCHEMAS / "vendor/sarif/sarif-2.1.0-rtm.5.json").read_text())
    log = json.loads(Path("lint.sarif").read_text())
    jsonschema.Draft4Validator(schema).validate(log)
    assert [item["ruleId"] for item in log["runs"][0]["results"]] == ["prefer-in"]


def test_nothing_is_found_in_the_library(command: Command) -> None:
    done = command("lint", POLICIES, "--view", "unified")
    assert (done.code, done.out) == (0, "nothing found\n")


@pytest.mark.parametrize("name", sorted(path.name for path in BUNDLES.iterdir()))
def test_nothing_is_found_in_a_bundle_that_ships(name: str, command: Command) -> None:
    done = command("lint", BUNDLES / name)
    assert (done.code, done.out) == (0, "nothing found\n")
