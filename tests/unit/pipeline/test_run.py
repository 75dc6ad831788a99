"""Steps as they are run: what each leaves, and what is said where one fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from policyengine.errors import StepFailed
from policyengine.pipeline import Step, run_step


def python(text: str, *, writes: Path | None = None, stdout: bool = False) -> Step:
    return Step(
        name="step",
        words=(sys.executable, "-c", text),
        writes=None if writes is None else str(writes),
        stdout=stdout,
    )


def test_what_a_program_prints_becomes_its_file(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    run_step(python("print('{}')", writes=out, stdout=True), seconds=60)
    assert out.read_text() == "{}\n"


def test_what_a_program_prints_beside_its_file_is_seen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run_step(python(f"print('hello'); open({str(out)!r}, 'w').write('x')", writes=out), seconds=60)
    assert capfd.readouterr() == ("", "hello\n")


FAILURES = [
    pytest.param("import sys; sys.exit('no such base')", "ended with 1: no such base", id="fails"),
    pytest.param("pass", "left no", id="writes nothing"),
    pytest.param("import os; os.kill(os.getpid(), 9)", "ended with -9", id="is killed"),
    pytest.param("import time; time.sleep(60)", "took longer than 1 seconds", id="hangs"),
]


@pytest.mark.parametrize(("text", "said"), FAILURES)
def test_a_step_that_fails_says_how_and_leaves_no_file(
    text: str, said: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.write_text("of an earlier run")
    with pytest.raises(StepFailed, match=said) as caught:
        run_step(python(text, writes=out, stdout=True), seconds=1)
    assert caught.value.exit_code == 3
    assert not out.exists()


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(StepFailed, match="cannot be run: No such file"):
        run_step(Step(name="scan", words=("/nowhere/trivy", "image")), seconds=1)
