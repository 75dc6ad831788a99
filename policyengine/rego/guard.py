"""What stands around every evaluation: its limits, and errors that name the rule they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from policyengine.errors import EvaluationLimitExceeded, RegoEvaluationError
from policyengine.rego.compiler.parts import Owner
from policyengine.rego.compiler.program import GENERATED
from policyengine.rego.runtime.builtins.registry import Halt
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.watch import watched
from policyengine.rego.syntax.stack import evaluation_stack


class Asked:
    """What is evaluated: named where no generated code runs, as while an answer is written."""

    __slots__ = ("owner",)

    def __init__(self, owner: Owner) -> None:
        self.owner = owner


@contextmanager
def guarded(limits: Limits, owners: Mapping[str, Owner], asked: Asked) -> Iterator[None]:
    """Hold the block to ``limits``. ``owners`` has the rule of each generated function.

    Raises RegoEvaluationError, and EvaluationLimitExceeded with the rule and its place.
    """
    try:
        with evaluation_stack(limits.depth), watched(limits):
            yield
    except Halt as halt:
        raise RegoEvaluationError(halt.code, str(halt)) from None
    except EvaluationLimitExceeded as error:
        raise _placed(error, _owner(error.__traceback__, owners) or asked.owner) from None
    except RecursionError as error:
        depth = EvaluationLimitExceeded(
            "the evaluation reached its limit of depth",
            limit="depth",
            expected=f"at most {limits.depth} calls within calls and levels of values",
            hint="make values less deep or chains of rules shorter, or raise the limit",
        )
        raise _placed(depth, _owner(error.__traceback__, owners) or asked.owner) from None
    except MemoryError as error:
        memory = EvaluationLimitExceeded(
            "the evaluation found no more memory",
            limit="memory",
            hint="make the policy's values smaller",
        )
        raise _placed(memory, _owner(error.__traceback__, owners) or asked.owner) from None


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
