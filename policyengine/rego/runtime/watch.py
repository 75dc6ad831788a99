"""A watch over running evaluations: what the count of steps does not see ends all the same.

Comparing, hashing or writing a value that contains itself many times over takes time that no step
of generated code counts. So a thread looks at every evaluation from outside, and raises
``Interrupted`` in the thread of one that is over its deadline or its memory.

A call of C that never returns to Python is not interrupted: whatever a builtin hands to C has its
size checked before.

An evaluation begins and ends without a lock, which would take as long as a small rule. It puts
itself among the watched *before* it looks whether somebody watches, and takes itself away *before*
it looks whether it was told to end; the watch does the same two things in the other order, so that
one of both always sees the other.

``Interrupted`` may arrive wherever Python runs, also where one of these functions begins. So a lock
is only taken by ``with`` of the lock itself, which nothing comes between, and whoever runs an
evaluation takes what arrives on the way out of its block.
"""

from __future__ import annotations

import ctypes
import os
import queue
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego.runtime.limits import Limits

# How often the watch looks, and how long it waits for the next evaluation before it ends.
_EVERY: Final = 0.05
_IDLE: Final = 2.0
# The count of steps has this long to find the deadline first: it knows the place to the row.
_GRACE: Final = 0.25
# What was raised may be lost, in what the garbage collector calls: it is raised again after this.
_AGAIN: Final = 1.0

# Reading the process's memory takes as long as a small rule: evaluations one upon another share it.
_RECENT: Final = 0.001

_STATUS: Final = "/proc/self/statm"
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Interrupted(BaseException):
    """Raised from outside, wherever the evaluation is. No ``except Exception`` holds it up."""


_lock = threading.Lock()
# Wakes the watcher. Written in C as a whole: nothing that arrives leaves it half done.
_bell: queue.SimpleQueue[None] = queue.SimpleQueue()
# No dictionary, though the order matters: taking away and putting in takes twice as long there.
_watched: set[Watched] = set()
_watcher: threading.Thread | None = None
# Whether the watcher waits for an evaluation, or there is none: the next one has to wake it.
_rests = True


class Watched:
    """An evaluation into which Interrupted is raised when it is over its deadline or memory.

    The memory is what the process has more of than at the beginning, whichever thread took it.
    """

    __slots__ = ("again", "ceiling", "deadline", "limits", "reason", "thread")

    again: float

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.reason: str | None = None

    def __enter__(self) -> Self:
        """Watch it from now on, in this thread."""
        limits, now = self.limits, time.monotonic()
        if now - _status.read_at > _RECENT:
            _status.read(now)
        self.thread = threading.get_ident()
        self.deadline = now + limits.seconds
        self.ceiling = _status.resident + limits.memory
        try:
            _watched.add(self)
            if _rests:
                _wake()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Watch it no longer."""
        _watched.discard(self)
        if self.reason is not None:
            with _lock:
                # What was sent and has not arrived must not arrive later.
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread), None)


def _wake() -> None:
    global _rests, _watcher  # noqa: PLW0603 # one watcher for the process
    with _lock:
        if _watcher is None:
            watcher = threading.Thread(target=_watch, name="evaluation-watch", daemon=True)
            watcher.start()
            _watcher = watcher
        if _rests:
            _bell.put(None)
            _rests = False


def _forget_watcher() -> None:
    """In a forked process no thread watches, and who held the lock is not there."""
    global _bell, _lock, _rests, _watcher  # as above
    _lock, _bell = threading.Lock(), queue.SimpleQueue()
    _rests, _watcher = True, None
    here = threading.get_ident()
    _watched.difference_update([entry for entry in _watched if entry.thread != here])
    if _watched:
        # What forked goes on in both.
        _wake()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_watcher)


def _watch() -> None:
    global _rests, _watcher  # noqa: PLW0603 # as above
    here = threading.current_thread()
    try:
        while True:
            with _lock:
                rests = not _watched and _rest()
                if not rests:
                    _look_at_all(time.monotonic(), resident_bytes())
            if not rests:
                time.sleep(_EVERY)
                continue
            with suppress(queue.Empty):
                _bell.get(timeout=_IDLE)
                continue
            with _lock:
                if _rests:
                    # Still under the lock: who begins behind it must not count on this one.
                    _watcher = None
                    return
    finally:
        # However it ends, the next evaluation starts another.
        with _lock:
            if _watcher is here:
                _rests, _watcher = True, None


def _rest() -> bool:
    """Let the next evaluation wake the watch."""
    global _rests  # noqa: PLW0603 # as above
    _rests = True
    # One that began just before has not seen that.
    if _watched:
        _rests = False
    return _rests


def _latest_first() -> list[Watched]:
    """The first of a thread runs, and the others of it wait for that."""
    begun = [(entry.deadline - entry.limits.seconds, id(entry), entry) for entry in list(_watched)]
    return [entry for *_, entry in sorted(begun, reverse=True)]


def _look_at_all(now: float, resident: int) -> None:
    running: dict[int, Watched] = {}
    for entry in _latest_first():
        # One that waits for another in its thread ends with that.
        _look(entry, running.setdefault(entry.thread, entry), now, resident)


def _look(entry: Watched, running: Watched, now: float, resident: int) -> None:
    """Interrupt ``running`` where ``entry``, itself or one that waits for it, is over a limit."""
    if resident > entry.ceiling:
        reason = "memory"
    elif now > entry.deadline + _GRACE:
        reason = "deadline"
    else:
        return
    if running.reason is None:
        running.again = now
        running.reason = reason
    if now >= running.again and running in _watched:
        running.again = now + _AGAIN
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(running.thread), ctypes.py_object(Interrupted)
        )


def foresee(seconds: float) -> None:
    """Hold what C is about to do, which nothing interrupts, to what this thread has left.

    Raises EvaluationLimitExceeded where ``seconds``, which it may take at the worst, are more.
    """
    here, now = threading.get_ident(), time.monotonic()
    for entry in _latest_first():
        if entry.thread == here and now + seconds > entry.deadline + _GRACE:
            raise EvaluationLimitExceeded(
                "an operation may take longer than the evaluation has left",
                limit="deadline",
                found=f"{seconds:.1f} s at the worst",
                expected=f"at most {entry.limits.seconds:g} s",
                hint="make texts and patterns shorter, or raise the limit",
            )


def exceeded(entry: Watched) -> EvaluationLimitExceeded:
    """What an evaluation that was interrupted ends with."""
    if entry.reason == "memory":
        return EvaluationLimitExceeded(
            "the evaluation reached its limit of memory",
            limit="memory",
            expected=f"at most {entry.limits.memory // 2**20} MiB",
            hint="make the policy's values smaller, or raise the limit",
        )
    return EvaluationLimitExceeded(
        "the evaluation reached its deadline",
        limit="deadline",
        expected=f"at most {entry.limits.seconds:g} s",
        hint="make the policy's loops and values smaller, or raise the limit",
    )


class _Status:
    """The process's own status file, kept open: opening it takes longer than most evaluations.

    ``resident`` are the bytes in memory at the time ``read_at``; 0 where the system does not say.
    Opened anew in a forked process, whose status is another file, and where the descriptor was
    closed by whoever closes all of them.
    """

    def __init__(self) -> None:
        self._descriptor: int | None = None
        self.resident = 0
        self.read_at = -1.0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._descriptor = None
        self.read_at = -1.0

    def read(self, now: float) -> int:
        """Read how much there is ``now``, and return it."""
        self.resident, self.read_at = self._pages() * _PAGE, now
        return self.resident

    def _pages(self) -> int:
        if self._descriptor is not None:
            with suppress(OSError, ValueError):
                return _resident(self._descriptor)
        with suppress(OSError, ValueError):
            self._descriptor = os.open(_STATUS, os.O_RDONLY)
            return _resident(self._descriptor)
        return 0


def _resident(descriptor: int) -> int:
    counts = os.pread(descriptor, 128, 0).split()
    if len(counts) != 7:
        raise ValueError("another file has this descriptor now")
    return int(counts[1])


_status: Final = _Status()


def resident_bytes() -> int:
    """What the process has in memory; 0 where the system does not say."""
    return _status.read(time.monotonic())
