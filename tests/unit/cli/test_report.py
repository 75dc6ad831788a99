"""Several reports of one judgement, baselines, and what is done with results later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bundle_files import write_bundle
from tests.image_files import BuiltImage, tar
from tests.unit.cli.conftest import NOW, Command, Done

RULE = 'package acme\n\ndeny contains "no user" if input.image.user.name == ""\n'
PORTS = '\ndeny contains "port 22" if input.image.config.ExposedPorts["22/tcp"]\n'


@pytest.fixture
def bundle(folder: Path) -> Path:
    """A bundle of two rules; ``old.tar`` breaks the first, ``new.tar`` both, ``image.tar`` none."""
    for name, config in (
        ("old.tar", {"User": ""}),
        ("new.tar", {"User": "", "ExposedPorts": {"22/tcp": {}}}),
    ):
        built = tar(BuiltImage(config=config, name="registry.example/app:1").docker_files())
        (folder / name).write_bytes(built)
    return write_bundle(folder / "bundle", {"acme.rego": RULE + PORTS}, entrypoints=["acme"])


def checked(command: Command, bundle: Path, *arguments: str) -> Done:
    return command("check", "--bundle", bundle, "--now", NOW, *arguments)


def result(path: str) -> Any:
    return json.loads(Path(path).read_text())


def test_one_run_writes_several_reports(command: Command, bundle: Path) -> None:
    done = checked(command, bundle, "old.tar", "--report", "json=r.json", "--report", "text=r.txt")
    assert done.code == 1
    assert done.out == Path("r.txt").read_text()
    assert result("r.json")["summary"]["denied"] == 1


def test_a_report_that_fails_keeps_no_other_from_being_written(
    command: Command, bundle: Path
) -> None:
    done = checked(
        command, bundle, "old.tar", "--report", "json=none/r.json", "--report", "text=r.txt"
    )
    assert done.code == 2
    assert "none/r.json" in done.err
    assert "DENIED" in done.out
    assert "DENIED" in Path("r.txt").read_text()


def test_every_report_that_fails_is_named(command: Command, bundle: Path) -> None:
    reports = ("--report", "json=none/a.json", "--report", "text=none/b.txt")
    done = checked(command, bundle, "old.tar", *reports)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "none/a.json" in done.err
    assert "none/b.txt" in done.err


BAD = [
    pytest.param(["--report", "json"], "--report is not FORMAT=FILE", id="no file"),
    pytest.param(["--report", "json="], "--report is not FORMAT=FILE", id="an empty file"),
    pytest.param(["--report", "xml=r.xml"], "no format that is written", id="no such format"),
    pytest.param(["--report", "text=-"], "two reports go to one place", id="twice to the terminal"),
    pytest.param(
        ["--report", "text=r", "--report", "json=./r"], "two reports go to one place", id="one file"
    ),
    pytest.param(["--baseline", "gone.json"], "gone.json: cannot be opened", id="no baseline"),
    pytest.param(["--baseline", "trivy.json"], "is not a result", id="a scan as the baseline"),
    pytest.param(["--baseline", "cut.json"], "is cut off", id="half a baseline"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_wrong_options_are_one_line_and_code_2_before_anything_is_judged(
    arguments: list[str], said: str, command: Command, bundle: Path
) -> None:
    checked(command, bundle, "old.tar", "--report", "json=whole.json")
    Path("cut.json").write_text(Path("whole.json").read_text()[:-20])
    done = checked(command, bundle, "old.tar", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_only_reasons_that_are_new_since_the_baseline_count(command: Command, bundle: Path) -> None:
    checked(command, bundle, "old.tar", "--report", "json=base.json")
    same = checked(command, bundle, "old.tar", "--baseline", "base.json")
    assert same.code == 0
    assert "1 reason known from the baseline" in same.out
    more = checked(command, bundle, "new.tar", "--baseline", "base.json", "-f", "json")
    assert more.code == 1
    (verdict,) = json.loads(more.out)["verdicts"]
    assert [reason["message"] for reason in verdict["reasons"]] == ["port 22"]
    assert [reason["message"] for reason in verdict["known"]] == ["no user"]


def test_an_image_that_the_baseline_does_not_know_is_told_and_counts(
    command: Command, bundle: Path
) -> None:
    checked(command, bundle, "image.tar", "--report", "json=base.json")
    done = checked(command, bundle, "old.tar", "--baseline", "base.json")
    assert done.code == 1
    assert done.err == (
        "the baseline has no verdict on registry.example/app: all its reasons count\n"
    )


def test_a_result_is_converted_to_what_check_would_have_printed(
    command: Command, bundle: Path
) -> None:
    printed = checked(command, bundle, "new.tar", "--report", "json=r.json").out
    done = command("report", "convert", "r.json")
    assert (done.code, done.out) == (0, printed)
    assert command("report", "convert", "r.json", "-f", "json").out == Path("r.json").read_text()


def test_results_are_merged_and_the_same_verdict_is_one(command: Command, bundle: Path) -> None:
    for name in ("old", "new"):
        checked(command, bundle, f"{name}.tar", "--report", f"json={name}.json")
    done = command("report", "merge", "old.json", "new.json", "old.json", "-f", "json")
    assert done.code == 0
    images = [verdict["image"] for verdict in json.loads(done.out)["verdicts"]]
    assert images == ["old.tar", "new.tar"]


@pytest.mark.parametrize(
    ("before", "after", "code", "lines"),
    [
        ("old", "old", 0, ["old.tar: denied as before", "0 new, 0 gone, 1 the same"]),
        (
            "old",
            "new",
            1,
            [
                "new.tar: denied as before",
                "  + unknown    acme.deny: port 22",
                "1 new, 0 gone, 1 the same",
            ],
        ),
        (
            "new",
            "old",
            0,
            [
                "old.tar: denied as before",
                "  - unknown    acme.deny: port 22",
                "0 new, 1 gone, 1 the same",
            ],
        ),
        (
            "image",
            "old",
            1,
            [
                "old.tar: not in the baseline, now denied",
                "  + unknown    acme.deny: no user",
                "image.tar: not judged again",
                "1 new, 0 gone, 0 the same",
            ],
        ),
    ],
)
def test_a_difference_says_what_is_new_and_what_is_gone(
    before: str, after: str, code: int, lines: list[str], command: Command, bundle: Path
) -> None:
    for name in {before, after}:
        checked(command, bundle, f"{name}.tar", "--report", f"json={name}.json")
    done = command("report", "diff", f"{before}.json", f"{after}.json")
    assert (done.code, done.out.splitlines()) == (code, lines)
    listed = command("report", "diff", f"{before}.json", f"{after}.json", "-f", "json")
    assert listed.code == code
    assert json.loads(listed.out)["images"][0]["image"] == f"{after}.tar"


def test_nothing_to_compare_is_an_error(command: Command, bundle: Path) -> None:
    checked(command, bundle, "old.tar", "--report", "json=r.json")
    empty = result("r.json")
    empty.update(verdicts=[], summary={"images": 0, "allowed": 0, "denied": 0, "incomplete": 0})
    Path("none.json").write_text(json.dumps(empty))
    done = command("report", "diff", "r.json", "none.json")
    assert (done.code, done.out) == (2, "")
    assert "no verdict to compare" in done.err
