"""The state of one evaluation, which generated code and builtin functions are handed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from policyengine.rego.runtime.limits import Budget
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.utf8 import encode_utf8
from policyengine.rego.runtime.values import UNDEFINED, Value


class Session:
    """What stays the same through one evaluation, whatever ``with`` replaces.

    ``now_ns`` is the evaluation's clock; ``seed`` decides ``rand.intn``, ``uuid.rfc4122`` and the
    salts of signatures, and is the digest of ``document``, the input document; ``print_to`` takes
    each line of ``print`` (None: print does nothing); ``trace_to`` each note of ``trace``; ``memo``
    is a place for builtins to keep what is worth keeping for one evaluation (compiled patterns,
    parsed schemas), by a key that starts with the builtin's name, and a pattern by its text alone.
    ``indexes`` holds those of ``runtime/indexes.py``; ``record`` is what code of another make than
    plain reports to.
    """

    __slots__ = (
        "_document",
        "_seed",
        "budget",
        "indexes",
        "memo",
        "now_ns",
        "print_to",
        "record",
        "strict",
        "trace_to",
    )

    def __init__(self, budget: Budget, now_ns: int, document: Value, strict: Any) -> None:
        self.budget = budget
        self.now_ns = now_ns
        self._document = document
        self._seed: bytes | None = None
        self.strict = strict
        self.print_to: Callable[[str], None] | None = None
        self.trace_to: Callable[[str], None] | None = None
        self.record: Any = None
        self.memo: dict[Any, Any] = {}
        self.indexes: dict[Any, Any] = {}

    def tell(
        self,
        *,
        print_to: Callable[[str], None] | None = None,
        trace_to: Callable[[str], None] | None = None,
        record: Any = None,
    ) -> None:
        """Say who is told of the evaluation."""
        self.print_to, self.trace_to, self.record = print_to, trace_to, record

    @property
    def seed(self) -> bytes:
        # Of a document of many megabytes the digest takes longer than most evaluations.
        if self._seed is None:
            known = self._document is not UNDEFINED
            text = marshal(self._document) if known else "undefined"
            self.budget.charge(len(text) // 16)
            self._seed = hashlib.sha256(encode_utf8(text)).digest()
        return self._seed
