"""Bundles, rules and prepared policies as values, for tests of what is made of their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from policyengine.document import InputDocument, assemble
from policyengine.model.evidence import EvidenceKind
from policyengine.model.gathered import GatheredReports
from policyengine.model.image import ImageEvidence
from policyengine.model.policy import (
    BundleIdentity,
    PolicyBundle,
    PolicyRule,
    RuleKind,
    SourceLocation,
)
from policyengine.model.views import DocumentView
from policyengine.rego.engine import RuleQuery, RuleResult
from tests.evidence_values import NOW, image_evidence

IDENTITY = BundleIdentity(name="acme", version="1.2.3", revision="r7", digest="b" * 64)


def rule(name: str = "deny", row: int = 1, **changes: Any) -> PolicyRule:
    kind = RuleKind(name.partition("_")[0])
    value = PolicyRule(
        id=f"acme.{name}.{row}",
        kind=kind,
        package=("acme",),
        name=name,
        location=SourceLocation(file="acme.rego", row=row),
    )
    return replace(value, **changes)


def bundle(*rules: PolicyRule, view: DocumentView = DocumentView.UNIFIED) -> PolicyBundle:
    return PolicyBundle(
        identity=IDENTITY,
        view=view,
        modules=(),
        data={},
        parameter_schema={},
        parameters={},
        rules=rules,
    )


def needing(*kinds: EvidenceKind) -> dict[str, Any]:
    return {"requires": frozenset(kinds)}


@dataclass(kw_only=True)
class GivenAnswers:
    """A prepared policy that gives ``answers`` by row, undefined where it has none."""

    answers: Mapping[int, Any] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    document: bytes = b""
    now_ns: int = 0

    def evaluate(
        self, document: bytes, queries: Sequence[RuleQuery], *, now_ns: int
    ) -> tuple[RuleResult, ...]:
        self.asked += [query.row for query in queries]
        self.document, self.now_ns = document, now_ns
        return tuple(
            RuleResult(
                query=query,
                defined=query.row in self.answers,
                value=self.answers.get(query.row),
            )
            for query in queries
        )

    def close(self) -> None:
        """Nothing is held."""


def document(
    reports: GatheredReports | None = None,
    *,
    of: ImageEvidence | None = None,
    environment: str | None = None,
) -> InputDocument:
    return assemble(
        of or image_evidence(),
        reports or GatheredReports(),
        environment=environment,
        evaluated_at=NOW,
    )
