"""Which of a verdict's reasons a result of a rule became.

The same result always becomes the same reason, so one that is found again by message, details and
the places that it names is the reason's own. Two results that differ in none of these make reasons
that cannot be told apart: each is of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from policyengine.document import (
    InputDocument,
    mask_json,
    mask_text,
    secret_values,
    thawed,
    view_of,
)
from policyengine.evaluate.results import Finding, findings
from policyengine.evaluate.trace import Tracer
from policyengine.model.policy import PolicyRule
from policyengine.model.verdict import Reason
from policyengine.model.views import DocumentView
from policyengine.rego.engine import RuleQuery, RuleResult

_Place: TypeAlias = tuple[str, int]
_Pointers: TypeAlias = tuple[str, ...]


class ReasonResults:
    """Finds ``reasons`` again in the results of their rules over the document of the verdict."""

    def __init__(
        self, document: InputDocument, view: DocumentView, reasons: Sequence[Reason]
    ) -> None:
        self._secrets = secret_values(document)
        self._tracer = Tracer(document, view, view_of(document, view), self._secrets)
        self._rules: dict[_Place, PolicyRule] = {}
        self._reasons: dict[tuple[_Place, str], dict[_Pointers, list[tuple[int, Reason]]]] = {}
        for index, reason in enumerate(reasons):
            place = (reason.rule.location.file, reason.rule.location.row)
            self._rules[place] = reason.rule
            pointers = tuple(value.pointer for value in reason.values)
            alike = self._reasons.setdefault((place, reason.message), {})
            alike.setdefault(pointers, []).append((index, reason))

    def of(self, file: str, row: int, value: Any) -> tuple[int, ...]:
        """Return the indexes of the reasons that the rule at ``file`` and ``row`` gives with the
        JSON ``value``. Raises EvaluationError for a value that is no reason."""
        rule = self._rules.get((file, row))
        if rule is None:
            return ()
        query = RuleQuery(package=rule.package, name=rule.name, file=file, row=row)
        result = RuleResult(query=query, defined=True, value=value)
        return tuple(
            index
            for finding in findings(rule, result)
            for index, reason in self._near((file, row), finding)
            if self._is(finding, reason)
        )

    def _near(self, place: _Place, finding: Finding) -> list[tuple[int, Reason]]:
        """The reasons of the same message and places; of any places where the rule names none:
        those that the engine finds are not told here."""
        alike = self._reasons.get((place, mask_text(finding.message, self._secrets)), {})
        if finding.paths is None:
            return [each for found in alike.values() for each in found]
        if not alike:
            return []
        named = self._tracer.values(finding.paths, ())
        return alike.get(tuple(value.pointer for value in named), [])

    def _is(self, finding: Finding, reason: Reason) -> bool:
        told = thawed(reason.details)
        details = mask_json(finding.details, self._secrets)
        assert isinstance(told, dict)
        assert isinstance(details, dict)
        if "exception" not in details:
            # It is no word of the rule's: the judgement puts it there.
            told = {name: value for name, value in told.items() if name != "exception"}
        return finding.severity is reason.severity and told == details
