"""Why an image was denied, by a stored result: its reasons, and the steps of their rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click
import orjson

from policyengine.cli.bundle_options import bundles
from policyengine.cli.steps_output import Mask, cut
from policyengine.errors import EvidenceError, UsageError
from policyengine.model.policy import PolicyBundle, PolicyRule
from policyengine.model.verdict import Reason, Verdict
from policyengine.rego.syntax.ast_json import json_text
from policyengine.report.escape import terminal_text

if TYPE_CHECKING:
    from policyengine.rego.steps import RuleSteps

_SHORT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A reason, and what became of it: it counts, is waived (by whom), or was known before."""

    reason: Reason
    state: str
    waiver: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """What the rules of a verdict do over its document, by rule id, in each bundle that has it.

    ``chosen`` are the reasons that were asked for, by identity, with the index that the solutions
    which made each are told by. ``shown`` is what was made for JSON, once for all reasons.
    """

    mask: Mask
    by_rule: Mapping[str, list[_InBundle]]
    chosen: Mapping[int, int]
    shown: dict[int, Any] = field(default_factory=dict)

    def of(self, item: Reason | PolicyRule) -> _InBundle | None:
        """Those of a reason's own bundle; of a rule without one, of the first that has it."""
        if isinstance(item, PolicyRule):
            return next(iter(self.by_rule.get(item.id, ())), None)
        return next(
            (
                each
                for each in self.by_rule.get(item.rule.id, ())
                if each.bundle.identity.digest == item.bundle.digest
            ),
            None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _InBundle:
    """The steps of the definitions of a rule as they stand in a bundle."""

    bundle: PolicyBundle
    rules: list[PolicyRule]
    told: list[RuleSteps]


def explain_result(data: bytes, where: str, *, form: str, options: Mapping[str, Any]) -> None:
    """Print why each image of the result was judged as it was.

    Raises ResultError for a file that is no result, UsageError where nothing in it is meant, and
    where document or bundles are not those of the verdict.
    """
    from policyengine.report.result_reading import read_result

    if options["facts"]:
        raise UsageError(
            "a result has no facts to point at",
            found=options["facts"][0],
            expected="--rule, --reason, or the input document in place of the result",
        )
    if options["now"] is not None:
        raise UsageError("a result is explained as at its own time", found="--now")
    verdicts = _of_image(read_result(data, where=where), options["image"], where)
    if options["given"] is not None and len(verdicts) != 1:
        raise UsageError(
            "--input is the document of one image",
            found=f"{len(verdicts)} images in the result",
            expected="--image REFERENCE",
        )
    if options["given"] is None and (options["bundles"] or options["everything"]):
        raise UsageError("--bundle and --all need the document too", expected="--input INPUT.json")
    told = [(verdict, _reasons(verdict, options)) for verdict in verdicts]
    ungiven = [(verdict, _without_reason(verdict, options["rules"])) for verdict in verdicts]
    if (options["rules"] or options["reasons"]) and not any(
        items for _, items in [*told, *ungiven]
    ):
        raise UsageError(
            "nothing in the result is what is asked for",
            where=where,
            found=", ".join((*options["rules"], *options["reasons"])),
            expected="a rule that was judged, or the fingerprint of a reason",
            hint=_known(verdicts),
        )
    shown: list[Any] = []
    for (verdict, reasons), (_, silent) in zip(told, ungiven, strict=True):
        wanted = [item.reason.rule for item in reasons] + [rule for rule, _ in silent]
        steps = None
        if options["given"] is not None:
            chosen = [item.reason for item in reasons] if options["reasons"] else []
            steps = _steps(verdict, wanted, chosen, options)
        if form == "json":
            shown.append(_json(verdict, reasons, silent, steps))
            continue
        for line in _text(verdict, reasons, silent, steps):
            click.echo(terminal_text(line).rstrip())
    if form == "json":
        click.echo(json_text(shown))


def _of_image(verdicts: Sequence[Verdict], image: str | None, where: str) -> list[Verdict]:
    found = [verdict for verdict in verdicts if image in {None, verdict.image, verdict.digest}]
    if not found:
        raise UsageError(
            "the result has no such image",
            where=where,
            found=str(image),
            expected=" or ".join(verdict.image for verdict in verdicts[:5]) or "an image in it",
        )
    return found


def _reasons(verdict: Verdict, options: Mapping[str, Any]) -> list[_Told]:
    every = [
        *(_Told(reason=reason, state="denies") for reason in verdict.reasons),
        *(_Told(reason=reason, state="warns") for reason in verdict.warnings),
        *(
            _Told(
                reason=item.reason,
                state="waived",
                waiver=f"{item.waiver.file}:{item.waiver.row}: {item.waiver.reason} "
                f"({item.waiver.owner}, approved by {item.waiver.approver}, until "
                f"{item.waiver.expires})",
            )
            for item in verdict.waived
        ),
        *(_Told(reason=reason, state="known before") for reason in verdict.known),
    ]
    rules, prints = frozenset(options["rules"]), options["reasons"]
    if not rules and not prints:
        return every
    return [
        item
        for item in every
        if not rules.isdisjoint(_names(item.reason.rule))
        or any(item.reason.fingerprint.startswith(word) for word in prints if len(word) >= _SHORT)
    ]


def _without_reason(verdict: Verdict, rules: Sequence[str]) -> list[tuple[PolicyRule, str]]:
    """The rules that are asked for and gave no reason, each with what came of it."""
    gave = {item.reason.rule.id for item in _reasons(verdict, {"rules": (), "reasons": ()})}
    found: dict[str, tuple[PolicyRule, str]] = {}
    for item in verdict.unjudged:
        missing = ", ".join(kind.value for kind in item.missing)
        found[item.rule.id] = (item.rule, f"could not be judged: no {missing} ({item.hint})")
    for rule in verdict.judged:
        if rule.id not in gave:
            found.setdefault(rule.id, (rule, "was judged, and gave no reason"))
    wanted = frozenset(rules)
    return [pair for pair in found.values() if not wanted.isdisjoint(_names(pair[0]))]


def _names(rule: PolicyRule) -> set[str]:
    path = ".".join((*rule.package, rule.name))
    return {rule.id, path, f"data.{path}"}


def _known(verdicts: Sequence[Verdict]) -> str:
    rules = {
        item.reason.rule.id
        for verdict in verdicts
        for item in _reasons(verdict, {"rules": (), "reasons": ()})
    }
    return f"reasons are of {', '.join(sorted(rules)[:8])}" if rules else "it has no reasons"


def _steps(
    verdict: Verdict,
    wanted: Sequence[PolicyRule],
    chosen: Sequence[Reason],
    options: Mapping[str, Any],
) -> _Steps:
    """Evaluate the rules again, over exactly what the verdict is about."""
    from policyengine.cli.rule_steps import masking, steps_of
    from policyengine.document import at_time, read_document
    from policyengine.given_file import read_given
    from policyengine.settings import load_settings

    settings = load_settings()
    where = options["given"]
    document = read_document(read_given(where, error=EvidenceError), where=where)
    stored = at_time(document, verdict.evaluated_at)
    if stored.sha256 != verdict.document_digest:
        raise UsageError(
            "is not the document that the verdict is about",
            where=where,
            found=f"sha256 {stored.sha256}",
            expected=str(verdict.document_digest),
        )
    found = bundles(settings, options)
    judged_by = {bundle.digest: bundle for bundle in verdict.bundles}
    for bundle in found:
        if bundle.identity.digest not in judged_by:
            raise UsageError(
                "is not a bundle that the verdict is by",
                where=f"{bundle.identity.name} {bundle.identity.version}",
                found=f"sha256 {bundle.identity.digest}",
                expected=" or ".join(
                    f"{each.name} {each.version}, {each.digest}" for each in verdict.bundles
                ),
            )
    by_rule: dict[str, list[_InBundle]] = {}
    for bundle in found:
        for rule_id in dict.fromkeys(rule.id for rule in wanted):
            rules = [rule for rule in bundle.rules if rule.id == rule_id]
            if not rules:
                continue
            told = steps_of(
                settings,
                stored,
                bundle,
                rules,
                everything=options["everything"],
                reasons=chosen,
            )
            by_rule.setdefault(rule_id, []).append(_InBundle(bundle=bundle, rules=rules, told=told))
    return _Steps(
        mask=masking(stored),
        by_rule=by_rule,
        chosen={id(reason): index for index, reason in enumerate(chosen)},
    )


def _text(
    verdict: Verdict,
    reasons: Sequence[_Told],
    silent: Sequence[tuple[PolicyRule, str]],
    steps: _Steps | None,
) -> Iterator[str]:
    yield f"{verdict.image}: {verdict.outcome.value}, as at {verdict.evaluated_at}"
    if verdict.problem is not None:
        yield f"  {verdict.problem}"
    if not reasons and not silent:
        yield "  no reasons"
    shown: set[tuple[str, str]] = set()
    for item in reasons:
        reason = item.reason
        yield from _reason_text(item)
        if (reason.rule.id, reason.bundle.digest) not in shown:
            yield from _steps_text(reason, steps)
        shown.add((reason.rule.id, reason.bundle.digest))
        yield from _own_text(reason, steps)
    for rule, what in silent:
        yield f"{rule.id} ({rule.kind.value}) {what}"
        yield f"  {rule.location.file}:{rule.location.row}: {rule.title}"
        yield from _steps_text(rule, steps)


def _reason_text(item: _Told) -> Iterator[str]:
    reason = item.reason
    rule, bundle = reason.rule, reason.bundle
    yield f"{rule.id} ({reason.kind.value}, {reason.severity.word}) {item.state}: {reason.message}"
    yield f"  fingerprint {reason.fingerprint}"
    yield (
        f"  {rule.location.file}:{rule.location.row} of {bundle.name} {bundle.version}, "
        f"revision {bundle.revision}{f': {rule.title}' if rule.title else ''}"
    )
    if item.waiver is not None:
        yield f"  waived by {item.waiver}"
    for value in reason.values:
        yield f"  {value.pointer}: {cut(orjson.dumps(value.value).decode())}"
        for source in value.sources:
            place = source.location if source.line is None else f"{source.location}:{source.line}"
            at = "" if source.pointer is None else f" at {source.pointer or '/'}"
            yield f"    said by {place}{at}"
    for name, detail in sorted(reason.details.items()):
        yield f"  {name} = {cut(orjson.dumps(detail).decode())}"
    if rule.remediation:
        yield f"  fix: {cut(rule.remediation)}"


def _steps_text(item: Reason | PolicyRule, steps: _Steps | None) -> Iterator[str]:
    from policyengine.cli.rule_steps import steps_lines

    if steps is None:
        return
    found = steps.of(item)
    if found is None:
        yield "  no bundle that is given has the rule"
        return
    for line in steps_lines(found.told, found.rules, steps.mask):
        yield f"  {line}"


def _own_text(reason: Reason, steps: _Steps | None) -> Iterator[str]:
    from policyengine.cli.steps_output import chosen_text

    found = None if steps is None else steps.of(reason)
    if steps is None or found is None or id(reason) not in steps.chosen:
        return
    for definition in found.told:
        for line in chosen_text(definition, steps.chosen[id(reason)], steps.mask):
            yield f"  {line}"


def _json(
    verdict: Verdict,
    reasons: Sequence[_Told],
    silent: Sequence[tuple[PolicyRule, str]],
    steps: _Steps | None,
) -> dict[str, Any]:
    from policyengine.report.result_json import reason_object

    return {
        "image": verdict.image,
        "digest": verdict.digest,
        "outcome": verdict.outcome.value,
        "evaluated_at": str(verdict.evaluated_at),
        "problem": verdict.problem,
        "reasons": [
            {
                **orjson.loads(orjson.dumps(reason_object(item.reason))),
                "state": item.state,
                "waiver": item.waiver,
                "steps": _steps_json(item.reason, steps),
                "solutions": _own_json(item.reason, steps),
            }
            for item in reasons
        ],
        "without_reason": [
            {"rule": rule.id, "what": what, "steps": _steps_json(rule, steps)}
            for rule, what in silent
        ],
    }


def _steps_json(item: Reason | PolicyRule, steps: _Steps | None) -> Any:
    from policyengine.cli.steps_output import steps_json

    found = None if steps is None else steps.of(item)
    if steps is None or found is None:
        return None
    if id(found) not in steps.shown:
        steps.shown[id(found)] = [steps_json(each, found.bundle, steps.mask) for each in found.told]
    return steps.shown[id(found)]


def _own_json(reason: Reason, steps: _Steps | None) -> Any:
    from policyengine.cli.steps_output import chosen_json

    found = None if steps is None else steps.of(reason)
    if steps is None or found is None or id(reason) not in steps.chosen:
        return None
    index = steps.chosen[id(reason)]
    return [entry for each in found.told for entry in chosen_json(each, index, steps.mask)]
