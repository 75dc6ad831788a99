"""What the watch knows of the process's memory."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from policyengine.rego.runtime import watch
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.watch import Interrupted, Watched, exceeded, resident_bytes

MEBIBYTE = 2**20

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no such status")


@pytest.fixture(autouse=True)
def _opened() -> Iterator[None]:
    assert resident_bytes() > 0
    yield
    watch._status._forget()


def resting() -> None:
    """Wait until the watch rests, which it does a moment after the last evaluation."""
    end = time.monotonic() + 5
    while not watch._rests and time.monotonic() < end:
        time.sleep(0.01)
    assert watch._rests


def test_what_is_taken_is_seen_at_once() -> None:
    before = resident_bytes()
    with mmap.mmap(-1, 64 * MEBIBYTE) as taken:
        for _ in range(64):
            taken.write(b"x" * MEBIBYTE)
        assert resident_bytes() - before > 32 * MEBIBYTE


def test_a_forked_process_sees_its_own_memory() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with mmap.mmap(-1, 256 * MEBIBYTE) as taken:
            for _ in range(256):
                taken.write(b"x" * MEBIBYTE)
            os.write(writing, str(resident_bytes()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    seen = int(os.read(reading, 100))
    os.close(reading)
    os.close(writing)
    assert seen - resident_bytes() > 128 * MEBIBYTE


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(None, id="nothing"),
        pytest.param(b"12 words that are no status", id="another file"),
        pytest.param(b"", id="an empty file"),
    ],
)
def test_a_descriptor_that_became_another_is_opened_anew(
    other: bytes | None, tmp_path: Path
) -> None:
    descriptor = watch._status._descriptor
    assert descriptor is not None
    if other is None:
        os.close(descriptor)
    else:
        file = tmp_path / "other"
        file.write_bytes(other)
        opened = os.open(file, os.O_RDONLY)
        os.dup2(opened, descriptor)
        os.close(opened)
    assert resident_bytes() > MEBIBYTE


def test_what_was_read_in_the_last_millisecond_is_not_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resting()
    monkeypatch.setattr(watch, "_wake", lambda: None)
    readings = iter([5, 7])
    status = watch._Status()
    monkeypatch.setattr(status, "_pages", lambda: next(readings))
    monkeypatch.setattr(watch, "_status", status)
    ceilings = []
    for now in (3.0, 3.0005, 3.0015):
        monkeypatch.setattr(time, "monotonic", lambda now=now: now)
        with Watched(Limits(memory=1)) as watched:
            ceilings.append(watched.ceiling)
    assert ceilings == [pages * watch._PAGE + 1 for pages in (5, 5, 7)]


def interrupted_by(limits: Limits) -> str | None:
    """What an evaluation that does nothing for five seconds at most is over."""
    watched = Watched(limits)
    try:
        with watched:
            end = time.monotonic() + 5
            while time.monotonic() < end:
                pass
    except Interrupted:
        return exceeded(watched).limit
    return None


def test_an_evaluation_in_a_forked_process_is_watched() -> None:
    assert interrupted_by(Limits(seconds=0)) == "deadline"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(interrupted_by(Limits(seconds=0))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    seen = os.read(reading, 100)
    os.close(reading)
    os.close(writing)
    assert seen == b"deadline"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watch_that_broke_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(watch, "_look", broken)
        with Watched(Limits(seconds=0)):
            end = time.monotonic() + 5
            while watch._watcher is not None and time.monotonic() < end:
                time.sleep(0.01)
    assert interrupted_by(Limits(seconds=0)) == "deadline"


def test_one_that_ended_before_the_watch_was_awake_does_not_let_it_sleep_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "_IDLE", 60)
    interrupted_by(Limits(seconds=0))
    resting()
    with Watched(Limits()):
        pass
    assert interrupted_by(Limits(seconds=0)) == "deadline"


def test_what_ends_as_the_watch_tells_it_to_is_not_interrupted_later() -> None:
    with Watched(Limits(seconds=0)) as watched:
        pass
    watch._look(watched, watched, watched.deadline + 1, 0)
    assert watched.reason == "deadline"
    assert sum(range(1000)) == 499_500
