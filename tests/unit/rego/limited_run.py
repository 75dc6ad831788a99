"""Evaluates ``data.a.p`` of a module in a process of its own, and prints how it ended.

The arguments are the module, the depth of the input's arrays, and ``policy``, ``engine`` or
``check``: by the command, where a rule gives a reason if there is a ``p``.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from policyengine.cli import main as command
from policyengine.errors import EvaluationError, EvaluationLimitExceeded, RegoEvaluationError
from policyengine.rego import Policy
from policyengine.rego.engine import EvaluationLimits, RuleQuery
from policyengine.rego.native import NativePolicy
from policyengine.rego.runtime.limits import Limits

SECONDS = 1.0
MEBIBYTES = 300
MEMORY = MEBIBYTES * 2**20

MANIFEST = {
    "revision": "1",
    "roots": ["a"],
    "metadata": {"policyengine": {"name": "a", "version": "1.0.0", "entrypoints": ["a"]}},
}
SETTINGS = f"[evaluation]\nseconds = {SECONDS}\nmemory_mib = {MEBIBYTES}\ncache = false\n"
RULE = '\ndeny contains "held" if _ = {p}\n'

evaluate = NativePolicy.evaluate


def used() -> tuple[float, int]:
    """The seconds of processor time, and the most KiB that there were in memory."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def by_policy(source: str, depth: int) -> dict[str, Any]:
    policy = Policy.compile({"a.rego": source})
    value: Any = 1
    for _ in range(depth):
        value = [value]
    limits = Limits(seconds=SECONDS, memory=MEMORY)
    return measured(lambda: policy.evaluate("data.a.p", input=value, limits=limits))


def by_engine(source: str, depth: int) -> dict[str, Any]:
    limits = EvaluationLimits(seconds=SECONDS, memory=MEMORY)
    row = source[: source.index("\np ")].count("\n") + 2
    query = RuleQuery(package=("a",), name="p", file="a.rego", row=row)
    document = b"[" * depth + b"]" * depth if depth else b"{}"
    policy = NativePolicy(Policy.compile({"a.rego": source}), limits)
    return measured(lambda: policy.evaluate(document, [query], now_ns=0))


def by_check(source: str, _depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def measuring(policy: NativePolicy, *given: Any, **named: Any) -> Any:
        error: list[EvaluationError] = []
        result: list[Any] = []

        def run() -> None:
            try:
                result.append(evaluate(policy, *given, **named))
            except EvaluationError as raised:
                error.append(raised)
                raise

        found.update(measured(run))
        if error:
            raise error[0]
        return result[0]

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("policyengine.toml").write_text(SETTINGS)
        Path("Dockerfile").write_text("FROM alpine:3.20\n")
        Path("bundle").mkdir()
        Path("bundle/.manifest").write_text(json.dumps(MANIFEST))
        # A rule that reads the whole document is not judged where any evidence is missing.
        readable = source.replace("[input]", "[input.environment]")
        Path("bundle/a.rego").write_text(readable + RULE)
        setattr(NativePolicy, evaluate.__name__, measuring)
        sys.argv[1:] = ["check", "--dockerfile", "Dockerfile", "-b", "bundle", "--environment", "a"]
        sys.argv += ["--format", "json", "--output", "result.json"]
        try:
            command()
        except SystemExit as ended:
            found["exit_code"] = ended.code
        found["verdict"] = json.loads(Path("result.json").read_text())["verdicts"][0]
        os.chdir("/")
    return found


def measured(run: Any) -> dict[str, Any]:
    """How the evaluation ended, what it took of the processor, and what memory grew by at most."""
    found: dict[str, Any] = {"limit": None}
    seconds, memory = used()
    try:
        run()
    except EvaluationLimitExceeded as error:
        found = {"limit": error.limit, "where": error.where, "what": error.what}
    except RegoEvaluationError as error:
        # A builtin function that fails is an error where it decides.
        found = {"limit": None, "failed": error.code}
    after, most = used()
    return {**found, "seconds": after - seconds, "grown_mib": (most - memory) // 1024}


WAYS = {"policy": by_policy, "engine": by_engine, "check": by_check}


def main(source: str, depth: str, through: str) -> None:
    sys.stdout.write(json.dumps(WAYS[through](source, int(depth))))


if __name__ == "__main__":
    main(*sys.argv[1:])
