"""A Dockerfile on the command line: with an image, and alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.bundle_files import RULE, write_bundle
from tests.unit.cli.conftest import Command, assert_refused

UNIFIED = """
package acme.dockerfile

deny contains reason if {
    some i, stage in input.dockerfile.stages
    some j, item in stage.instructions
    item.instruction == "USER"
    item.arguments[0] == "root"
    reason := {
        "msg": "the last user is root",
        "paths": [["dockerfile", "stages", i, "instructions", j, "arguments", 0]],
    }
}
"""
UNNAMED = """
package acme.dockerfile

deny contains "the last user is root" if {
    some stage in input.dockerfile.stages
    some item in stage.instructions
    item.instruction == "USER"
    item.arguments[0] == "root"
}
"""
CONFTEST = """
package acme.dockerfile

deny contains "the last user is root" if {
    some i
    input[i].Cmd == "user"
    input[i].Value[0] == "root"
}
"""
TRIVY = """
package acme.dockerfile

deny contains "the last user is root" if {
    some command in input.Stages[_].Commands
    command.Cmd == "user"
    command.Value[0] == "root"
}
"""
BAD = "FROM alpine:3.20\n# why not\nRUN a \\\n  b\nUSER root\n"
GOOD = "FROM alpine:3.20\nUSER 1000\n"
VIEWS = pytest.mark.parametrize(
    ("rule", "view"),
    [
        pytest.param(UNIFIED, "unified", id="unified"),
        pytest.param(UNNAMED, "unified", id="no paths named"),
        pytest.param(CONFTEST, "dockerfile", id="conftest"),
        pytest.param(TRIVY, "trivy-dockerfile", id="trivy"),
    ],
)


@VIEWS
def test_a_reason_is_traced_to_the_line(
    command: Command, folder: Path, rule: str, view: str
) -> None:
    write_bundle(folder / "bundle", {"d.rego": rule}, view=view)
    Path("Dockerfile").write_text(BAD)
    done = command("check", "--dockerfile", "Dockerfile", "-b", "bundle", "--format", "json")
    assert done.code == 1, done.err
    (verdict,) = json.loads(done.out)["verdicts"]
    (reason,) = verdict["reasons"]
    places = {
        (source["location"], source["line"])
        for value in reason["values"]
        for source in value["sources"]
    }
    assert ("Dockerfile", 5) in places
    assert verdict["image"] == "Dockerfile"


@VIEWS
def test_annotations_point_at_the_line(
    command: Command, folder: Path, rule: str, view: str
) -> None:
    write_bundle(folder / "bundle", {"d.rego": rule}, view=view)
    Path("Dockerfile").write_text(BAD)
    arguments = ("check", "--dockerfile", "Dockerfile", "-b", "bundle", "--format")
    assert "file=Dockerfile,line=5" in command(*arguments, "github").out
    sarif = json.loads(command(*arguments, "sarif").out)
    (result,) = sarif["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "Dockerfile"
    assert place["region"]["startLine"] == 5


@VIEWS
def test_a_dockerfile_that_no_rule_denies_is_allowed_where_all_rules_are_about_it(
    command: Command, folder: Path, rule: str, view: str
) -> None:
    write_bundle(folder / "bundle", {"d.rego": rule}, view=view)
    Path("Dockerfile").write_text(GOOD)
    assert command("check", "--dockerfile", "Dockerfile", "-b", "bundle").code == 0
    assert command("check", "image.tar", "--dockerfile", "Dockerfile", "-b", "bundle").code == 0


@VIEWS
def test_a_rule_about_dockerfiles_is_not_judged_without_one(
    command: Command, folder: Path, rule: str, view: str
) -> None:
    write_bundle(folder / "bundle", {"d.rego": rule}, view=view)
    done = command("check", "image.tar", "-b", "bundle")
    assert done.code == 3
    assert "supply it: --dockerfile FILE" in done.out


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(RULE, id="the image"),
        pytest.param('package acme.x\n\ndeny contains "a" if input.base.name == "b"\n', id="base"),
        pytest.param(
            'package acme.x\n\ndeny contains "a" if input.subject.registry == "b"\n', id="name"
        ),
        pytest.param(
            'package acme.x\n\ndeny contains "a" if input.scan.vulnerabilities[_]\n', id="scan"
        ),
        pytest.param("package acme.x\n\ndeny contains input if false\n", id="everything"),
    ],
)
def test_a_dockerfile_alone_is_never_allowed_by_a_bundle_that_reads_more(
    command: Command, folder: Path, rule: str
) -> None:
    write_bundle(folder / "bundle", {"d.rego": UNIFIED, "x.rego": rule})
    Path("Dockerfile").write_text(GOOD)
    assert command("check", "--dockerfile", "Dockerfile", "-b", "bundle").code == 3
    Path("Dockerfile").write_text(BAD)
    assert command("check", "--dockerfile", "Dockerfile", "-b", "bundle").code == 1


@pytest.mark.parametrize("view", ["docker-inspect", "registry"])
def test_a_dockerfile_alone_is_incomplete_in_the_views_of_images(
    command: Command, folder: Path, view: str
) -> None:
    rule = 'package acme.x\n\ndeny contains "a" if input.%s == "b"\n' % (
        "Id" if view == "docker-inspect" else "image.scan_status"
    )
    write_bundle(folder / "bundle", {"x.rego": rule}, view=view)
    Path("Dockerfile").write_text(GOOD)
    assert command("check", "--dockerfile", "Dockerfile", "-b", "bundle").code == 3


def test_reports_have_nothing_to_be_about_without_an_image(command: Command, folder: Path) -> None:
    Path("Dockerfile").write_text(GOOD)
    done = command("check", "--dockerfile", "Dockerfile", "--scan", "trivy.json")
    assert_refused(done, folder, "trivy.json: has no image that it could be about")


def test_two_dockerfiles_are_refused(command: Command, folder: Path) -> None:
    Path("Dockerfile").write_text(GOOD)
    Path("Containerfile").write_text(BAD)
    done = command("collect", "image.tar", "-e", "Dockerfile", "--dockerfile", "Containerfile")
    assert_refused(done, folder, "Containerfile: is a second Dockerfile")


def test_a_dockerfile_is_of_none_of_several_images(command: Command, folder: Path) -> None:
    Path("Dockerfile").write_text(GOOD)
    done = command("check", "image.tar", "oci:layout", "--dockerfile", "Dockerfile")
    assert_refused(done, folder, "Dockerfile: is about none of the images")


def test_a_broken_dockerfile_is_refused_with_its_line(command: Command, folder: Path) -> None:
    Path("Dockerfile").write_text("FROM alpine\nRUM a\n")
    done = command("check", "--dockerfile", "Dockerfile")
    assert_refused(done, folder, "Dockerfile:2: an unknown instruction; found 'RUM'")


@pytest.mark.parametrize("verb", ["check", "collect"])
def test_nothing_to_judge_is_a_usage_error(command: Command, verb: str) -> None:
    done = command(verb)
    assert done.code == 2
    assert "an IMAGE, or --dockerfile FILE" in done.err


def test_collect_writes_the_document_of_a_dockerfile_alone(command: Command, folder: Path) -> None:
    Path("Dockerfile").write_text(BAD)
    done = command("collect", "--dockerfile", "Dockerfile")
    found = json.loads(done.out)
    assert (found["subject"]["transport"], found["subject"]["reference"]) == (
        "dockerfile",
        "Dockerfile",
    )
    assert "image" not in found
    assert found["dockerfile"]["stages"][0]["instructions"][2]["line"] == 5


def test_nobody_can_have_signed_a_dockerfile(command: Command, folder: Path) -> None:
    rule = 'package acme.x\n\ndeny contains "a" if input.trust.policy.requirements == [1]\n'
    write_bundle(folder / "bundle", {"d.rego": UNIFIED, "x.rego": rule})
    Path("Dockerfile").write_text(GOOD)
    key = Ed25519PrivateKey.generate().public_key()
    Path("team.pub").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    arguments = ("check", "--dockerfile", "Dockerfile", "-b", "bundle", "--key", "team.pub")
    done = command(*arguments)
    assert done.code == 2
    assert "a Dockerfile has no signatures" in done.err
