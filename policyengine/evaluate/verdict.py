"""The judgement, step by step; the code carries the numbers.

1. See the document through the bundle's view.
2. Set aside the rules whose evidence was not gathered: they are *unjudged*.
3. Ask the engine for every other rule, each definition by itself. An engine that fails, or a
   result that is no reason, raises: there is no verdict then, and never *allowed*.
4. A package that defines ``allow`` must also allow: if it does not, that is a reason. Where one
   of its definitions could not be judged, whether it allows is not known.
5. A deny rule whose ``effective_on`` is in the future warns, and so does one that an ``exception``
   of its package names; ``allow`` has no exceptions.
6. Trace the values behind each reason, and mask secrets in all text.
7. Any deny reason is *denied*; else any unjudged rule is *incomplete*; else, if at least one rule
   was judged, *allowed*. No rule judged is never *allowed*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from policyengine.document import InputDocument, mask_json, mask_text, secret_values, view_of
from policyengine.document.input_document import encode
from policyengine.errors import EvaluationError
from policyengine.evaluate.exceptions import Excepted, excepted, exception_of, judgeable
from policyengine.evaluate.results import Finding, findings
from policyengine.evaluate.trace import Tracer
from policyengine.model.evidence import AcceptedMismatch, EvidenceKind, EvidenceStatus
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject
from policyengine.model.policy import BundleIdentity, PolicyBundle, PolicyRule, RuleKind
from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Reason, UnjudgedRule, Verdict
from policyengine.model.views import DocumentView
from policyengine.rego.engine import PreparedPolicy, RuleQuery, RuleResult

_SUPPLIES = {
    EvidenceKind.IMAGE: "name an image",
    EvidenceKind.LAYERS: "--layers, for an image whose layers are at hand",
    EvidenceKind.SCAN: "--scan FILE, or --evidence with a scan report",
    EvidenceKind.VEX: "--vex FILE, or --evidence with a VEX document",
    EvidenceKind.SBOM: "--sbom FILE, or --evidence with an SBOM",
    EvidenceKind.TRUST: "--trust FILE, or --evidence with the output of docker trust inspect",
    EvidenceKind.DOCKERFILE: "--dockerfile FILE, or --evidence with a Dockerfile",
}


def evaluate(
    document: InputDocument,
    bundle: PolicyBundle,
    policy: PreparedPolicy,
    *,
    engine: str,
    image: str,
) -> Verdict:
    """Return the verdict on ``document``. ``policy`` is ``bundle`` prepared by ``engine``.

    ``image`` is the reference as the user gave it. Raises EvaluationError.
    """
    content = document.content
    now = Instant.parse(_text(content, "evaluated_at"))
    # 1
    shape = view_of(document, bundle.view)
    # 2
    gathered = _gathered(content)
    judged, unjudged = _split(bundle.rules, gathered)
    if not bundle.rules:
        raise EvaluationError("the bundle has no rules", where=bundle.identity.name)
    # 3
    encoded = document.encoded if bundle.view is DocumentView.UNIFIED else encode(shape)
    now_ns = content["evaluated_at_ns"]
    assert isinstance(now_ns, int)
    exceptions = judgeable(bundle.exceptions, gathered)
    asked = [_query(rule) for rule in (*judged, *exceptions)]
    answers = policy.evaluate(encoded, asked, now_ns=now_ns)
    results = answers[: len(judged)]
    let_be = excepted(exceptions, answers[len(judged) :])
    found = [
        finding
        for rule, result in zip(judged, results, strict=True)
        if rule.kind is not RuleKind.ALLOW
        for finding in findings(rule, result)
    ]
    # 4
    found += _not_allowing(judged, results, unjudged)
    # 5, 6
    secrets = secret_values(document)
    tracer = Tracer(document, bundle.view, shape, secrets)
    reasons = sorted(
        (_reason(_marked(item, let_be), bundle.identity, now, tracer, secrets) for item in found),
        key=reason_order,
    )
    denials = tuple(reason for reason in reasons if reason.kind is RuleKind.DENY)
    subject = content["subject"]
    assert isinstance(subject, dict)
    digest, environment = subject["digest"], content["environment"]
    return Verdict(
        # 7
        outcome=outcome_of(denials, unjudged, judged),
        image=image,
        repository=_repository(subject),
        digest=digest if isinstance(digest, str) else None,
        environment=environment if isinstance(environment, str) else None,
        evaluated_at=now,
        bundles=(bundle.identity,),
        engine=engine,
        document_digest=document.sha256,
        reasons=denials,
        warnings=tuple(reason for reason in reasons if reason.kind is RuleKind.WARN),
        unjudged=unjudged,
        judged=judged,
        sources=tuple(source for kind in EvidenceKind for source in tracer.sources[kind]),
        mismatches=_mismatches(content),
    )


def unjudgeable(
    image: str,
    *,
    problem: str,
    environment: str | None,
    evaluated_at: Instant,
    bundles: Sequence[BundleIdentity],
    engine: str,
) -> Verdict:
    """Return the verdict on an image that could not be collected or evaluated: *incomplete*."""
    return Verdict(
        outcome=Outcome.INCOMPLETE,
        image=image,
        repository=None,
        digest=None,
        environment=environment,
        evaluated_at=evaluated_at,
        bundles=tuple(bundles),
        engine=engine,
        document_digest=None,
        problem=mask_text(problem, ()),
    )


def outcome_of(
    denials: Sequence[Reason], unjudged: Sequence[UnjudgedRule], judged: Sequence[PolicyRule]
) -> Outcome:
    if denials:
        return Outcome.DENIED
    if unjudged or not judged:
        return Outcome.INCOMPLETE
    return Outcome.ALLOWED


def _gathered(content: JsonObject) -> frozenset[EvidenceKind]:
    evidence = content["evidence"]
    assert isinstance(evidence, dict)
    kinds = set()
    for kind in EvidenceKind:
        section = evidence[kind.value]
        assert isinstance(section, dict)
        # Both must say so: a document that claims evidence and has no section has none.
        if section["status"] == EvidenceStatus.COLLECTED.value and kind.value in content:
            kinds.add(kind)
    return frozenset(kinds)


def _split(
    rules: Iterable[PolicyRule], gathered: frozenset[EvidenceKind]
) -> tuple[tuple[PolicyRule, ...], tuple[UnjudgedRule, ...]]:
    judged, unjudged = [], []
    for rule in rules:
        missing = tuple(sorted(rule.requires - gathered))
        if missing:
            hint = "; ".join(_SUPPLIES[kind] for kind in missing)
            unjudged.append(UnjudgedRule(rule=rule, missing=missing, hint=hint))
        else:
            judged.append(rule)
    return tuple(judged), tuple(unjudged)


def _query(rule: PolicyRule) -> RuleQuery:
    return RuleQuery(
        package=rule.package, name=rule.name, file=rule.location.file, row=rule.location.row
    )


def _not_allowing(
    judged: Sequence[PolicyRule], results: Sequence[RuleResult], unjudged: Sequence[UnjudgedRule]
) -> list[Finding]:
    """Return a finding for each package whose ``allow`` is not true."""
    unknown = {item.rule.package for item in unjudged if item.rule.kind is RuleKind.ALLOW}
    allowing: dict[tuple[str, ...], bool] = {}
    rules: dict[tuple[str, ...], PolicyRule] = {}
    for rule, result in zip(judged, results, strict=True):
        if rule.kind is RuleKind.ALLOW:
            holds = result.defined and result.value is True
            allowing[rule.package] = allowing.get(rule.package, False) or holds
            rules.setdefault(rule.package, rule)
    return [
        Finding(
            rule=rules[package],
            message=f"the package {'.'.join(package)} does not allow the image",
            severity=rules[package].severity or Severity.UNKNOWN,
            paths=None,
            details={},
        )
        for package, allowed in allowing.items()
        if not allowed and package not in unknown
    ]


def _marked(finding: Finding, let_be: Excepted) -> Finding:
    place = exception_of(finding.rule, let_be)
    if place is None or finding.rule.kind is RuleKind.ALLOW:
        return finding
    details = {**finding.details, "exception": f"{place.file}:{place.row}"}
    return replace(finding, details=details, excepted=True)


def _reason(
    finding: Finding,
    bundle: BundleIdentity,
    now: Instant,
    tracer: Tracer,
    secrets: tuple[str, ...],
) -> Reason:
    rule = finding.rule
    kind = RuleKind.WARN if rule.kind is RuleKind.WARN else RuleKind.DENY
    if rule.effective_on is not None and rule.effective_on > now:
        kind = RuleKind.WARN
    if finding.excepted:
        kind = RuleKind.WARN
    details = mask_json(finding.details, secrets)
    assert isinstance(details, dict)
    return Reason(
        rule=rule,
        kind=kind,
        message=mask_text(finding.message, secrets),
        severity=finding.severity,
        bundle=bundle,
        values=tracer.values(finding.paths, rule.input_paths),
        details=details,
    )


def reason_order(reason: Reason) -> tuple[int, str, str, tuple[str, ...]]:
    """Return what reasons are sorted by: the worst first."""
    pointers = tuple(value.pointer for value in reason.values)
    return (-reason.severity, reason.rule.id, reason.message, pointers)


def _mismatches(content: JsonObject) -> tuple[AcceptedMismatch, ...]:
    evidence = content["evidence"]
    assert isinstance(evidence, dict)
    listed = evidence["mismatches"]
    assert isinstance(listed, list)
    return tuple(
        AcceptedMismatch(
            kind=EvidenceKind(str(item["kind"])),
            location=str(item["location"]),
            message=str(item["message"]),
        )
        for item in listed
        if isinstance(item, dict)
    )


def _repository(subject: JsonObject) -> str | None:
    registry, repository = subject["registry"], subject["repository"]
    return f"{registry}/{repository}" if registry and repository else None


def _text(content: JsonObject, name: str) -> str:
    value = content[name]
    assert isinstance(value, str)
    return value
