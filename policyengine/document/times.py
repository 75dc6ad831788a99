"""Times in the document: RFC 3339, and nanoseconds beside it."""

from __future__ import annotations

from functools import lru_cache

from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject

# JSON writers and Rego's time functions take 64-bit nanoseconds (1677 to 2262). A time beyond
# is set to the nearest end: an image of the year 1 stays older than any limit, one of the year
# 9999 stays in the future.
_EARLIEST = -(2**63)
_LATEST = 2**63 - 1


def instant_pair(instant: Instant | None) -> tuple[str | None, int | None]:
    """Return the text and the nanoseconds of a time, None and None where it is not known."""
    return (None, None) if instant is None else _pair(instant.ns)


@lru_cache(maxsize=8192)
def _pair(ns: int) -> tuple[str, int]:
    """Return the pair of the instant at ``ns``; the findings of a report have few times."""
    return str(Instant(ns)), min(max(ns, _EARLIEST), _LATEST)


def instant_fields(name: str, instant: Instant | None) -> JsonObject:
    """Return ``{NAME: text, NAME_ns: nanoseconds}``, both null where the time is not known."""
    text, ns = instant_pair(instant)
    return {name: text, f"{name}_ns": ns}
