"""Room for recursion where the input nests deeply."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Python's own limit has room for this depth, whoever calls.
_SHALLOW = 12
# The most frames that reading one pair of brackets takes, with what is in front of it.
_FRAMES_PER_LEVEL = 40

_lock = threading.Lock()


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
    frames = depth * _FRAMES_PER_LEVEL
    with _lock:
        sys.setrecursionlimit(sys.getrecursionlimit() + frames)
    try:
        yield
    finally:
        with _lock:
            sys.setrecursionlimit(sys.getrecursionlimit() - frames)
