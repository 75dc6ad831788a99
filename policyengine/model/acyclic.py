"""Building very many values at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from policyengine.garbage import resume_collection


@contextmanager
def building_without_cycles() -> Iterator[None]:
    """Keep the cyclic garbage collector out of the way while values without cycles are made.

    It runs again and again as their number grows, walks all of them each time, and finds
    nothing: for a report of thousands of findings that is a quarter of the whole time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        resume_collection()
