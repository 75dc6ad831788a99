"""The state of one evaluation, which generated code and builtin functions are handed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policyengine.rego.runtime.limits import Budget


class Session:
    """What stays the same through one evaluation, whatever ``with`` replaces.

    ``now_ns`` is the evaluation's clock; ``seed`` decides ``rand.intn`` and ``uuid.rfc4122``;
    ``print_to`` takes each line of ``print`` (None: print does nothing); ``trace_to`` each note
    of ``trace``; ``memo`` is a place for builtins to keep what is worth keeping for one evaluation
    (compiled patterns, parsed schemas), by a key that starts with the builtin's name. ``indexes``
    holds those of ``runtime/indexes.py``.
    """

    __slots__ = ("budget", "indexes", "memo", "now_ns", "print_to", "seed", "strict", "trace_to")

    def __init__(
        self,
        *,
        budget: Budget,
        now_ns: int,
        seed: bytes,
        strict: bool,
        print_to: Callable[[str], None] | None = None,
        trace_to: Callable[[str], None] | None = None,
    ) -> None:
        self.budget = budget
        self.now_ns = now_ns
        self.seed = seed
        self.strict = strict
        self.print_to = print_to
        self.trace_to = trace_to
        self.memo: dict[Any, Any] = {}
        self.indexes: dict[Any, Any] = {}
