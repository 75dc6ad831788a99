"""Finding, running and ending the real programs that the tests run against."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
# Built tools, and the folders of daemons, which are not on everybody's PATH.
_FOLDERS = (str(_CACHE / "policyengine-tools" / "bin"), "/usr/sbin", "/sbin")
_READY_WITHIN = 60.0


def unavailable(reason: str) -> NoReturn:
    """Skip, saying why; where CI is set nothing may be missing, so fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; run tests/integration/setup.sh")
    pytest.skip(f"{reason}; tests/integration/setup.sh installs it as root")


def program(name: str) -> str:
    """Return the path of a program, or skip."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS]))
    if found is None:
        unavailable(f"{name} is not installed")
    return found


def run(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, text: str | None = None
) -> str:
    """Run a program to its end and return what it printed; fail with what it complained of."""
    command = [program(str(arguments[0])), *map(str, arguments[1:])]
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """A program that stays. ``log`` is what it writes."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, pattern: str) -> str:
        """Wait until the log matches ``pattern``; return its first group."""
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            written = self.log.read_text(errors="replace")
            if found := re.search(pattern, written):
                return found[1]
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{self.process.args!r} did not get ready:\n{written[-4000:]}")
            time.sleep(0.02)


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Daemon]:
    """Keep a program running; end it, by its own process, when the context is left."""
    arguments = [program(str(command[0])), *map(str, command[1:])]
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Daemon(process=process, log=log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
