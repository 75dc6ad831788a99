"""The dialogue over an input document, through a terminal and through a pipe."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

RULES = """package acme

deny contains "runs as root" if input.image.user.is_root

ports := [port | some port in input.ports; port > 100]
"""
INPUT = {
    "image": {"user": {"name": "root", "is_root": True, "uid": 0}, "created": None},
    "ports": [22, 8080],
    "labels": {"org.example.source": "here", "plain": "too"},
    "packages": [{"name": "zlib"}, {"name": "tar", "licence": "GPL"}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "acme.rego").write_text(RULES)
    (tmp_path / "input.json").write_text(json.dumps(INPUT))
    return tmp_path


COMMAND = [sys.executable, "-m", "policyengine.cli", "repl", "-d", "acme.rego", "-i", "input.json"]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "TERM": "dumb"}


def asked(folder: Path, *lines: str) -> list[str]:
    """Return what is answered to lines from a pipe, without prompts."""
    done = subprocess.run(
        COMMAND,
        cwd=folder,
        env=environment(folder),
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return [line.replace("> ", "") for line in done.stdout.splitlines()][1:-1]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("input.image.user.name", '"root"'),
        ("data.acme.ports", "["),
        ("input.image.nothing", "undefined"),
        ("input.imag.user", "  input.imag is not in the input; did you mean input.image?"),
        ("x := input.image.usr.name; x", "did you mean input.image.user?"),
        ("1 + 1", "2"),
        (":type input.image.user.uid", "number"),
        (":type input.image.user", "object {is_root: boolean, name: string, uid: number}"),
        (":type x := input.ports", "x: array of number"),
        (":type input.nothing", "undefined"),
        (":rules", "data.acme.deny"),
        (":reload", "2 rules"),
        (":nonsense", "no such command"),
        (":type", ":type needs a query"),
        ("input.image.user.name ==", "rego_parse_error"),
        ("x", "rego_unsafe_var_error"),
        ("# a comment", ""),
    ],
)
def test_a_line_is_answered(line: str, answer: str, folder: Path) -> None:
    lines = asked(folder, line, "2 + 3")
    assert answer in "\n".join(lines)
    # A mistake does not end the dialogue.
    assert lines[-1] == "5"


def test_the_steps_of_an_evaluation_are_shown(folder: Path) -> None:
    lines = asked(folder, ":explain data.acme.deny", ":fails input.ports[_] == 7")
    text = "\n".join(lines)
    assert "Enter data.acme.deny" in text
    assert "1 solution\n" in text
    assert "query:1     | Fail" in text


def test_what_is_changed_is_loaded_again_and_a_mistake_keeps_what_was(folder: Path) -> None:
    process = subprocess.Popen(
        COMMAND,
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline().startswith("2 rules")
    (folder / "acme.rego").write_text("package acme\n\np if {\n")
    process.stdin.write(":reload\ncount(data.acme.deny)\n:quit\nnever\n")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "never" not in out


def typed(folder: Path, *keys: str, until: str) -> str:
    """Type into a terminal, and return what it shows once ``until`` is there."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        COMMAND,
        cwd=folder,
        env=environment(folder),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        close_fds=True,
    )
    os.close(follower)
    shown = ""
    pending = list(keys)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and until not in shown:
        if (pending and shown.rstrip(" ").endswith((">", "\x07"))) or (pending and "> " in shown):
            os.write(leader, pending.pop(0).encode())
            time.sleep(0.3)
        if select.select([leader], [], [], 0.2)[0]:
            try:
                shown += os.read(leader, 4096).decode(errors="replace")
            except OSError:  # the program has ended
                break
    if process.poll() is None:
        os.write(leader, b"\x04")
    process.wait(timeout=60)
    os.close(leader)
    return shown


def test_tab_completes_paths_of_the_input_and_names_of_rules(folder: Path) -> None:
    assert '"root"' in typed(folder, "input.image.us\t", ".na\t", "\n", until='"root"')
    assert "runs as root" in typed(folder, "data.acme.d\t\n", until="runs as root")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        pytest.param((":ty\t", "input.po\t", "\n"), "array of number", id="a command"),
        pytest.param(("input.packages[_].lic\t", "\n"), '"GPL"', id="a field of any element"),
        pytest.param(("input.packages[1].lic\t", "\n"), '"GPL"', id="a field of one element"),
        pytest.param(('input.labels["org\t', "\n"), '"here"', id="a key that is no name"),
        pytest.param(('input["image"].us\t', ".na\t", "\n"), '"root"', id="behind a key"),
        pytest.param(("count(input.po\t", ")\n"), "2", id="in a call"),
        pytest.param(("x:=input.po\t", "; x\n"), "8080", id="behind a colon"),
        pytest.param(
            ("internal.mem\t", "\n"),
            "var internal is unsafe",
            id="no builtin of the compiler's own",
        ),
    ],
)
def test_tab_completes_what_is_begun(keys: tuple[str, ...], answer: str, folder: Path) -> None:
    shown = typed(folder, *keys, until=f"\n{answer}" if answer == "2" else answer)
    assert answer in shown
    assert "internal.member" not in shown


def test_lines_are_kept_for_the_next_time_and_for_the_user_alone(folder: Path) -> None:
    typed(folder, "input.image.user.uid\n", until="\n0")
    history = folder / "state" / "policyengine" / "repl_history"
    assert "input.image.user.uid" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["-d", "gone.rego"], 2), (["-i", "gone.json"], 2), (["-d", "bad.rego"], 4)],
)
def test_what_cannot_be_loaded_ends_it_at_once(
    arguments: list[str], code: int, folder: Path
) -> None:
    (folder / "bad.rego").write_text("package a\n\np if {\n")
    done = subprocess.run(
        [*COMMAND[:4], *arguments],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (code, "")
