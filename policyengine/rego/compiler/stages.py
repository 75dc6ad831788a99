"""The order in which what is wrong is told: an early mistake hides those that it would cause."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import IntEnum
from typing import Final, NoReturn

from policyengine.errors import RegoCompileError, RegoFinding


class Stage(IntEnum):
    """The stages of OPA's compiler that find mistakes, in its order, behind one of our own."""

    DEPTH = 0
    REFERENCES = 1
    UNUSED_IMPORTS = 2
    SHADOWED_ROOTS = 3
    DUPLICATE_IMPORTS = 4
    UNUSED_LOCALS = 5
    LOCALS = 6
    TEMPLATES = 7
    VOID_CALLS = 8
    PRINTS = 9
    ANNOTATIONS = 10
    REPLACEMENTS = 11
    CONFLICTS = 12
    FUNCTIONS = 13
    UNSAFE_HEADS = 14
    UNSAFE_BODIES = 15
    RECURSION = 16
    TYPES = 17
    UNAVAILABLE = 18
    DEPRECATED = 19


_GOES_ON: Final = frozenset(
    {
        Stage.UNUSED_IMPORTS,
        Stage.SHADOWED_ROOTS,
        Stage.DUPLICATE_IMPORTS,
        Stage.UNUSED_LOCALS,
        Stage.TYPES,
        Stage.UNAVAILABLE,
        Stage.DEPRECATED,
    }
)


class Findings:
    """What the stages found so far.

    A stage that finds something is the last one that tells, but for those behind which the modules
    still have a meaning.
    """

    def __init__(self) -> None:
        self._found: dict[Stage, list[RegoFinding]] = {}
        self._unavailable: list[tuple[str, RegoFinding]] = []

    def add_unavailable(self, name: str, finding: RegoFinding) -> None:
        """Keep the call of a builtin that is not available, until it is known what is replaced."""
        self._unavailable.append((name, finding))

    def refuse_unavailable(self, replaced: Collection[str]) -> None:
        """Add the calls of unavailable builtins but of those that a ``with`` replaces somewhere.

        Such a call reaches nothing where it is replaced; elsewhere it ends the evaluation.
        """
        wrong = [finding for name, finding in self._unavailable if name not in replaced]
        self._unavailable.clear()
        self.add(Stage.UNAVAILABLE, wrong)

    def add(self, stage: Stage, findings: Iterable[RegoFinding]) -> None:
        found = [*findings]
        if found:
            self._found.setdefault(stage, []).extend(found)

    def stop(self) -> None:
        """Raise RegoCompileError if a stage found what no later one can go on with."""
        if any(stage not in _GOES_ON for stage in self._found):
            self.refuse()

    def end(self) -> None:
        """Raise RegoCompileError if there is any finding."""
        if self._found:
            self.refuse()

    def refuse(self) -> NoReturn:
        last = min((stage for stage in self._found if stage not in _GOES_ON), default=max(Stage))
        told = [f for stage, found in self._found.items() if stage <= last for f in found]
        raise RegoCompileError(in_order(told))


def in_order(findings: Iterable[RegoFinding]) -> tuple[RegoFinding, ...]:
    """Findings by position, each once."""
    place = sorted(findings, key=lambda f: (f.file, f.row, f.col, f.code, f.message))
    return tuple(dict.fromkeys(place))
