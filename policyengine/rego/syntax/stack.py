"""What Python needs to be told where an input is deep or large."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType
from typing import final

from policyengine.garbage import paused_collection

# Python's own limit has room for this depth, whoever calls.
_SHALLOW = 12
# The most frames that reading one pair of brackets takes, with what is in front of it.
_FRAMES_PER_LEVEL = 40

_lock = threading.Lock()

# Sources of fewer characters make too few objects for the collector to matter.
_LARGE = 100_000

# What was added to Python's limit: for deep sources, and for evaluations at any one time.
_added = 0
_extra = 0
_floors: list[int] = []


def _apply() -> None:
    """Set Python's limit to what all that runs now needs, over what it was."""
    global _added  # noqa: PLW0603 # the limit itself is one for all threads
    now = sys.getrecursionlimit()
    base = now - _added
    needed = max(_floors) if _floors else 0
    _added = _extra + (needed - base if needed > base else 0)
    if base + _added != now:
        sys.setrecursionlimit(base + _added)


@final
class EvaluationStack:
    """Allows ``depth`` frames more than there are now; never less than Python's own limit."""

    __slots__ = ("_frames",)

    def __init__(self, depth: int) -> None:
        self._frames = depth

    def begin(self) -> None:
        """Allow them, from the frame that calls this one."""
        frames = self._frames
        frame: FrameType | None = sys._getframe()  # noqa: SLF001 # no other way to count frames
        while frame is not None:
            frames, frame = frames + 1, frame.f_back
        self._frames = frames
        with _lock:
            _floors.append(frames)
            _apply()

    def end(self) -> None:
        """Allow them no longer."""
        with _lock:
            _floors.remove(self._frames)
            _apply()


@contextmanager
def deep_stack(depth: int) -> Iterator[None]:
    """Raise Python's recursion limit for code that calls itself ``depth`` times over.

    Frames of Python functions calling each other take no C stack, so this costs memory only; the
    code inside must not recurse through C (generators, sorting keys, comparisons). The limit is
    one for all threads: it is added to, and taken from again, so that users do not disturb each
    other.
    """
    if depth <= _SHALLOW:
        yield
        return
    global _extra  # noqa: PLW0603 # see _apply
    frames = depth * _FRAMES_PER_LEVEL
    with _lock:
        _extra += frames
        _apply()
    try:
        yield
    finally:
        with _lock:
            _extra -= frames
            _apply()


def paused_for(size: int) -> AbstractContextManager[None]:
    """Keep Python's cycle collector still while a tree is built from ``size`` characters.

    A tree has no cycles and all of it stays.
    """
    return paused_collection() if size >= _LARGE else nullcontext()
