"""When a request is repeated, and how long to wait before: backoff, jitter and Retry-After."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

# RFC 6585 429; of the 5xx those that say "later": 501 and 505 never change.
RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
# A server may ask for hours. Waiting so long is for the user to decide, so it becomes an error.
LONGEST_RETRY_AFTER = 120.0

_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """The clocks and the chance that retries depend on, so that tests need not wait.

    ``now`` is in seconds since the epoch, ``elapsed`` in seconds from any start; ``chance`` gives
    numbers from 0 to 1.
    """

    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def backoff(self, attempt: int) -> float:
        """Return the seconds to wait after the ``attempt``-th failure, counted from 0.

        The pause doubles each time; half of it is left to chance, so that many clients that
        failed together do not come back together.
        """
        pause = min(_FIRST_PAUSE * 2.0 ** min(attempt, 16), _LONGEST_PAUSE)
        return pause * (0.5 + 0.5 * self.chance())

    def retry_after(self, header: str | None) -> float | None:
        """Read a Retry-After header (RFC 9110, 10.2.3): seconds or a date; None if neither."""
        if header is None:
            return None
        if _SECONDS.fullmatch(header.strip()):
            return float(header)
        try:
            date = parsedate_to_datetime(header)
        except (ValueError, OverflowError):
            return None
        if date.tzinfo is None:  # "-0000": UTC by RFC 5322, naive in Python
            date = date.replace(tzinfo=UTC)
        return max(0.0, date.timestamp() - self.now())


REAL_PACING = Pacing()
