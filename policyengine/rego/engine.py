"""The small interface behind which engines stand.

An engine takes modules and data once, and then answers, for one input after another, what named
rules give. Answers come per rule *definition*: where a package defines ``deny`` five times, five
sets come back, each with the place of the definition that made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from policyengine.rego.runtime.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:  # Every command imports this room, and most read no Rego.
    from policyengine.rego.syntax.ast import RegoVersion

InputPath: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the root of the input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleQuery:
    """One rule definition to evaluate.

    ``package`` has no leading ``data``. ``file`` and ``row`` are those of the rule's head, and
    tell it from others of its name.
    """

    package: tuple[str, ...]
    name: str
    file: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """What one definition gave: a JSON value, a set as a sorted list.

    ``defined`` is False where it gave nothing. A definition of a complete rule gives the value of
    the rule if it holds at all: which of several definitions made it is not told.

    ``paths`` are those of the input that led to each item of a value that is a list, or to the
    value; None where the engine does not know.
    """

    query: RuleQuery
    defined: bool
    value: Any
    paths: tuple[tuple[InputPath, ...], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationLimits:
    """What the evaluation of one input may take.

    ``seconds`` of wall time and ``memory`` in bytes hold every engine; ``steps``, ``depth`` and
    ``size``, as of ``runtime/limits.py``, the compiled one.
    """

    seconds: float = DEFAULT_LIMITS.seconds
    memory: int = DEFAULT_LIMITS.memory
    steps: int = DEFAULT_LIMITS.steps
    depth: int = DEFAULT_LIMITS.depth
    size: int = DEFAULT_LIMITS.size

    def of_evaluation(self) -> Limits:
        """These limits as the compiled engine counts them."""
        return Limits(
            seconds=self.seconds,
            memory=self.memory,
            steps=self.steps,
            depth=self.depth,
            size=self.size,
        )


DEFAULT_EVALUATION_LIMITS = EvaluationLimits()


class PreparedPolicy(Protocol):
    """Modules and data, ready to be asked about one input after another."""

    def evaluate(
        self, document: bytes, queries: Sequence[RuleQuery], *, now_ns: int
    ) -> tuple[RuleResult, ...]:
        """Return one result for each of ``queries``, in order.

        ``document`` is the input as JSON. Raises EngineFailed, EvaluationLimitExceeded or
        RegoEvaluationError: an engine that cannot answer never answers with nothing.
        """

    def close(self) -> None:
        """Release processes and files. Further evaluations are errors."""


class Engine(Protocol):
    """A way to evaluate Rego."""

    @property
    def name(self) -> str:
        """Name and version, as recorded in a verdict."""

    def prepare(
        self,
        modules: Mapping[str, str],
        data: Mapping[str, Any],
        *,
        limits: EvaluationLimits = DEFAULT_EVALUATION_LIMITS,
        rego_versions: Mapping[str, RegoVersion] | None = None,
        strict_builtin_errors: bool = True,
    ) -> PreparedPolicy:
        """Check ``modules`` (path to source) and return them ready to be evaluated.

        ``rego_versions`` has the version of each module that is not in v1. With
        ``strict_builtin_errors`` a builtin that fails is an error, else it is undefined.

        Raises RegoCompileError for modules that are wrong or that this engine cannot evaluate.
        """
