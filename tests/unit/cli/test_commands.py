"""What the commands do when all is well, and what their common options change."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policyengine import __version__
from tests.bundle_files import parameter, write_bundle
from tests.image_files import BuiltImage, digest, tar
from tests.unit.cli.conftest import IMAGE, NOW, TRIVY, Command

RULES = """package acme.user

deny contains "runs as root" if input.image.user.is_root

deny contains message if {
	input.environment in data.parameters.shut
	message := sprintf("%s is shut", [input.environment])
}

warn contains message if {
	count(input.image.layers) > data.parameters.most
	message := sprintf("more than %d layers", [data.parameters.most])
}
"""


@pytest.fixture
def bundle(folder: Path) -> Path:
    """A bundle of three rules; ``root.tar`` is the image that it denies."""
    (folder / "root.tar").write_bytes(tar(replace(IMAGE, config={}).docker_files()))
    parameters = {"shut": parameter([], "array"), "most": parameter(5, "integer")}
    modules = {"user.rego": RULES}
    return write_bundle(folder / "bundle", modules, parameters=parameters, entrypoints=["acme"])


def checked(
    command: Command, bundle: Path, *arguments: str, stdin: bytes = b""
) -> tuple[int, list[Any]]:
    """Run ``check`` and return its exit code and its verdicts."""
    always = ("--bundle", str(bundle), "--format", "json", "--now", NOW)
    done = command("check", *always, *arguments, stdin=stdin)
    assert done.err == ""
    return done.code, json.loads(done.out)["verdicts"]


def test_the_version_is_told(command: Command) -> None:
    assert command("--version").out == f"policyengine {__version__}\n"


@pytest.mark.parametrize(
    "words", [[], ["check"], ["collect"], ["audit"], ["audit", "run"], ["config", "show"]]
)
def test_every_command_has_help(command: Command, words: list[str]) -> None:
    done = command(*words, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: {' '.join(['policyengine', *words])} ")


@pytest.mark.parametrize(
    ("images", "code", "outcomes"),
    [
        (["image.tar"], 0, ["allowed"]),
        (["root.tar"], 1, ["denied"]),
        (["image.tar", "layout"], 0, ["allowed", "allowed"]),
        (["image.tar", "root.tar"], 1, ["allowed", "denied"]),
        (["./gone.tar", "image.tar"], 3, ["incomplete", "allowed"]),
        (["./gone.tar", "root.tar", "image.tar"], 1, ["incomplete", "denied", "allowed"]),
        (["image.tar", "image.tar"], 0, ["allowed", "allowed"]),
    ],
)
def test_one_report_has_every_image_and_the_worst_code(
    command: Command, bundle: Path, images: list[str], code: int, outcomes: list[str]
) -> None:
    found, verdicts = checked(command, bundle, *images)
    assert found == code
    assert [verdict["image"] for verdict in verdicts] == images
    assert [verdict["outcome"] for verdict in verdicts] == outcomes


def test_a_report_for_people_ends_with_the_count(command: Command, bundle: Path) -> None:
    done = command("check", "--bundle", bundle, "image.tar", "root.tar", "./gone.tar")
    assert done.out.endswith("\n3 images: 1 allowed, 1 denied, 1 incomplete\n")
    assert "\x1b" not in done.out


def test_a_report_in_a_file_is_the_one_that_is_printed(
    command: Command, bundle: Path, folder: Path
) -> None:
    line = ("check", "--bundle", bundle, "--now", NOW, "image.tar", "root.tar")
    printed = command(*line)
    written = command(*line, "-o", "report.txt")
    assert (written.code, written.out, written.err) == (1, "", "")
    assert (folder / "report.txt").read_text() == printed.out
    assert command(*line, "-o", "-").out == printed.out


def messages(verdict: Mapping[str, Any], kind: str = "reasons") -> list[str]:
    return [reason["message"] for reason in verdict[kind]]


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        ([], []),
        (["--environment", "live"], []),
        (["--param", 'shut=["live"]'], []),
        (["--environment", "live", "--param", 'shut=["live"]'], ["live is shut"]),
        (["--environment", "live", "--params", "params.json"], ["live is shut"]),
        (["--environment", "live", "--params", "params.json", "--param", "shut=[]"], []),
        (["--environment", "live", "--param", "shut=[]", "--params", "params.json"], []),
    ],
)
def test_parameters_and_environment_reach_the_rules(
    command: Command, bundle: Path, folder: Path, options: list[str], reasons: list[str]
) -> None:
    (folder / "params.json").write_text('{"shut": ["live"]}')
    code, (verdict,) = checked(command, bundle, "image.tar", *options)
    assert messages(verdict) == reasons
    assert code == bool(reasons)


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        ([], ["stage is shut"]),
        (["--environment", "live"], ["live is shut"]),
        (["--environment", "test"], []),
        (["--param", "shut=[]"], []),
        (["--params", "params.json"], []),
    ],
)
def test_options_win_over_settings(
    command: Command, bundle: Path, folder: Path, options: list[str], reasons: list[str]
) -> None:
    (folder / "policyengine.toml").write_text(
        'environment = "stage"\n[parameters]\nshut = ["stage", "live"]\n'
    )
    (folder / "params.json").write_text('{"shut": []}')
    assert messages(checked(command, bundle, "image.tar", *options)[1][0]) == reasons


@pytest.mark.parametrize(
    ("options", "code"), [([], 0), (["--fail-on", "deny"], 0), (["--fail-on", "warn"], 1)]
)
def test_warnings_fail_a_check_where_they_are_to(
    command: Command, bundle: Path, options: list[str], code: int
) -> None:
    found, (verdict,) = checked(command, bundle, "image.tar", "--param", "most=0", *options)
    assert messages(verdict, "warnings") == ["more than 0 layers"]
    assert (found, verdict["outcome"]) == (code, "allowed")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("option", ["--evidence", "-e", "--scan"])
def test_evidence_is_taken_from_standard_input(
    command: Command, option: str, pack: Callable[[bytes], bytes]
) -> None:
    done = command("collect", "image.tar", option, "-", stdin=pack(TRIVY))
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    assert len(document["scan"]["vulnerabilities"]) == 1
    (source,) = document["evidence"]["scan"]["sources"]
    assert source["location"] == "-"


def test_the_same_question_gives_the_same_bytes(command: Command, folder: Path) -> None:
    (folder / "trivy.json.gz").write_bytes(gzip.compress(TRIVY))
    line = ("collect", "image.tar", "-e", "trivy.json", "--now", NOW, "--environment", "live")
    first, second = command(*line), command(*line)
    assert first.out == second.out
    assert first.out.endswith("\n}\n")
    assert command(*line, "-o", "out.json").out == ""
    assert (folder / "out.json").read_text() == first.out
    document = json.loads(first.out)
    assert (document["environment"], document["evaluated_at"]) == ("live", NOW)


def test_a_document_is_its_owners_and_an_earlier_file_keeps_its_mode(
    command: Command, folder: Path
) -> None:
    command("collect", "image.tar", "-o", "new.json")
    assert (folder / "new.json").stat().st_mode & 0o777 == 0o600
    (folder / "old.json").touch()
    (folder / "old.json").chmod(0o640)
    (folder / "link.json").symlink_to("old.json")
    command("collect", "image.tar", "-o", "link.json")
    assert (folder / "link.json").is_symlink()
    assert (folder / "old.json").stat().st_mode & 0o777 == 0o640
    assert json.loads((folder / "old.json").read_bytes())["schema_version"] == "1"


@pytest.mark.parametrize("view", ["unified", "docker-inspect", "registry"])
def test_a_document_is_written_in_each_view(command: Command, view: str) -> None:
    done = command("collect", "image.tar", "--view", view, "--now", NOW)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)


def test_settings_are_shown_with_where_they_come_from(command: Command, folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.policyengine]\nbundle = "passed over"\n')
    (folder / "policyengine.toml").write_text('environment = "live"\n[limits]\ndepth = 9\n')
    done = command("config", "show", "--format", "json")
    found = {item["name"]: (item["value"], item["origin"]) for item in json.loads(done.out)}
    path = str(folder / "policyengine.toml")
    assert found["environment"] == ("live", path)
    assert found["limits.depth"] == (9, path)
    assert found["bundle"] == ("baseline", "default")
    lines = command("config", "show").out.splitlines()
    assert [line.split()[0] for line in lines] == list(found)
    assert f'"live"  ({path})' in next(line for line in lines if line.startswith("environment"))


def test_settings_are_found_upward(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pyproject.toml").write_text("[tool.policyengine]\nlayers = true\n")
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/pyproject.toml").write_text("[tool.other]\n")
    monkeypatch.chdir(folder / "a/b")
    shown = json.loads(command("config", "show", "--format", "json").out)
    layers = next(item for item in shown if item["name"] == "layers")
    assert (layers["value"], layers["origin"]) == (True, str(folder / "pyproject.toml"))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "policyengine.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("debug", "lines"), [(["--debug"], ["Traceback (most recent call last):"]), ([], [])]
)
def test_a_traceback_is_shown_only_when_asked_for(
    folder: Path, debug: list[str], lines: list[str]
) -> None:
    done = run(*debug, "collect", "./gone.tar")
    assert done.returncode != 0
    assert [line for line in done.stderr.splitlines() if "Traceback" in line] == lines
    assert "gone.tar" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("bash", {"COMP_WORDS": "policyengine ch", "COMP_CWORD": "1"}),
        ("zsh", {"COMP_WORDS": "policyengine ch", "COMP_CWORD": "1"}),
        ("fish", {"COMP_WORDS": "policyengine ch", "COMP_CWORD": "ch"}),
    ],
)
def test_a_shell_completes_commands(
    command: Command, folder: Path, shell: str, words: dict[str, str]
) -> None:
    script = command("completion", shell)
    assert (script.code, script.err) == (0, "")
    assert f"_POLICYENGINE_COMPLETE={shell}_complete" in script.out
    done = run(_POLICYENGINE_COMPLETE=f"{shell}_complete", **words)
    assert "check-rego" in done.stdout
    assert "collect" not in done.stdout


def test_bash_reads_the_script_for_it(command: Command) -> None:
    script = command("completion", "bash").out
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def terminal(*arguments: str, stdin: bytes = b"", **environment: str) -> tuple[str, str]:
    """Run the command on a terminal; return what it writes to standard output and error.

    Standard input stays empty until something is written to standard error.
    """
    (reading, writing), (bar_reading, bar_writing) = pty.openpty(), pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "policyengine.cli", *arguments],
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=bar_writing,
        env={**os.environ, "TERM": "xterm", **environment},
    ) as running:
        os.close(writing)
        os.close(bar_writing)
        bar = os.read(bar_reading, 1024) if stdin else b""
        assert running.stdin is not None
        running.stdin.write(stdin)
        running.stdin.close()
        return drained(reading).decode(), (bar + drained(bar_reading)).decode()


def drained(terminal_end: int) -> bytes:
    parts = []
    try:
        while part := os.read(terminal_end, 65536):
            parts.append(part)
    except OSError:
        # So Linux says that the other end of a terminal is closed.
        pass
    os.close(terminal_end)
    return b"".join(parts)


def test_a_terminal_gets_colour_and_progress(bundle: Path) -> None:
    line = ("check", "--bundle", str(bundle), "image.tar", "root.tar", "--evidence", "-")
    report, bar = terminal(*line, stdin=TRIVY, NO_COLOR="")
    assert "\x1b[" in report
    assert "0/2" in bar


def test_a_terminal_gets_neither_where_it_wants_none(bundle: Path) -> None:
    line = ("check", "--bundle", str(bundle), "image.tar", "root.tar")
    report, bar = terminal("--quiet", *line, NO_COLOR="1")
    assert "DENIED" in report
    assert "\x1b[" not in report
    assert bar == ""


def test_a_report_is_whole_on_a_terminal_of_another_encoding(bundle: Path) -> None:
    line = ("check", "--bundle", str(bundle), "image.tar", "--environment", "n\u00e9")
    done = run(*line, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "judged for n\\xe9 at" in done.stdout


def test_a_rule_about_layers_is_judged_only_where_they_were_read(
    command: Command, folder: Path
) -> None:
    rule = """package acme.layers

deny contains reason if {
    some i, file in input.layers.setuid
    reason := {"msg": file.path, "paths": [["layers", "setuid", i, "path"]]}
}
"""
    write_bundle(folder / "bundle", {"l.rego": rule})
    member = tarfile.TarInfo("set later")
    member.mode = 0o4755
    base, top = tar({"bin/su": member}), tar({"app": b"x"})
    (folder / "set.tar").write_bytes(tar(BuiltImage(layers=[base, top]).docker_files()))
    unread = command("check", "set.tar", "-b", "bundle")
    assert (unread.code, "supply it: --layers" in unread.out) == (3, True)
    done = command("check", "set.tar", "-b", "bundle", "--layers", "--format", "json")
    assert done.code == 1
    (reason,) = json.loads(done.out)["verdicts"][0]["reasons"]
    (source,) = reason["values"][0]["sources"]
    assert source["location"].endswith(digest(base))
    assert command("check", "image.tar", "-b", "bundle", "--layers").code == 0
