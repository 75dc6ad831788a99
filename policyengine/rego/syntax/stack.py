"""What Python needs to be told where an input is deep or large."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from policyengine.garbage import paused_collection

# Python's own limit has room for this depth, whoever calls.
_SHALLOW = 12
# The most frames that reading one pair of brackets takes, with what is in front of it.
_FRAMES_PER_LEVEL = 40

_lock = threading.Lock()


def _renew_lock() -> None:
    """In a forked process who held the lock is not there."""
    global _lock  # noqa: PLW0603 # see above
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)

# Sources of fewer characters make too few objects for the collector to matter.
_LARGE = 100_000

# What was added to Python's limit: for deep sources, by who reads them, and for the evaluations of
# all threads.
_added = 0
_extra: dict[object, int] = {}
_evaluating: list[int] = []

# A thread that is within fewer frames of a limit than this, or beyond it, keeps its limit.
_ROOM: Final = 100


def _apply() -> None:
    """Set Python's limit to what all that runs now needs, over what it was.

    Python 3.11 ends the process where a thread handles an error more than 50 frames beyond the
    limit. So it is not taken back below a thread that is so deep, but by who comes next.
    """
    global _added  # noqa: PLW0603 # the limit itself is one for all threads
    added = sum(_extra.values()) + max(_evaluating, default=0)
    limit = sys.getrecursionlimit() - _added + added
    if added > _added or (added < _added and _deepest(limit) < limit - _ROOM):
        sys.setrecursionlimit(limit)
        _added = added


def _deepest(most: int) -> int:
    """The frames of the thread that has most; counted to ``most``."""
    deepest = 0
    for frame in sys._current_frames().values():  # noqa: SLF001 # there is no other way
        count, outer = 0, frame.f_back
        while outer is not None and count < most:
            count, outer = count + 1, outer.f_back
        deepest = max(deepest, count)
    return deepest


@contextmanager
def evaluation_frames(depth: int) -> Iterator[None]:
    """Allow an evaluation ``depth`` frames more than Python's own limit.

    Whoever calls runs within Python's own limit, so these are left for the evaluation. Of those
    that run at one time the most that one may take is allowed, and not the sum: what calls itself
    through C takes of its stack.
    """
    try:
        with _lock:
            _evaluating.append(depth)
            _apply()
        yield
    finally:
        with _lock:
            _evaluating.remove(depth)
            _apply()


@contextmanager
def deep_stack(depth: int) -> Iterator[None]:
    """Raise Python's recursion limit for code that calls itself ``depth`` times over.

    The code inside must not recurse through C (generators, sorting keys, comparisons).
    """
    if depth <= _SHALLOW:
        yield
        return
    with more_frames(depth * _FRAMES_PER_LEVEL):
        yield


@contextmanager
def more_frames(frames: int) -> Iterator[None]:
    """Raise Python's recursion limit by ``frames``.

    Frames of Python functions calling each other take no C stack, so this costs memory only. The
    limit is one for all threads: it is added to, and taken from again, so that users do not disturb
    each other.
    """
    who = object()
    try:
        with _lock:
            _extra[who] = frames
            _apply()
        yield
    finally:
        with _lock:
            _extra.pop(who, None)
            _apply()


def paused_for(size: int) -> AbstractContextManager[None]:
    """Keep Python's cycle collector still while a tree is built from ``size`` characters.

    A tree has no cycles and all of it stays.
    """
    return paused_collection() if size >= _LARGE else nullcontext()
