"""Waivers: reasons that are let pass for a while, by somebody who answers for it.

1. A waiver is sound if it has begun, has not ended, is no longer than the rules allow, and its
   approver is one of those who may. Any other lets nothing pass.
2. It means a reason if the rule is the waiver's and all that narrows it fits: the repository by
   pattern, the digest, and what the rule's result names as vulnerability (or alias), package and
   path. What a result does not name does not fit. Texts are compared as they are written: another
   case, another form of Unicode or a blank is another text. Only of paths is the slash before the
   first name nothing, as scanners write both; one that goes up by ``..`` fits no pattern.
3. A reason that a sound waiver means is waived. One that only others mean counts, and the verdict
   says which waivers would have let it pass, and why they do not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from policyengine.evaluate.verdict import outcome_of
from policyengine.model.instant import Instant
from policyengine.model.trust_policy import matches_any
from policyengine.model.verdict import Reason, Verdict, WaivedReason
from policyengine.model.waiver import Waiver, WaiverFault, WaiverProblem, WaiverRules

_DAY = 86_400_000_000_000


def problems_of(waiver: Waiver, rules: WaiverRules, now: Instant) -> tuple[WaiverProblem, ...]:
    """Return what is wrong with ``waiver`` at the instant ``now``, by itself."""
    found: list[tuple[WaiverFault, str]] = []
    if now >= waiver.expires:
        found.append((WaiverFault.EXPIRED, f"expired at {waiver.expires}"))
    if now < waiver.created:
        found.append((WaiverFault.NOT_YET_VALID, f"holds from {waiver.created} only"))
    if rules.approvers and waiver.approver not in rules.approvers:
        listed = ", ".join(sorted(rules.approvers))
        found.append(
            (WaiverFault.APPROVER, f"is approved by {waiver.approver}, who is none of: {listed}")
        )
    if waiver.expires.ns - waiver.created.ns > rules.max_days * _DAY:
        days = -(-(waiver.expires.ns - waiver.created.ns) // _DAY)
        found.append(
            (WaiverFault.TOO_LONG, f"holds for {days} days, and at most {rules.max_days} may be")
        )
    if not _narrowed(waiver):
        found.append(
            (WaiverFault.TOO_BROAD, f"lets every reason of {waiver.rule} pass, in every image")
        )
    return tuple(
        WaiverProblem(waiver=waiver, fault=fault, message=message) for fault, message in found
    )


def waived(verdict: Verdict, waivers: Sequence[Waiver], rules: WaiverRules) -> Verdict:
    """Return ``verdict`` with the reasons and warnings waived that sound waivers mean.

    The clock is that of the verdict. What could not be judged stays *incomplete*.
    """
    now = verdict.evaluated_at
    refused = {
        waiver: problems
        for waiver in waivers
        if (problems := tuple(p for p in problems_of(waiver, rules, now) if p.refuses))
    }
    sound = [waiver for waiver in waivers if waiver not in refused]
    kept: dict[str, list[Reason]] = {"reasons": [], "warnings": []}
    let_pass: list[WaivedReason] = []
    blamed: dict[WaiverProblem, None] = {}
    for name, reasons in (("reasons", verdict.reasons), ("warnings", verdict.warnings)):
        for reason in reasons:
            waiver = next((w for w in sound if means(w, reason, verdict)), None)
            if waiver is not None:
                let_pass.append(WaivedReason(reason=reason, waiver=waiver))
                continue
            kept[name].append(reason)
            for other, problems in refused.items():
                if means(other, reason, verdict):
                    blamed.update(dict.fromkeys(problems))
    outcome = verdict.outcome
    if verdict.problem is None:
        outcome = outcome_of(kept["reasons"], verdict.unjudged, verdict.judged)
    return replace(
        verdict,
        outcome=outcome,
        reasons=tuple(kept["reasons"]),
        warnings=tuple(kept["warnings"]),
        waived=(*verdict.waived, *let_pass),
        refused_waivers=(*verdict.refused_waivers, *blamed),
    )


def means(waiver: Waiver, reason: Reason, verdict: Verdict) -> bool:
    """Say whether ``waiver`` is about ``reason``, sound or not."""
    if waiver.rule != reason.rule.id:
        return False
    details = reason.details
    fits = []
    if waiver.repository is not None:
        name = verdict.repository
        fits.append(name is not None and matches_any((waiver.repository,), name))
    if waiver.digest is not None:
        fits.append(verdict.digest == waiver.digest)
    if waiver.vulnerability is not None:
        aliases = details.get("aliases")
        names = list(aliases) if isinstance(aliases, list | tuple) else []
        fits.append(waiver.vulnerability in [details.get("vulnerability"), *names])
    if waiver.package is not None:
        fits.append(details.get("package") == waiver.package)
    if waiver.path is not None:
        fits.append(_path_fits(waiver.path, details.get("path")))
    return all(fits)


def _path_fits(pattern: str, path: object) -> bool:
    if not isinstance(path, str) or ".." in path.split("/"):
        return False
    return matches_any((pattern.lstrip("/"),), path.lstrip("/"))


def unknown_rules(waivers: Iterable[Waiver], rules: Collection[str]) -> tuple[WaiverProblem, ...]:
    """Return a problem for each waiver whose rule is none of ``rules``, the ids that judge."""
    found = []
    for waiver in waivers:
        if waiver.rule in rules:
            continue
        near = get_close_matches(waiver.rule, sorted(rules), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        found.append(
            WaiverProblem(
                waiver=waiver,
                fault=WaiverFault.UNKNOWN_RULE,
                message=f"is of a rule that no bundle here has{hint}",
            )
        )
    return tuple(found)


def unused_waivers(
    waivers: Iterable[Waiver], verdicts: Sequence[Verdict]
) -> tuple[WaiverProblem, ...]:
    """Return a problem for each waiver that means nothing found in ``verdicts``.

    Verdicts on images of which something was not judged tell nothing: then no waiver is unused.
    """
    if any(verdict.problem is not None or verdict.unjudged for verdict in verdicts):
        return ()
    return tuple(
        WaiverProblem(
            waiver=waiver, fault=WaiverFault.UNUSED, message="means nothing that was found"
        )
        for waiver in waivers
        if not any(
            means(waiver, reason, verdict)
            for verdict in verdicts
            for reason in (
                *verdict.reasons,
                *verdict.warnings,
                *verdict.known,
                *(item.reason for item in verdict.waived),
            )
        )
    )


def _narrowed(waiver: Waiver) -> bool:
    # A pattern without a letter or digit of its own means everything, however it is written.
    patterns = (waiver.repository or "", waiver.path or "")
    exact = (waiver.digest, waiver.vulnerability, waiver.package)
    return any(text is not None for text in exact) or any(
        character.isalnum() for pattern in patterns for character in pattern
    )
