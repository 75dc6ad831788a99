"""The value of one reference: what is asked most, and so the shortest way through a policy."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from policyengine.errors import EvaluationLimitExceeded, UsageError
from policyengine.rego.compiler.owners import QUERY_OWNER, Owner
from policyengine.rego.guard import INTERRUPTIONS, Asked, Ending, Guarded
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.evaluation import Context, Node
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.limits import Budget, Limits
from policyengine.rego.runtime.values import UNDEFINED, Value

if TYPE_CHECKING:
    from policyengine.rego.compiler.query import Query

RESULT: Final = "result"
# The families of builtins that read texts, and say of what is too deep that it is not right.
_READERS: Final = ("json.", "yaml.", "graphql.", "io.jwt.", "crypto.", "rego.")
_ASKED: Final = Asked(QUERY_OWNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A reference that was compiled: ``ask`` gives its value.

    ``documents`` is as of ``Image``, the others as of ``Query``. ``answers_deep``: a builtin that
    it calls may answer that a text is too deep, where another limit would have it read.
    """

    ask: Callable[[Context], Value]
    documents: int
    owners: Mapping[str, Owner]
    takes_whole: bool
    answers_deep: bool

    def value(
        self, data: Value, document: Value, now_ns: int | None, strict: Any, limits: Limits
    ) -> Any:
        """The JSON value over ``data`` and the input ``document``, or UNDEFINED.

        Few evaluations are deep, and to tell Python of the depth takes as long as a small one. So
        it is evaluated within Python's own limit first, and again where that was too little.
        """
        now_ns = time.time_ns() if now_ns is None else now_ns
        if self.answers_deep:
            return self._deep_value(data, document, now_ns, strict, limits)
        guard = Guarded(limits, self.owners, _ASKED)
        try:
            # Not by the same lines below: another call takes as long as a rule.
            with guard:
                session = Session(Budget(limits, guard.deadline), now_ns, document, strict)
                found = self.ask(Context(session, document, data, self.documents))
                return UNDEFINED if found is UNDEFINED else to_json(found)
        except INTERRUPTIONS as error:
            raise guard.late(error) from None
        except EvaluationLimitExceeded as error:
            if error.limit != "depth":
                raise
        left = limits.after(guard.deadline - limits.seconds)
        return self._deep_value(data, document, now_ns, strict, left)

    def _deep_value(
        self, data: Value, document: Value, now_ns: int, strict: Any, limits: Limits
    ) -> Any:
        with Ending(Guarded(limits, self.owners, _ASKED)) as guard, guard:
            session = Session(Budget(limits, guard.deadline), now_ns, document, strict)
            found = self.ask(Context(session, document, data, self.documents))
            return UNDEFINED if found is UNDEFINED else to_json(found)


def asking(query: Query, reference: str) -> Asking:
    """What asks for ``reference``, of which ``query`` makes ``RESULT``.

    Raises UsageError for more than one expression: the others would be conditions, under which the
    reference is undefined.
    """
    if len(query.body) != 1:
        raise UsageError(
            "is no single reference", where=reference, found=f"{len(query.body)} expressions"
        )
    rule = _rule(query.program.nodes, reference)
    return Asking(
        ask=_first_solution(query) if rule is None else rule,
        documents=query.program.image.documents,
        owners=query.owners,
        takes_whole=query.takes_whole,
        answers_deep=any(
            name.startswith(_READERS) for name in query.program.image.builtins.values()
        ),
    )


def _rule(node: Node, reference: str) -> Callable[[Context], Value] | None:
    """The function of the rule that the reference is, if it is nothing but a rule's name."""
    root, *names = reference.split(".")
    if root != "data":
        return None
    for name in names:
        below = node.children.get(name)
        if below is None or below.is_function:
            return None
        node = below
    return None if node.children else node.evaluate


def _first_solution(query: Query) -> Callable[[Context], Value]:
    place = query.bindings.index(RESULT)

    def ask(context: Context) -> Value:
        out: list[tuple[Value, ...]] = []
        query.run(context, out)
        return out[0][place] if out else UNDEFINED

    return ask
