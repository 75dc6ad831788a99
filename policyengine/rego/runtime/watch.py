"""A watch over running evaluations: what the count of steps does not see ends all the same.

Comparing, hashing or writing a value that contains itself many times over takes time that no step
of generated code counts. So a thread looks at every evaluation from outside, and raises
``Interrupted`` in the thread of one that is over its deadline or its memory.

A call of C that never returns to Python is not interrupted: whatever a builtin hands to C has its
size checked before.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego.runtime.limits import Limits

# How often the watch looks, and how long it waits for the next evaluation before it ends.
_EVERY: Final = 0.05
_IDLE: Final = 2.0
# The count of steps has this long to find the deadline first: it knows the place to the row.
_GRACE: Final = 0.25

_STATUS: Final = "/proc/self/statm"
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Interrupted(BaseException):
    """Raised from outside, wherever the evaluation is. No ``except Exception`` holds it up."""


class _Watched:
    __slots__ = ("ceiling", "deadline", "limits", "reason", "thread")

    def __init__(self, limits: Limits) -> None:
        self.thread = threading.get_ident()
        self.limits = limits
        self.deadline = time.monotonic() + limits.seconds + _GRACE
        self.ceiling = resident_bytes() + limits.memory
        self.reason: str | None = None


_changed = threading.Condition()
_watched: set[_Watched] = set()
_watcher: threading.Thread | None = None


@contextmanager
def watched(limits: Limits) -> Iterator[None]:
    """Raise EvaluationLimitExceeded in the block when it is over its deadline or memory.

    The memory is what the process has more of than at the beginning, whichever thread took it.
    """
    entry = _Watched(limits)
    try:
        _begin(entry)
        try:
            yield
        finally:
            _end(entry)
    except Interrupted as interruption:
        # It may have come in the middle of the end.
        _end(entry)
        raise _exceeded(entry).with_traceback(interruption.__traceback__) from None


def _begin(entry: _Watched) -> None:
    global _watcher  # noqa: PLW0603 # one watcher for the process
    with _changed:
        _watched.add(entry)
        if _watcher is None or not _watcher.is_alive():
            _watcher = threading.Thread(target=_watch, name="evaluation-watch", daemon=True)
            _watcher.start()
        _changed.notify()


def _end(entry: _Watched) -> None:
    with _changed:
        _watched.discard(entry)
        if entry.reason is not None:
            # What was sent and has not arrived must not arrive later.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(entry.thread), None)


def _watch() -> None:
    global _watcher  # noqa: PLW0603 # as above
    while True:
        with _changed:
            if not _watched and not _changed.wait_for(lambda: bool(_watched), timeout=_IDLE):
                _watcher = None
                return
            now, resident = time.monotonic(), resident_bytes()
            for entry in _watched:
                if entry.reason is None:
                    _look(entry, now, resident)
        time.sleep(_EVERY)


def _look(entry: _Watched, now: float, resident: int) -> None:
    if resident > entry.ceiling:
        entry.reason = "memory"
    elif now > entry.deadline:
        entry.reason = "deadline"
    else:
        return
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(entry.thread), ctypes.py_object(Interrupted)
    )


def _exceeded(entry: _Watched) -> EvaluationLimitExceeded:
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

    Opened anew in a forked process, whose status is another file, and where the descriptor was
    closed by whoever closes all of them.
    """

    def __init__(self) -> None:
        self._descriptor: int | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._descriptor = None

    def pages(self) -> int:
        """Pages in memory; 0 where the system does not say."""
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
    return _status.pages() * _PAGE
