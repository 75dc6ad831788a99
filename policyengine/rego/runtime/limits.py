"""What one evaluation may take, and the count of what it took."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

from policyengine.errors import EvaluationLimitExceeded

# Reading the clock costs as much as some hundred steps of generated code.
_STEPS_BETWEEN_CLOCKS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one evaluation.

    ``seconds`` of wall time; ``memory``: bytes that the process may grow by; ``steps``: elements
    visited and functions called; ``depth``: calls within calls and levels of nested values, in
    frames of Python beyond its own limit; ``size``: the elements of a collection, or characters of
    a string, that any one operation may make.
    """

    seconds: float = 30.0
    memory: int = 4 * 1024**3
    steps: int = 500_000_000
    depth: int = 1000
    size: int = 16_000_000

    def after(self, begun: float) -> Limits:
        """What is left for an evaluation that began at this ``time.monotonic()``."""
        return replace(self, seconds=max(0.001, self.seconds - (time.monotonic() - begun)))


DEFAULT_LIMITS: Final = Limits()


class Budget:
    """What is left of the limits of one evaluation. ``deadline`` is a ``time.monotonic()``."""

    __slots__ = ("_deadline", "_limits", "_remaining", "_spent")

    def __init__(self, limits: Limits, deadline: float) -> None:
        self._limits = limits
        self._deadline = deadline
        self._spent = 0
        self._remaining = _STEPS_BETWEEN_CLOCKS

    def charge(self, steps: int) -> None:
        """Count ``steps``. Raises EvaluationLimitExceeded over the deadline or the step limit."""
        self._remaining -= steps
        if self._remaining < 0:
            self._settle()

    def _settle(self) -> None:
        self._spent += _STEPS_BETWEEN_CLOCKS - self._remaining
        self._remaining = _STEPS_BETWEEN_CLOCKS
        if self._spent > self._limits.steps:
            raise EvaluationLimitExceeded(
                "the evaluation reached its limit of steps",
                limit="steps",
                expected=f"at most {self._limits.steps} steps",
                hint="make the policy's loops smaller, or raise the limit",
            )
        if time.monotonic() > self._deadline:
            raise EvaluationLimitExceeded(
                "the evaluation reached its deadline",
                limit="deadline",
                expected=f"at most {self._limits.seconds:g} s",
                hint="make the policy's loops smaller, or raise the limit",
            )

    def size(self, size: int) -> None:
        """Allow a value of ``size`` elements or characters, and count its making.

        Call it before making the value. Raises EvaluationLimitExceeded.
        """
        if size > self._limits.size:
            raise self._too_large(size)
        self.charge(size // 16 + 1)

    def grown(self, size: int, by: int) -> None:
        """Allow a value that grew ``by`` so many to ``size``, and count these alone."""
        if size > self._limits.size:
            raise self._too_large(size)
        self.charge(by // 16 + 1)

    def _too_large(self, size: int) -> EvaluationLimitExceeded:
        return EvaluationLimitExceeded(
            "a value grew over its limit of size",
            limit="size",
            found=f"{size} elements or characters",
            expected=f"at most {self._limits.size}",
            hint="make the value smaller, or raise the limit",
        )
