"""The verdict on one image, and everything needed to trace it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policyengine.errors import ExitCode
from policyengine.model.evidence import AcceptedMismatch, EvidenceKind, EvidenceSource
from policyengine.model.fingerprint import fingerprint
from policyengine.model.instant import Instant
from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.policy import BundleIdentity, PolicyRule, RuleKind
from policyengine.model.severity import Severity
from policyengine.model.waiver import Waiver, WaiverProblem


class Outcome(StrEnum):
    """The answer. A denial stands even where other rules could not be judged."""

    ALLOWED = "allowed"
    DENIED = "denied"
    INCOMPLETE = "incomplete"

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a run that judged one image so."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Outcome.ALLOWED: ExitCode.ALLOWED,
    Outcome.DENIED: ExitCode.DENIED,
    Outcome.INCOMPLETE: ExitCode.INCOMPLETE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedSource:
    """A file that a value came from, and its place there where that is known: a JSON Pointer, or
    for text a line, counted from 1."""

    location: str
    sha256: str
    pointer: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedValue:
    """A value of the input document that a reason speaks of.

    ``pointer`` is its place in the document. Secrets in ``value`` are masked.
    """

    pointer: str
    value: FrozenJson
    sources: tuple[TracedSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an image is denied, or warned about.

    ``details`` are the fields of a rule's result object beside ``msg``, ``paths`` and
    ``severity``. Text is masked. ``severity`` is the result's own where it gives one, else the
    rule's. ``kind`` differs from the rule's own where its ``effective_on`` is in the future.
    """

    rule: PolicyRule
    kind: RuleKind
    message: str
    severity: Severity
    bundle: BundleIdentity
    values: tuple[TracedValue, ...]
    details: FrozenObject

    @property
    def fingerprint(self) -> str:
        """What this reason is known by in another judgement of the same image."""
        return fingerprint(self.rule.id, self.message, self.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivedReason:
    """A reason that does not count, and the waiver that says so."""

    reason: Reason
    waiver: Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class UnjudgedRule:
    """A rule that could not be judged for want of evidence."""

    rule: PolicyRule
    missing: tuple[EvidenceKind, ...]
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one image at one instant, by one bundle or several.

    ``image`` is the reference as the user gave it; ``repository`` its registry and repository,
    None where it has no name; ``digest`` the manifest digest or None.
    ``problem`` is the one line that says why there is no judgement at all, where collecting or
    evaluating failed; the outcome is then ``incomplete``. ``judged`` are the rules that were
    evaluated, whatever they gave. ``waived`` and ``known`` are reasons that do not count: for a
    waiver, and because a baseline has them already. ``refused_waivers`` would have let a reason
    pass, and hold no more or not at all. ``document_digest`` is the sha256 of the canonical input
    document.
    """

    outcome: Outcome
    image: str
    repository: str | None
    digest: str | None
    environment: str | None
    evaluated_at: Instant
    bundles: tuple[BundleIdentity, ...]
    engine: str
    document_digest: str | None
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    waived: tuple[WaivedReason, ...] = ()
    known: tuple[Reason, ...] = ()
    refused_waivers: tuple[WaiverProblem, ...] = ()
    unjudged: tuple[UnjudgedRule, ...] = ()
    judged: tuple[PolicyRule, ...] = ()
    sources: tuple[EvidenceSource, ...] = ()
    mismatches: tuple[AcceptedMismatch, ...] = ()
    problem: str | None = None
