"""What an evaluator says of one program, in a form in which two answers compare."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policyengine.errors import EvaluationLimitExceeded, RegoCompileError, RegoEvaluationError
from policyengine.rego import Policy
from policyengine.rego.runtime.json_values import from_json
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.printing import marshal

_READY_WITHIN: Final = 20.0
_TIMEOUT: Final = 60.0
_TOOLS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "policyengine-tools/bin")
_LIMITS: Final = Limits(seconds=20)
# OPA takes ``.5`` and what ``to_number`` makes of such texts, and fails where it is to be printed.
_UNPRINTABLE: Final = "invalid number literal"

DATA: Final[dict[str, Any]] = {
    "base": {
        "x": "held",
        "list": [3, 1, 2, {"a": 1}],
        "nested": {"a": {"b": [True, None]}, "0": "zero"},
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``kind`` is ``refused`` (with codes), ``error`` (with a code) or ``value`` (with JSON).

    Also ``crash``, for what this engine must never do, and ``panic``, where OPA does it or has
    an answer that it cannot print.

    ``value`` has the whole package, undefined rules left out; numbers are their texts.
    """

    kind: str
    codes: tuple[str, ...] = ()
    value: Any = None

    def __str__(self) -> str:
        return f"{self.kind} {' '.join(self.codes)}{json.dumps(self.value, ensure_ascii=False)}"


def find_opa() -> Path | None:
    """The program, on the user's path or where ``tests/integration/setup.sh`` puts it."""
    found = shutil.which("opa", path=os.pathsep.join([os.environ.get("PATH", ""), str(_TOOLS)]))
    return None if found is None else Path(found)


def ours(source: str, document: dict[str, object], *, strict: bool) -> Answer:
    """This engine's answer for ``data.t``. What is no answer at all is ``crash``."""
    try:
        return _ours(source, document, strict=strict)
    except Exception as error:  # noqa: BLE001 # any is a find, and the search goes on
        return Answer(kind="crash", codes=(repr(error),))


def _ours(source: str, document: dict[str, object], *, strict: bool) -> Answer:
    try:
        policy = Policy.compile({"t": source}, data=DATA)
    except RegoCompileError as error:
        return Answer(kind="refused", codes=tuple(sorted({each.code for each in error.errors})))
    try:
        found = policy.solutions(
            "result := data.t",
            input=from_json(json.dumps(document)),
            now_ns=0,
            strict_builtin_errors=strict,
            limits=_LIMITS,
        )
    except RegoEvaluationError as error:
        return Answer(kind="error", codes=(error.code,))
    except EvaluationLimitExceeded as error:
        return Answer(kind="error", codes=(str(error),))
    return Answer(kind="value", value=_texts(marshal(found[0]["result"])) if found else None)


def _texts(text: str) -> Any:
    """JSON whose numbers are their texts: ``1.0`` and ``1`` are to differ."""
    return json.loads(text, parse_int=_number, parse_float=_number)


def _number(text: str) -> dict[str, str]:
    return {"number": text}


class Opa:
    """An ``opa run --server`` on a loopback port."""

    def __init__(self, port: int, program: Path) -> None:
        self._program = program
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)

    def close(self) -> None:
        self._connection.close()

    def answer(self, source: str, document: dict[str, object], *, strict: bool) -> Answer:
        """OPA's answer for ``data.t``; ``panic`` where OPA itself failed and has none."""
        try:
            return self._answer(source, document, strict=strict)
        except (http.client.RemoteDisconnected, TimeoutError, ConnectionError):
            self._connection.close()
            return Answer(kind="panic")

    def _answer(self, source: str, document: dict[str, object], *, strict: bool) -> Answer:
        status, body = self._ask("PUT", "/v1/policies/t", source.encode())
        if status != http.client.OK:
            refusal = json.loads(body)
            codes = {each["code"] for each in refusal.get("errors") or [refusal]}
            if codes == {"invalid_parameter"}:
                # What the server says of a module without a package; the parser's code is this.
                codes = {"rego_parse_error"}
            return Answer(kind="refused", codes=tuple(sorted(codes)))
        status, body = self._ask(
            "POST",
            f"/v1/data/t?strict-builtin-errors={'true' if strict else 'false'}",
            json.dumps({"input": document}).encode(),
        )
        if status != http.client.OK:
            answer = json.loads(body)
            if _UNPRINTABLE in answer.get("message", ""):
                return Answer(kind="panic")
            # Without a list of errors it is one that ended the request: a builtin's panic.
            codes = {each["code"] for each in answer.get("errors") or [answer]}
            return Answer(kind="error", codes=tuple(sorted(codes)))
        return Answer(kind="value", value=_texts(body.decode()).get("result"))

    def alone(
        self, source: str, document: dict[str, object], *, strict: bool, indexing: bool = True
    ) -> Answer:
        """The answer of a process of its own.

        Without ``indexing``: without OPA's index of rules, which skips those that cannot hold. The
        checks of a server that was asked for thousands of modules now and then differ from those of
        ``opa check``.
        """
        with tempfile.TemporaryDirectory() as folder:
            files = {"t.rego": source, "data.json": json.dumps(DATA), "in": json.dumps(document)}
            for name, text in files.items():
                Path(folder, name).write_text(text)
            command = [str(self._program), "eval", "--format=json"]
            command += [] if indexing else ["--disable-indexing"]
            command += ["--strict-builtin-errors"] if strict else []
            command += ["-d", "t.rego", "-d", "data.json", "-i", "in", "data.t"]
            ended = subprocess.run(
                command, cwd=folder, capture_output=True, check=False, timeout=_TIMEOUT
            )
        try:
            found = _texts(ended.stdout.decode())
        except json.JSONDecodeError:
            return Answer(kind="panic")
        if any(_UNPRINTABLE in each.get("message", "") for each in found.get("errors", ())):
            return Answer(kind="panic")
        if found.get("errors"):
            codes = {each.get("code", "rego_parse_error") for each in found["errors"]}
            refused = any(code.startswith("rego_") for code in codes)
            return Answer(kind="refused" if refused else "error", codes=tuple(sorted(codes)))
        results = found.get("result")
        value = results[0]["expressions"][0]["value"] if results else None
        return Answer(kind="value", value=value)

    def put_data(self) -> None:
        """Give it the base documents."""
        for name, value in DATA.items():
            self._ask("PUT", f"/v1/data/{name}", json.dumps(value).encode())

    def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        self._connection.request(method, path, body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        found = response.read()
        return (200 if response.status < 300 else response.status), found


@contextmanager
def opa_server(program: Path) -> Iterator[Opa]:
    """Start OPA, and end it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(program), "run", "--server", f"--addr=127.0.0.1:{port}", "--log-level=error"]
    process = subprocess.Popen(
        [*command, "--disable-telemetry"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        opa = Opa(port, program)
        opa.put_data()
        yield opa
        opa.close()
    finally:
        process.terminate()
        process.wait(timeout=_READY_WITHIN)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"opa did not listen on port {port}; it ended with {process.poll()}")
