"""The process that regopy runs in: however it fails, that is an error and never an answer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import EngineFailed, EvaluationError, EvaluationLimitExceeded
from policyengine.rego.engine import EvaluationLimits
from policyengine.rego.regopy import process
from policyengine.rego.regopy.process import Worker

LIMITS = EvaluationLimits(seconds=20)
READ = "import json, os, sys\nsetup = sys.stdin.readline()\n"
FOREVER = "import time\nwhile True: time.sleep(60)\n"


@contextmanager
def worker(
    script: str,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    limits: EvaluationLimits = LIMITS,
) -> Iterator[Worker]:
    """A worker that runs ``script`` in the place of the real one."""
    path = folder / "worker.py"
    path.write_text(script)
    monkeypatch.setattr(process, "_WORKER", path)
    with closing(Worker({"modules": {}}, limits)) as made:
        yield made


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("raise SystemExit(7)", "exit 7"),
        (READ + "sys.stdin.readline(); sys.exit(0)", "exit 0"),
        (READ + "sys.stdin.readline(); os.kill(os.getpid(), 11)", "signal 11"),
        (READ + "sys.stdin.readline(); os.abort()", "signal 6"),
        (READ + "sys.stdin.readline(); os.kill(os.getpid(), 9)", "signal 9"),
        (READ + "sys.stdin.readline(); raise ValueError('no such thing')", "no such thing"),
        (READ + "sys.stdin.readline(); print('{\"answer\"', end='', flush=True)", "exit 0"),
        (READ + "sys.stdin.readline(); sys.stdout.write('1'); sys.stdout.flush()", "exit 0"),
        ("import nothing_of_that_name", "No module named"),
        ("def", "SyntaxError"),
    ],
)
def test_a_process_that_dies_is_an_error(
    script: str, found: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with worker(script, monkeypatch, tmp_path) as asked:
        with pytest.raises(EngineFailed, match="crashed") as caught:
            asked.ask({"query": "1"})
        assert found in str(caught.value)


@pytest.mark.parametrize("line", ["", "{", "undefined", "[1,", "b'1'", "\\x00", "\\xff\\xfe"])
def test_an_answer_that_is_no_json_is_an_error(
    line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = READ + f"sys.stdin.readline(); os.write(1, b{line + chr(92) + 'n'!r})\n" + FOREVER
    script = script.replace("\\\\", "\\")
    with worker(script, monkeypatch, tmp_path) as asked, pytest.raises(EngineFailed, match="JSON"):
        asked.ask({"query": "1"})


@pytest.mark.parametrize(
    "script",
    [
        FOREVER,
        READ + FOREVER,
        READ + "sys.stdin.readline()\n" + FOREVER,
        READ + "os.write(1, b'{')\n" + FOREVER,
        READ + "while True: os.write(1, b' ' * 10)\n",
        READ + "while True: pass\n",
    ],
)
def test_a_process_that_takes_too_long_is_ended(
    script: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limits = EvaluationLimits(seconds=0.4)
    with worker(f"{script}", monkeypatch, tmp_path, limits) as asked:
        with pytest.raises(EvaluationLimitExceeded, match=r"at most 0\.4 seconds"):
            asked.ask({"query": "1"})
        assert asked._process is None


@pytest.mark.parametrize("script", [FOREVER, READ + FOREVER, READ + "os.read(0, 9)\n" + FOREVER])
def test_a_document_that_nobody_reads_does_not_hold_up_the_run(
    script: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limits = EvaluationLimits(seconds=0.4)
    with (
        worker(script, monkeypatch, tmp_path, limits) as asked,
        pytest.raises(EvaluationLimitExceeded),
    ):
        asked.ask({"input": "x" * 5_000_000})


def test_a_process_that_dies_while_it_is_written_to_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = READ + "os.read(0, 9); os.abort()"
    with (
        worker(script, monkeypatch, tmp_path) as asked,
        pytest.raises(EngineFailed, match="signal 6"),
    ):
        asked.ask({"input": "x" * 5_000_000})


def test_a_large_document_arrives_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = READ + "for line in sys.stdin: print(line, end='', flush=True)"
    given = {"input": "größe" * 1_000_000}
    with worker(script, monkeypatch, tmp_path) as asked:
        assert asked.ask(given) == given
        assert asked.ask(given) == given


def test_a_process_that_takes_too_much_memory_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = READ + "held = b'x' * (200 * 1024 * 1024)\n" + FOREVER
    limits = EvaluationLimits(seconds=20, memory=100 * 1024 * 1024)
    with (
        worker(script, monkeypatch, tmp_path, limits) as asked,
        pytest.raises(EvaluationLimitExceeded, match="at most 100 MiB"),
    ):
        asked.ask({"query": "1"})


def test_an_answer_without_an_end_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process, "_ANSWER_BYTES", 1024)
    monkeypatch.setattr(process, "_DYING", 0.1)
    script = READ + "sys.stdin.readline(); os.write(1, b'x' * 4096)\n" + FOREVER
    with worker(script, monkeypatch, tmp_path) as asked, pytest.raises(EngineFailed):
        asked.ask({"query": "1"})


def test_a_process_that_closes_its_output_and_lives_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process, "_DYING", 0.1)
    script = READ + "sys.stdin.readline(); os.close(1)\n" + FOREVER
    with worker(script, monkeypatch, tmp_path) as asked, pytest.raises(EngineFailed):
        asked.ask({"query": "1"})


def test_after_a_failure_a_new_process_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flag = tmp_path / "failed"
    script = READ + (
        "for line in sys.stdin:\n"
        f"    if not os.path.exists({str(flag)!r}):\n"
        f"        open({str(flag)!r}, 'w').close(); os.abort()\n"
        "    print(line, end='', flush=True)\n"
    )
    with worker(script, monkeypatch, tmp_path) as asked:
        with pytest.raises(EngineFailed):
            asked.ask({"query": "1"})
        assert asked.ask({"query": "2"}) == {"query": "2"}


TELL = READ + (
    "sys.stdin.readline()\n"
    "print(json.dumps({'environment': dict(os.environ), 'folder': os.getcwd(),\n"
    "    'path': sys.path, 'isolated': sys.flags.isolated,\n"
    "    'open': sorted(os.listdir('/proc/self/fd'))}), flush=True)\n"
)


def told(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
    with worker(TELL, monkeypatch, folder) as asked:
        return asked.ask({"query": "1"})


def test_the_process_has_no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REGISTRY_PASSWORD", "swordfish")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = told(monkeypatch, tmp_path)
    # The interpreter itself may set the encoding of a process without any.
    assert set(found["environment"]) <= {"LC_CTYPE"}
    assert "swordfish" not in json.dumps(found)


def test_what_the_process_imports_is_not_decided_by_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    found = told(monkeypatch, tmp_path)
    assert found["folder"] == "/"
    assert found["isolated"] == 1
    assert str(tmp_path) not in found["path"]


def test_the_process_has_none_of_the_files_that_are_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "secret").open("w") as stream:
        os.set_inheritable(stream.fileno(), True)
        found = told(monkeypatch, tmp_path)
    # Its own three, and the listing itself.
    assert len(found["open"]) == 4


def test_what_the_library_prints_is_no_answer() -> None:
    """The real process: its standard output is not where answers go."""
    source = 'package a\n\nx if { print("{\\"echo\\": 1}") }\n'
    with closing(Worker({"modules": {"a.rego": source}, "data": "{}"}, LIMITS)) as asked:
        answer = asked.ask({"input": "{}", "query": "x := data.a.x"})
    assert answer.keys() <= {"echo", "answer", "error"}
    assert answer != {"echo": 1}


@pytest.mark.parametrize("request_", [{}, {"input": "{}"}, {"query": "1"}, [], None, 1, "x"])
def test_a_request_that_the_process_does_not_know_is_an_error(request_: Any) -> None:
    with closing(Worker({"modules": {}, "data": "{}"}, LIMITS)) as asked:
        try:
            answer = asked.ask(request_)
        except EvaluationError:
            return
        assert "error" in answer
