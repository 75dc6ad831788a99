"""Stored documents judged where nothing may be collected, and several bundles at once."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bundle_files import parameter, write_bundle
from tests.image_files import tar
from tests.unit.cli.conftest import IMAGE, NOW, Command

USER = 'package acme.user\n\ndeny contains "runs as root" if input.image.user.is_root\n'
AGE = (
    "package acme.age\n\nwarn contains msg if {\n\tinput.evaluated_at_ns > data.parameters.latest\n"
    '\tmsg := "it is late"\n}\n'
)
SCAN = 'package acme.scan\n\ndeny contains "found" if input.scan.vulnerabilities[_].id == "x"\n'


@pytest.fixture
def stored(command: Command, folder: Path) -> Path:
    """Bundles ``user`` and ``age``; ``root.json`` is the document of an image that runs as root."""
    (folder / "root.tar").write_bytes(tar(replace(IMAGE, config={}).docker_files()))
    write_bundle(folder / "user", {"user.rego": USER}, entrypoints=["acme"], name="user")
    latest = {"latest": parameter(2**62, "integer")}
    write_bundle(
        folder / "age", {"age.rego": AGE}, parameters=latest, entrypoints=["acme"], name="age"
    )
    write_bundle(folder / "scan", {"scan.rego": SCAN}, entrypoints=["acme"], name="scan")
    for name in ("root", "image"):
        path = folder / f"{name}.json"
        assert command("collect", f"{name}.tar", "--now", NOW, "-o", path).code == 0
    return folder


def test_a_stored_document_is_judged_as_check_judges_the_image(
    command: Command, stored: Path
) -> None:
    for name, code in (("root", 1), ("image", 0)):
        checked = command("check", f"{name}.tar", "-b", "./user", "--now", NOW, "-f", "json")
        gated = command("gate", f"{name}.json", "-b", "./user", "-f", "json")
        assert (gated.code, checked.code) == (code, code)
        assert gated.out == checked.out


def test_a_document_is_judged_at_its_own_time_unless_another_is_given(
    command: Command, stored: Path
) -> None:
    late = ("--param", "latest=1770000000000000000", "-b", "./age", "--fail-on", "warn")
    assert command("gate", "image.json", *late).code == 0
    assert command("gate", "image.json", *late, "--now", "2027-01-01T00:00:00Z").code == 1


def test_missing_evidence_is_incomplete(command: Command, stored: Path) -> None:
    assert command("gate", "image.json", "-b", "./scan").code == 3


@pytest.mark.parametrize(
    ("document", "code"),
    [("trivy.json", 3), ("gone.json", 3), ("half.json", 3), ("changed.json", 3)],
)
def test_what_is_no_input_document_is_one_line(
    document: str, code: int, command: Command, stored: Path
) -> None:
    whole = Path("image.json").read_text()
    Path("half.json").write_text(whole[: len(whole) // 2])
    Path("changed.json").write_text(whole.replace('"layers"', '"layer"'))
    done = command("gate", document, "-b", "./user")
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)


def test_no_collector_is_imported(stored: Path) -> None:
    script = (
        "import sys\n"
        "sys.argv = ['policyengine', 'gate', 'image.json', '-b', './user']\n"
        "from policyengine.cli import main\n"
        "try:\n    main()\nexcept SystemExit as exit_:\n    assert exit_.code == 0, exit_.code\n"
        "found = [m for m in sys.modules if m.startswith('policyengine.collect')]\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=stored, capture_output=True)


def test_every_bundle_must_allow_and_each_reason_names_its_own(
    command: Command, stored: Path
) -> None:
    done = command("gate", "root.json", "-b", "./user", "-b", "./age", "-f", "json")
    assert done.code == 1
    (verdict,) = json.loads(done.out)["verdicts"]
    assert [bundle["name"] for bundle in verdict["bundles"]] == ["user", "age"]
    assert [reason["bundle"]["name"] for reason in verdict["reasons"]] == ["user"]
    assert command("gate", "image.json", "-b", "./user", "-b", "./age").code == 0
    assert command("gate", "image.json", "-b", "./user", "-b", "./scan").code == 3


def test_a_parameter_goes_to_the_bundle_that_has_it(command: Command, stored: Path) -> None:
    both = ("gate", "image.json", "-b", "./user", "-b", "./age", "--fail-on", "warn")
    assert command(*both, "--param", "latest=1").code == 1
    wrong = command(*both, "--param", "lastest=1")
    assert (wrong.code, wrong.out) == (2, "")
    assert "none of the bundles has such a parameter" in wrong.err
    assert "latest" in wrong.err


def test_two_bundles_with_other_rules_in_one_package_are_refused(
    command: Command, stored: Path
) -> None:
    other = USER.replace("runs as root", "is root")
    write_bundle(stored / "other", {"user.rego": other}, entrypoints=["acme"])
    done = command("gate", "root.json", "-b", "./user", "-b", "./other")
    assert (done.code, done.out) == (4, "")
    assert "acme.user, which user has too" in done.err


def test_one_rule_in_two_bundles_is_no_collision(command: Command, stored: Path) -> None:
    write_bundle(stored / "again", {"user.rego": USER}, entrypoints=["acme"], name="again")
    done = command("gate", "root.json", "-b", "./user", "-b", "./again", "-f", "json")
    (verdict,) = json.loads(done.out)["verdicts"]
    names = [reason["bundle"]["name"] for reason in verdict["reasons"]]
    assert names == ["user", "again"]
