"""Rules of bundles evaluated over a document, with every step told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from policyengine.cli.steps_output import Mask, steps_json, steps_text
from policyengine.errors import UsageError
from policyengine.model.policy import PolicyBundle, PolicyRule
from policyengine.model.verdict import Reason
from policyengine.rego.following import follow_rules
from policyengine.rego.runtime.json_values import to_json
from policyengine.rego.runtime.values import Value
from policyengine.rego.steps import Choice, RuleSteps
from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast_json import Json, json_text
from policyengine.settings import Settings

if TYPE_CHECKING:
    from policyengine.document import InputDocument

Chosen = tuple[PolicyBundle, list[PolicyRule]]


def print_steps(
    settings: Settings,
    stored: InputDocument,
    chosen: Iterable[Chosen],
    *,
    form: str,
    everything: bool,
) -> None:
    """Print the steps of the rules over the document; of those that they call, ``everything``."""
    mask = masking(stored)
    shown: list[Json] = []
    for bundle, wanted in chosen:
        told = steps_of(settings, stored, bundle, wanted, everything=everything)
        if form == "json":
            shown += [steps_json(item, bundle, mask) for item in told]
            continue
        for line in steps_lines(told, wanted, mask):
            click.echo(line)
    if form == "json":
        click.echo(json_text(shown))


def masking(stored: InputDocument) -> Mask:
    """Return what masks the secrets of the document in any text."""
    from policyengine.document import mask_text, secret_values

    secrets = secret_values(stored)
    return lambda text: mask_text(text, secrets)


def steps_of(
    settings: Settings,
    stored: InputDocument,
    bundle: PolicyBundle,
    wanted: Sequence[PolicyRule],
    *,
    everything: bool,
    reasons: Sequence[Reason] = (),
) -> list[RuleSteps]:
    """Evaluate ``wanted`` of the bundle over the document, at its time.

    What led to each of ``reasons`` is told beside the first few solutions, by its index.
    """
    from policyengine.document import view_of

    now_ns = stored.content["evaluated_at_ns"]
    assert isinstance(now_ns, int)  # by the schema
    steps, behind = follow_rules(
        {module.path: module.source for module in bundle.modules},
        {(rule.location.file, rule.location.row) for rule in wanted},
        input=view_of(stored, bundle.view),
        data={**bundle.data, "parameters": bundle.parameters},
        now_ns=now_ns,
        strict_builtin_errors=bundle.strict_builtin_errors,
        limits=settings.evaluation_limits().of_evaluation(),
        rego_versions={module.path: module.rego_version for module in bundle.modules},
        choice=_choice(stored, bundle, reasons) if reasons else None,
    )
    return [*steps, *(behind if everything else [])]


def _choice(stored: InputDocument, bundle: PolicyBundle, reasons: Sequence[Reason]) -> Choice:
    from policyengine.evaluate.reason_results import ReasonResults

    results = ReasonResults(stored, bundle.view, reasons)

    def choice(rule: ast.Rule, value: Value) -> tuple[int, ...]:
        return results.of(rule.location.file, rule.location.row, to_json(value))

    return choice


def steps_lines(
    told: Iterable[RuleSteps], wanted: Iterable[PolicyRule], mask: Mask
) -> Iterator[str]:
    """Yield the lines about steps; ``wanted`` are the rules that have a name for people."""
    names = {
        (rule.location.file, rule.location.row): f"{rule.id} ({rule.kind.value})" for rule in wanted
    }
    for item in told:
        yield from steps_text(item, names, mask)


def chosen_rules(found: tuple[PolicyBundle, ...], wanted: tuple[str, ...]) -> Iterator[Chosen]:
    """Each bundle that has some of the rules. Raises UsageError for a rule that none has."""
    known = {name for bundle in found for rule in bundle.rules for name in _names(rule)}
    for name in wanted:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, sorted(known), n=1)
            raise UsageError(
                "no bundle has this rule",
                found=name,
                expected="the id of a rule",
                hint=f"did you mean {near[0]}?" if near else None,
            )
    for bundle in found:
        rules = [rule for rule in bundle.rules if not _names(rule).isdisjoint(wanted)]
        if rules:
            yield bundle, rules


def _names(rule: PolicyRule) -> set[str]:
    path = ".".join((*rule.package, rule.name))
    return {rule.id, path, f"data.{path}"}
