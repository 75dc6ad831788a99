"""The Rego engine beside Python by hand, OPA, regopy, conftest and ``opa exec``.

The rules are in ``rego_rules/``. Every side answers for the same input, and what it answers is
compared with this engine's before anything is timed. What is not installed is left out, and said.
"""

from __future__ import annotations

import gc
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import rego_by_hand
from benchmarks.many_rules import alike, different
from benchmarks.measure import installed, run_installed
from benchmarks.rego_inputs import PARAMETERS, document, with_packages
from policyengine.rego import Policy

_RULES: Final = Path(__file__).with_name("rego_rules")
_DENY: Final = "data.docker.image.deny"
_RECORDS: Final = (0, 200, 2_000, 10_000)
_FILES: Final = 1_000
_FILE_RECORDS: Final = 122
_SECONDS: Final = 1.0
_COMPILE_SECONDS: Final = 5.0
_DATA: Final = {"parameters": PARAMETERS}
# regopy takes minutes for larger inputs.
_REGOPY_RECORDS: Final = 200
_REGOPY: Final = """
import json, sys, time
from regopy import Interpreter
rules, data, given = (open(name).read() for name in sys.argv[1:])
engine = Interpreter()
given = json.loads(given)
engine.add_module("image", rules)
engine.add_data_json(data)
times = []
for _ in range(3):
    start = time.perf_counter()
    engine.set_input(given)
    engine.query("data.docker.image.deny")
    times.append(time.perf_counter() - start)
print(min(times))
"""
_OURS: Final = """
import sys
from pathlib import Path
import orjson
from policyengine.rego import Policy
rules, data, *files = sys.argv[1:]
given = orjson.loads(Path(data).read_bytes())
policy = Policy.compile({"image.rego": Path(rules).read_text()}, data=given)
reasons = 0
for name in files:
    given = orjson.loads(Path(name).read_bytes())
    reasons += len(policy.evaluate("data.docker.image.deny", input=given, now_ns=0))
print(reasons)
"""


def main() -> None:
    """Measure, and print a line each."""
    with tempfile.TemporaryDirectory() as folder:
        _image_rules(Path(folder))
        _shapes(Path(folder))
        _many_files(Path(folder))
    _many_rules()


def _image_rules(folder: Path) -> None:
    rules = _RULES / "image.rego"
    policy = Policy.compile({"image.rego": rules.read_text()}, data=_DATA)
    data = _written(folder / "data.json", _DATA)
    for records in _RECORDS:
        given = document(records)
        wanted = rego_by_hand.deny(given, PARAMETERS)
        found = policy.evaluate(_DENY, input=given, now_ns=0)
        if found != wanted:
            raise ValueError(f"{records} records: Rego and Python by hand differ")
        path = _written(folder / "input.json", given)
        evaluate = partial(policy.evaluate, _DENY, input=given, now_ns=0)
        ours, hand = _in_turn(evaluate, partial(rego_by_hand.deny, given, PARAMETERS))
        name = f"image rules, {records} records"
        _line(name, "by hand", ours, hand, 2.0)
        ours = _seconds(evaluate)
        _line(name, "opa", ours, _opa(_DENY, rules, data, path), 0.25 if records else 1.0)
        if 0 < records <= _REGOPY_RECORDS:
            _line(name, "regopy", ours, _regopy(rules, data, path), 0.01)


def _shapes(folder: Path) -> None:
    data = _written(folder / "data.json", _DATA)
    given = with_packages(2_000)
    path = _written(folder / "input.json", given)
    for rules in sorted(_RULES.glob("*.rego")):
        if rules.stem == "image":
            continue
        query = f"data.shapes.{rules.stem}.result"
        policy = Policy.compile({rules.name: rules.read_text()}, data=_DATA)
        _compare(policy, query, given, ["-d", str(rules), "-d", str(data), "-i", str(path)])
        ours = _seconds(partial(policy.evaluate, query, input=given))
        _line(f"{rules.stem}, 2000 records", "opa", ours, _opa(query, rules, data, path), 1.0)
    _join()


def _join() -> None:
    """How the time of a join grows, beside that of a join by hand over the same documents."""
    policy = Policy.compile({"joins.rego": (_RULES / "joins.rego").read_text()}, data=_DATA)
    times: list[list[float]] = []
    for records in (2_500, 10_000):
        given = with_packages(records)
        evaluate = partial(policy.evaluate, "data.shapes.joins.result", input=given)
        if [tuple(pair) for pair in evaluate()] != rego_by_hand.joins(given):
            raise ValueError("joins: Rego and Python by hand differ")
        times.append(_in_turn(evaluate, partial(rego_by_hand.joins, given)))
    _line("join of 10000 by 10000", "2500 by 2500", times[1][0], times[0][0], 4 * 1.5)
    ours, hand = (more / less for less, more in zip(*times, strict=True))
    print(
        f"{'join, 10000 over 2500 records':<30} {'by hand':<14} {ours:10.2f} x   theirs "
        f"{hand:10.2f} x   "
        f"{ours / hand:7.4f} x  wanted <= 1.25 x: {_met(ours / hand <= 1.25)}"
    )


def _compare(policy: Policy, query: str, given: dict[str, Any], files: list[str]) -> None:
    opa = installed("opa")
    if opa is None:
        return
    command = [opa, "eval", *files, "-f", "values", query]
    answer = subprocess.run(command, check=True, capture_output=True)
    if json.loads(answer.stdout)[0] != policy.evaluate(query, input=given):
        raise ValueError(f"{query}: OPA and this engine differ")


def _many_files(folder: Path) -> None:
    policies = folder / "policy"
    policies.mkdir()
    rules = policies / "image.rego"
    shutil.copy(_RULES / "image.rego", rules)
    data = _written(folder / "data.json", _DATA)
    files = [
        str(_written(folder / f"input{number:04}.json", document(_FILE_RECORDS)))
        for number in range(_FILES)
    ]
    kilobytes = Path(files[0]).stat().st_size / 1000
    command = [sys.executable, "-c", _OURS, str(rules), str(data), *files]
    run_installed(*command, compiled=folder / "compiled")
    ours = _wall(partial(run_installed, *command, compiled=folder / "compiled"))
    name = f"{_FILES} files of {kilobytes:.0f} KB"
    conftest = installed("conftest")
    command = ["test", "--namespace=docker.image", f"--policy={policies}", f"--data={data}"]
    command += ["--no-fail", "--output=json", *files]
    theirs = None if conftest is None else _wall(partial(_run, conftest, *command))
    _line(name, "conftest test", ours, theirs, 0.2)
    opa = installed("opa")
    command = ["exec", "--decision=docker/image/deny", f"--bundle={_bundle(folder, rules)}", *files]
    theirs = None if opa is None else _wall(partial(_run, opa, *command))
    _line(name, "opa exec", ours, theirs, 0.2)


def _bundle(folder: Path, rules: Path) -> Path:
    bundle = folder / "bundle"
    bundle.mkdir()
    shutil.copy(rules, bundle)
    _written(bundle / "data.json", _DATA)
    return bundle


def _many_rules() -> None:
    name = "compiling 10000 rules"
    less, more = (_compile_seconds(alike(count)) for count in (2_500, 10_000))
    print(f"{name:<44} {more:9.2f} s   wanted <= 5 s: {_met(more <= _COMPILE_SECONDS)}")
    _line(name, "2500 rules", more, less, 4 * 1.5)
    # They have twice the expressions, and each of their kinds is one more work for Python.
    name = "10000 different rules"
    less, more = (_compile_seconds(different(count)) for count in (2_500, 10_000))
    print(f"{name:<44} {more:9.2f} s")
    _line(name, "2500 rules", more, less, 4 * 1.5)


def _compile_seconds(source: str) -> float:
    start = time.process_time()
    Policy.compile({"many.rego": source})
    return time.process_time() - start


# ---- taking times ----------------------------------------------------------------------------


def _in_turn(
    *sides: Callable[[], object], clock: Callable[[], float] = time.process_time
) -> list[float]:
    """The median seconds of each side, run in turn for a second each.

    Both are in this process, so that its processor time compares them whatever else runs.
    """
    times: list[list[float]] = [[] for _ in sides]
    deadline = time.perf_counter() + _SECONDS * len(sides)
    for side in sides:
        side()
    gc.collect()
    while time.perf_counter() < deadline:
        for side, taken in zip(sides, times, strict=True):
            start = clock()
            side()
            taken.append(clock() - start)
    return [statistics.median(taken) for taken in times]


def _seconds(side: Callable[[], object]) -> float:
    """The median wall seconds, as another process has of itself."""
    return _in_turn(side, clock=time.perf_counter)[0]


def _opa(query: str, rules: Path, data: Path, given: Path) -> float | None:
    """Seconds of a prepared query over a parsed input, by ``opa bench``."""
    opa = installed("opa")
    if opa is None:
        return None
    files = ["-d", str(rules), "-d", str(data), "-i", str(given)]
    command = [opa, "bench", *files, "--benchmem=false", "--metrics=false", "-f", "json", query]
    answer = subprocess.run(command, check=True, capture_output=True)
    result = json.loads(answer.stdout)
    return float(result["T"]) / float(result["N"]) / 1e9


def _regopy(rules: Path, data: Path, given: Path) -> float | None:
    command = [sys.executable, "-c", _REGOPY, str(rules), str(data), str(given)]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=300, check=True, text=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return float(answer.stdout.splitlines()[-1])


def _wall(run: Callable[[], object]) -> float:
    """The least wall seconds of three runs of a process."""
    times: list[float] = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def conftest_program() -> str | None:
    """Return the path of conftest, where it is installed."""
    return installed("conftest")


def _written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def _line(name: str, other: str, ours: float, theirs: float | None, wanted: float) -> None:
    if theirs is None:
        print(f"{name:<30} {other:<14} not installed, or no answer")
        return
    ratio = ours / theirs
    print(
        f"{name:<30} {other:<14} {ours * 1e3:10.3f} ms  theirs {theirs * 1e3:10.3f} ms  "
        f"{ratio:7.4f} x  wanted <= {wanted:g} x: {_met(ratio <= wanted)}",
        flush=True,
    )


def _met(met: bool) -> str:  # one word for it
    return "met" if met else "NOT MET"
