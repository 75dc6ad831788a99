"""An evaluation that is interrupted ends with its limit, wherever the interruption arrives."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego import Policy
from policyengine.rego.guard import Guarded
from policyengine.rego.runtime import watch
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.watch import Interrupted, Watched
from policyengine.rego.syntax.stack import evaluation_frames

DEEP = Path(__file__).with_name("deep_threads.py")

POLICY = Policy.compile({"a.rego": "package a\n\np contains x if some x in [1, 2]\n"})

# Every way to evaluate that is held to limits.
WAYS: list[Any] = [
    pytest.param(lambda: POLICY.evaluate("data.a.p"), id="evaluate"),
    pytest.param(lambda: POLICY.query("data.a.p = x"), id="query"),
    pytest.param(lambda: POLICY.evaluate_rules("data.a", ["p"]), id="evaluate_rules"),
]


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    assert list(watch._watched) == []
    assert watch._lock.acquire(timeout=10)
    watch._lock.release()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("arrived", [Interrupted, KeyboardInterrupt])
def test_what_arrives_as_the_end_begins_ends_the_evaluation_all_the_same(
    way: Callable[[], Any], arrived: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise arrived

    assert way() is not None
    monkeypatch.setattr(Guarded, "__exit__", interrupted)
    wanted = EvaluationLimitExceeded if arrived is Interrupted else arrived
    with pytest.raises(wanted):
        way()
    assert list(watch._watched) == []


@pytest.mark.parametrize("way", WAYS)
def test_what_arrives_in_the_middle_of_the_end_is_the_deadline(
    way: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    end, arrives = Guarded.end, [Interrupted()]

    def interrupted(guard: Guarded) -> None:
        if arrives:
            raise arrives.pop()
        end(guard)

    assert way() is not None
    monkeypatch.setattr(Guarded, "end", interrupted)
    with pytest.raises(EvaluationLimitExceeded) as caught:
        way()
    assert caught.value.limit == "deadline"


def test_what_arrives_while_another_evaluation_begins_leaves_no_lock_behind() -> None:
    arrived: list[BaseException] = []
    begins = threading.Event()

    def run() -> None:
        begins.set()
        try:
            with Watched(Limits(depth=77)):
                while True:
                    time.sleep(0.001)
        except Interrupted as error:
            arrived.append(error)

    for _ in range(20):
        begins.clear()
        with watch._lock:
            thread = threading.Thread(target=run)
            thread.start()
            begins.wait(10)
            # By now it is among the watched, and waits for the lock.
            end = time.monotonic() + 10
            while not watch._watched and time.monotonic() < end:
                time.sleep(0.001)
            time.sleep(0.005)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Interrupted)
            )
        thread.join(10)
        assert watch._lock.acquire(timeout=10)
        watch._lock.release()
    assert len(arrived) == 20


def busy(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_an_evaluation_within_another_ends_with_the_deadline_of_that() -> None:
    outer, inner = Watched(Limits(seconds=0)), Watched(Limits(seconds=60))

    def run() -> None:
        with outer:
            with pytest.raises(Interrupted), inner:
                busy(30)
            assert (inner.reason, outer.reason) == ("deadline", None)
            busy(30)

    with pytest.raises(Interrupted):
        run()
    assert outer.reason == "deadline"


def test_an_interruption_that_was_lost_comes_again() -> None:
    def run() -> None:
        with Watched(Limits(seconds=0)):
            # So it is where a collected object's finaliser runs, whose errors Python passes over.
            with pytest.raises(Interrupted):
                busy(30)
            busy(30)

    with pytest.raises(Interrupted):
        run()


def test_threads_with_limits_of_depth_of_their_own_do_not_disturb_each_other() -> None:
    rules = "\n".join(f"r{i} := r{i - 1}" for i in range(1, 400))
    policy = Policy.compile({"a.rego": f"package a\nr0 := 1\n{rules}"})
    before = sys.getrecursionlimit()
    found: list[Any] = []

    def run(depth: int) -> None:
        for _ in range(40):
            try:
                found.append(policy.evaluate("data.a.r399", limits=Limits(depth=depth)))
            except BaseException as error:  # noqa: BLE001 # whatever it is fails the test
                found.append(error)

    threads = [threading.Thread(target=run, args=(1500 + 37 * i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 480
    with evaluation_frames(1):
        pass
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("taken_back_by", ["evaluation", "reader"])
def test_python_s_limit_is_not_taken_back_below_a_thread_that_is_deep(taken_back_by: str) -> None:
    run = subprocess.run(
        [sys.executable, str(DEEP), taken_back_by],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "handled\ntaken back\n"), run.stderr[-2000:]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_an_evaluation_that_forks_is_watched_in_both_processes() -> None:
    reading, writing = os.pipe()
    child = -1
    reason: str | None = None
    watched = Watched(Limits(seconds=0.5))
    try:
        with watched:
            child = os.fork()
            busy(30)
    except Interrupted:
        reason = watched.reason
    if child == 0:
        os.write(writing, str(reason).encode())
        os._exit(0)
    os.waitpid(child, 0)
    seen = os.read(reading, 100)
    os.close(reading)
    os.close(writing)
    assert (reason, seen) == ("deadline", b"deadline")
