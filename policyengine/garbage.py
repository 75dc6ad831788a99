"""Python's collector of cycles rests while very much is built that has none and stays."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_lock = threading.Lock()
_pauses = 0


@contextmanager
def paused_collection() -> Iterator[None]:
    """Keep the collector still meanwhile.

    It runs again and again as the number of values grows, walks all of them each time, and finds
    nothing: for a report of thousands of findings, or thousands of rules, that is a quarter of the
    whole time. The collector is one for all threads; it runs again when the last pause has ended,
    if it ran before the first, and then takes what was built for old.
    """
    global _pauses  # noqa: PLW0603
    if not (gc.isenabled() or _pauses):
        yield
        return
    with _lock:
        _pauses += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if not _pauses:
                _resume()


def _resume() -> None:
    """Let the collector run again, and take all that there is for old.

    Else the next value that is made has it walk all that was built while it rested: a tenth of the
    time of compiling, and 20 ms after a large report.
    """
    if not _others_froze():
        # Two lists are joined, whatever their length. What a stop between the two calls leaves
        # frozen the next time thaws.
        gc.freeze()
        gc.unfreeze()
    gc.enable()


@cache
def _others_froze() -> bool:
    """Whether this program froze values before: thawed, they would be copied in its children.

    Asked once, since counting them walks them all.
    """
    return gc.get_freeze_count() > 0
