"""What stands around every evaluation: its limits, and errors that name the rule they came from."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Final, final

from policyengine.errors import EvaluationLimitExceeded, RegoEvaluationError
from policyengine.rego.compiler.owners import Owner
from policyengine.rego.compiler.running import GENERATED
from policyengine.rego.runtime.builtins.registry import Halt
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.watch import Interrupted, Watched, exceeded
from policyengine.rego.syntax.stack import evaluation_frames

INTERRUPTIONS: Final = (Interrupted, KeyboardInterrupt)
"""What may arrive anywhere: around a guarded block, these are handed to ``Guarded.late``."""


class Asked:
    """What is evaluated: named where no generated code runs, as while an answer is written."""

    __slots__ = ("owner",)

    def __init__(self, owner: Owner) -> None:
        self.owner = owner


@final
class Guarded(Watched):
    """Holds a block to ``limits``. ``owners`` has the rule of each generated function.

    The block raises RegoEvaluationError, and EvaluationLimitExceeded with the rule and its place.
    A class and not generators within each other: these took as long as ten small rules.
    """

    __slots__ = ("_asked", "_owners")

    def __init__(self, limits: Limits, owners: Mapping[str, Owner], asked: Asked) -> None:
        # Not by the class above: another call takes as long as the rest of this one.
        self.limits = limits
        self.reason = None
        self._owners = owners
        self._asked = asked

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        try:
            self.end()
        except Interrupted as interruption:
            # It came in the middle of the end.
            self.end()
            error = interruption
        if error is not None:
            told = self._told(error)
            if told is not None:
                raise told from None

    def late(self, error: BaseException) -> BaseException:
        """What to raise for one of ``INTERRUPTIONS`` that came out of the block.

        It arrived as ``__exit__`` began, which then did nothing.
        """
        self.end()
        return self._told(error) or error

    def _told(self, error: BaseException) -> BaseException | None:
        """What the block raises instead of ``error``; None for ``error`` itself."""
        match error:
            case Halt():
                return RegoEvaluationError(error.code, str(error))
            case Interrupted():
                limit = exceeded(self)
            case EvaluationLimitExceeded():
                limit = error
            case RecursionError():
                limit = EvaluationLimitExceeded(
                    "the evaluation reached its limit of depth",
                    limit="depth",
                    expected=f"at most {self.limits.depth} calls within calls and levels of values",
                    hint="make values less deep or chains of rules shorter, or raise the limit",
                )
            case MemoryError():
                limit = EvaluationLimitExceeded(
                    "the evaluation found no more memory",
                    limit="memory",
                    hint="make the policy's values smaller",
                )
            case _:
                return None
        return _placed(limit, _owner(error.__traceback__, self._owners) or self._asked.owner)


@final
class Ending:
    """Around the block of a ``Guarded``: allows it its frames, and takes what arrives as it ends.

    ``with Ending(Guarded(...)) as guard, guard:``
    """

    __slots__ = ("_frames", "_guard")

    def __init__(self, guard: Guarded) -> None:
        self._guard = guard
        self._frames = evaluation_frames(guard.limits.depth)

    def __enter__(self) -> Guarded:
        self._frames.__enter__()
        return self._guard

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        late = self._guard.late(error) if isinstance(error, INTERRUPTIONS) else None
        self._frames.__exit__(None, None, None)
        if late is not None:
            raise late from None


def _owner(traceback: TracebackType | None, owners: Mapping[str, Owner]) -> Owner | None:
    """The rule of the innermost frame of generated code."""
    found: Owner | None = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == GENERATED:
            found = owners.get(code.co_name, found)
        traceback = traceback.tb_next
    return found


def _placed(error: EvaluationLimitExceeded, owner: Owner) -> EvaluationLimitExceeded:
    return EvaluationLimitExceeded(
        f"{owner.rule}: {error.what}",
        limit=error.limit,
        where=f"{owner.file}:{owner.row}",
        found=error.found,
        expected=error.expected,
        hint=error.hint,
    )
