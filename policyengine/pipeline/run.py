"""Run one step of a plan."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from policyengine.errors import StepFailed
from policyengine.pipeline.plan import Step

_SHOWN = 4000  # characters of what a program complained of


def run_step(step: Step, *, seconds: float) -> None:
    """Run ``step`` to its end. What it prints goes to standard error, but for its result.

    Raises StepFailed where it cannot be run, ends with another code than 0, takes longer, or does
    not leave the file that it is run for. A half-written file is removed.
    """
    written = None if step.writes is None else Path(step.writes)
    if written is not None:
        # A file of an earlier run must not stand in for one that this run does not write.
        written.unlink(missing_ok=True)
    try:
        done = subprocess.run(  # noqa: S603 # the words are a list; no shell reads them
            step.words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if step.stdout else 2,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=False,
        )
    except OSError as error:
        raise _failed(step, f"cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise _failed(step, f"took longer than {seconds:g} seconds") from None
    complaint = done.stderr.decode(errors="replace")
    os.write(2, done.stderr)
    if done.returncode:
        last = " ".join(complaint[-_SHOWN:].split()[-40:])
        raise _failed(step, f"ended with {done.returncode}: {last}")
    if written is not None:
        if step.stdout:
            written.write_bytes(done.stdout)
        if not written.is_file() or not written.stat().st_size:
            written.unlink(missing_ok=True)
            raise _failed(step, f"left no {step.writes}")


def _failed(step: Step, what: str) -> StepFailed:
    return StepFailed(f"the step {step.name} failed: {what}", where=shlex.join(step.words))
