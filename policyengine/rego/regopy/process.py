"""The parent's side of the worker process."""

from __future__ import annotations

import json
import os
import resource
import selectors
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from policyengine.errors import EngineFailed, EvaluationLimitExceeded
from policyengine.rego.engine import EvaluationLimits

_WORKER = Path(__file__).with_name("worker.py")
_WATCH = 0.05  # seconds between two looks at the worker's memory
_DYING = 5.0  # seconds for a process that stopped answering to end by itself
_PAGE = resource.getpagesize()
_ANSWER_BYTES = 256 * 1024 * 1024


class Worker:
    """One worker process, started at the first request."""

    def __init__(self, setup: dict[str, Any], limits: EvaluationLimits) -> None:
        self._setup = setup
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: Any = None

    def ask(self, request: dict[str, Any]) -> Any:
        """Return the worker's answer.

        Raises EvaluationLimitExceeded when it takes too long, EngineFailed when it dies. In both
        cases the process is ended, and a new one serves the next request.
        """
        deadline = time.monotonic() + self._limits.seconds
        try:
            lines = [request] if self._process else [self._setup, request]
            process = self._process or self._start()
            text = "".join(json.dumps(line) + "\n" for line in lines)
            self._write(process, text.encode(), deadline)
            line = self._read_line(process, deadline)
        except (BrokenPipeError, EOFError):
            reason = self._epitaph()
            self.close()
            raise EngineFailed(
                "regopy crashed during the evaluation", found=reason, hint="see docs/engines.md"
            ) from None
        except MemoryError:
            self.close()
            raise EvaluationLimitExceeded(
                "the evaluation took too much memory",
                limit="memory",
                expected=f"at most {self._limits.memory // 1024**2} MiB",
                hint="evaluation.memory_mib in the settings raises the limit",
            ) from None
        except TimeoutError:
            self.close()
            raise EvaluationLimitExceeded(
                "the evaluation took too long",
                limit="deadline",
                expected=f"at most {self._limits.seconds:g} seconds",
                hint="evaluation.seconds in the settings raises the limit",
            ) from None
        try:
            return json.loads(line)
        except ValueError:
            self.close()
            raise EngineFailed(
                "the process of regopy gave an answer that is no JSON",
                found=line[:100].decode("utf-8", "backslashreplace").strip(),
            ) from None

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None

    def _start(self) -> subprocess.Popen[bytes]:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        # -I: neither the environment nor the working directory decides what is imported.
        self._process = subprocess.Popen(  # noqa: S603  # our own file, no shell
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={},
            cwd="/",
            close_fds=True,
        )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        return self._process

    def _write(self, process: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
        # A pipe holds less than a document: one that nobody reads must not hold up the parent.
        assert process.stdin is not None
        descriptor = process.stdin.fileno()
        rest = memoryview(data)
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_WRITE)
            while rest:
                if self._is_ready(selector, process, deadline):
                    with suppress(BlockingIOError):
                        rest = rest[os.write(descriptor, rest) :]

    def _read_line(self, process: subprocess.Popen[bytes], deadline: float) -> bytes:
        assert process.stdout is not None
        parts: list[bytes] = []
        count = 0
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not parts or not parts[-1].endswith(b"\n"):
                if not self._is_ready(selector, process, deadline):
                    continue
                chunk = os.read(process.stdout.fileno(), 1024 * 1024)
                if not chunk:
                    raise EOFError
                count += len(chunk)
                if count > _ANSWER_BYTES:
                    raise EOFError
                parts.append(chunk)
        return b"".join(parts)

    def _is_ready(
        self, selector: selectors.BaseSelector, process: subprocess.Popen[bytes], deadline: float
    ) -> bool:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        if selector.select(min(remaining, _WATCH)):
            return True
        self._check_memory(process)
        return False

    def _check_memory(self, process: subprocess.Popen[bytes]) -> None:
        # The library reserves a quarter of a terabyte of addresses when it starts, so no limit on
        # addresses can be set; what it really holds is watched instead.
        try:
            pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return
        if pages * _PAGE > self._limits.memory:
            raise MemoryError

    def _epitaph(self) -> str:
        process = self._process
        code = None
        if process is not None:
            try:
                code = process.wait(_DYING)
            except subprocess.TimeoutExpired:
                # It lives, and answers no more or without an end.
                process.kill()
                code = process.wait()
        self._stderr.seek(0)
        said = self._stderr.read()[-400:].decode("utf-8", "replace").strip().splitlines()
        last = said[-1] if said else ""
        state = f"signal {-code}" if code is not None and code < 0 else f"exit {code}"
        return f"{state}: {last}" if last else state
