"""What a CI system is shown, and that it never changes the verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from policyengine.cli.ci_system import SYSTEMS, ci_system, worst
from policyengine.model.verdict import Outcome
from tests.bundle_files import write_bundle
from tests.image_files import tar
from tests.unit.cli.conftest import IMAGE, NOW, Command, Done
from tests.unit.report.verdicts import ALLOWED, DENIED, UNJUDGED

RULE = 'package acme\n\ndeny contains "runs as root" if input.image.user.is_root\n'
GITHUB = {"GITHUB_ACTIONS": "true"}


@pytest.fixture
def bundle(folder: Path) -> Path:
    (folder / "root.tar").write_bytes(tar(replace(IMAGE, config={}).docker_files()))
    return write_bundle(folder / "bundle", {"acme.rego": RULE}, entrypoints=["acme"])


def checked(command: Command, bundle: Path, *arguments: str) -> Done:
    return command("check", "root.tar", "--bundle", bundle, "--now", NOW, *arguments)


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, None),
        ({"CI": "true"}, None),
        (GITHUB, "github"),
        ({"GITHUB_ACTIONS": ""}, None),
        ({"GITHUB_ACTIONS": "false"}, None),
        ({"GITLAB_CI": "true", "CI": "true"}, "gitlab"),
        ({"TF_BUILD": "True"}, "azure"),
        ({"JENKINS_URL": "https://ci.example/"}, "jenkins"),
    ],
    ids=str,
)
def test_a_system_is_told_by_the_variables_of_its_jobs(
    environment: dict[str, str], name: str | None
) -> None:
    found = ci_system("auto", environment)
    assert (None if found is None else found.name) == name


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_a_system_that_is_named_wins_and_none_is_none(system: object) -> None:
    assert ci_system(getattr(system, "name", ""), GITHUB) is system
    assert ci_system("none", GITHUB) is None


def test_github_gets_annotations_a_summary_and_the_verdict(
    command: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = checked(command, bundle)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    monkeypatch.setenv("GITHUB_OUTPUT", "outputs")
    monkeypatch.setenv("NO_COLOR", "1")
    Path("summary.md").write_text("# Before\n")
    done = checked(command, bundle)
    assert done.code == plain.code == 1
    assert done.out.startswith(plain.out)
    annotations = done.out.removeprefix(plain.out)
    assert annotations.startswith("::error title=acme.deny%3A deny,file=root.tar::root.tar: ")
    summary = Path("summary.md").read_text()
    assert summary.startswith("# Before\n### :x: denied: root.tar\n")
    assert Path("outputs").read_text() == "verdict=denied\n"


def test_a_log_that_shows_colours_gets_them(
    command: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    assert "\x1b[31m" in checked(command, bundle).out
    assert "\x1b" not in checked(command, bundle, "--ci", "none").out
    assert "\x1b" not in checked(command, bundle, "--ci", "jenkins").out
    assert checked(command, bundle, "-o", "r.txt").out == ""
    assert "\x1b" not in Path("r.txt").read_text()


def test_azure_gets_issues(command: Command, bundle: Path) -> None:
    lines = checked(command, bundle, "--ci", "azure").out.splitlines()
    assert lines[-1].startswith(
        "##vso[task.logissue type=error;code=acme.deny;sourcepath=root.tar]"
    )


def test_a_report_for_programs_is_not_mixed_with_annotations(
    command: Command, bundle: Path
) -> None:
    done = checked(command, bundle, "--ci", "github", "-f", "json")
    assert json.loads(done.out)["summary"]["denied"] == 1


def test_a_summary_that_cannot_be_written_is_told_and_loses_no_report(
    command: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "none/summary.md")
    done = checked(command, bundle, "--ci", "github")
    assert done.code == 2
    assert "none/summary.md: cannot be appended to" in done.err
    assert "DENIED" in done.out


def test_the_setting_says_it_for_every_run(
    command: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    Path("policyengine.toml").write_text('ci = "none"\n')
    assert "::error" not in checked(command, bundle).out


def test_a_result_that_is_converted_tells_the_job_nothing_again(
    command: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked(command, bundle, "--report", "json=r.json")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_OUTPUT", "outputs")
    assert "::error" not in command("report", "convert", "r.json").out
    assert not Path("outputs").exists()


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ((), Outcome.INCOMPLETE),
        ((ALLOWED, ALLOWED), Outcome.ALLOWED),
        ((ALLOWED, UNJUDGED), Outcome.INCOMPLETE),
        ((UNJUDGED, DENIED, ALLOWED), Outcome.DENIED),
    ],
)
def test_the_whole_is_as_good_as_its_worst(verdicts: tuple[object, ...], outcome: Outcome) -> None:
    assert worst(verdicts) is outcome  # type: ignore[arg-type] # rows of verdicts
