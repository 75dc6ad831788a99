"""``policyengine audit``: judge a whole inventory."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from policyengine.cli.bundle_options import bundle_options, bundles, instant
from policyengine.cli.bundle_options import engine as chosen_engine
from policyengine.cli.options import (
    image_options,
    question,
    reach,
    require_trust_rule,
    trust_options,
)
from policyengine.cli.progress import progress
from policyengine.cli.waiver_options import (
    problems_by_themselves,
    tell,
    waiver_options,
    waiver_set,
)
from policyengine.document import thawed
from policyengine.errors import ExitCode
from policyengine.evaluate import unknown_rules
from policyengine.fleet.inventory import read_inventory
from policyengine.fleet.results import open_results
from policyengine.fleet.runner import run_audit
from policyengine.fleet.summary import AuditSummary
from policyengine.fleet.waiver_use import WaiverUse
from policyengine.fleet.worker import AuditPlan, AuditWorker
from policyengine.model.instant import Instant
from policyengine.model.json_value import JsonObject
from policyengine.model.verdict import Outcome
from policyengine.rego.engines import engine_named
from policyengine.settings import load_settings


@click.group()
def command() -> None:
    """Judge a whole inventory of images."""


@command.command(epilog="Example: policyengine audit run images.txt -b baseline -o results.jsonl")
@click.argument("inventory")
@bundle_options
@image_options
@trust_options
@waiver_options
@click.option("--output", "-o", required=True, metavar="FILE", help="Results, as JSON Lines.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Processes.  [one a processor]")
@click.option("--allow-mismatch", is_flag=True, help="Use evidence that is about another image.")
@click.pass_obj
def run(session: Any, /, *, inventory: str, output: str, jobs: int | None, **options: Any) -> int:
    """Judge every image or stored document of INVENTORY.

    \b
    INVENTORY has one a line: a reference, the path of an input document (*.json), or an object
    {"image": ..., "evidence": [paths], "environment": ...}.

    A run that was stopped goes on when the same command is given again: rows that are there are
    kept, with the clock of the first run. An image that cannot be judged is a row, not the end.
    """
    settings = load_settings()
    listed = read_inventory(inventory)
    judging = bundles(settings, options)
    engine = chosen_engine(settings, options)
    engine_name = engine_named(engine).name
    asked = question("", settings, options)
    require_trust_rule(judging, asked)
    reached = reach(settings, options)
    started = instant(options["now"])
    waivers = waiver_set(settings, options, at=[started])
    identity: JsonObject = {
        "schema_version": "1",
        "bundles": [
            {
                "name": bundle.identity.name,
                "version": bundle.identity.version,
                "sha256": bundle.identity.digest,
                "parameters": thawed(bundle.parameters),
            }
            for bundle in judging
        ],
        "engine": engine_name,
        "inventory_sha256": listed.sha256,
        "environment": asked.environment,
        "platform": None if asked.platform is None else str(asked.platform),
        "layers": asked.layers,
        "trust_policy_sha256": None
        if asked.trust_policy is None
        else asked.trust_policy.source.sha256,
        "bases_sha256": None if reached.bases.source is None else reached.bases.source.sha256,
        "notary": reached.trust.notary,
        "roots": list(reached.trust.roots),
        "signatures": list(reached.trust.signatures),
        "notation": _text(reached.trust.notation),
        "containers_policy": _text(reached.trust.containers_policy),
        "waivers_sha256": [source.sha256 for source in waivers.sources],
        "waivers_signers": [source.signer for source in waivers.sources],
        "evaluated_at": str(started),
    }
    results = open_results(
        output, identity, items=len(listed.items), clock_given=options["now"] is not None
    )
    plan = AuditPlan(
        bundles=judging,
        engine=engine,
        limits=settings.evaluation_limits(),
        cache=bool(settings.get("evaluation.cache")),
        reach=reached,
        clock=Instant.parse(str(results.run["evaluated_at"])),
        clock_for_documents=options["now"] is not None,
        question=asked,
        waivers=waivers,
    )
    rules = {rule.id for bundle in judging for rule in bundle.rules}
    tell(problems_by_themselves(waivers, plan.clock), quiet=session.quiet)
    tell(unknown_rules(waivers.waivers, rules), quiet=session.quiet)
    summary, use = AuditSummary(), WaiverUse()

    def counted(row: JsonObject) -> None:
        summary.note(row)
        use.note(row)

    with closing(results):
        results.replay(counted)
        remaining = [item for item in listed.items if item.index not in results.done]
        if len(remaining) < len(listed.items) and not session.quiet:
            click.echo(f"{len(results.done)} rows are there already", err=True)
        if remaining:
            _check_engine(plan)
            with progress(len(remaining), quiet=session.quiet) as begin:

                def note(row: JsonObject) -> None:
                    results.append(row)
                    counted(row)
                    begin(str(row["image"]))

                try:
                    run_audit(
                        plan,
                        remaining,
                        jobs=jobs or settings.get("audit.jobs") or os.cpu_count() or 1,
                        engine_name=engine_name,
                        note=note,
                    )
                except KeyboardInterrupt:
                    click.echo(
                        f"stopped with {len(results.done)} of {len(listed.items)} rows; "
                        "the same command goes on from there",
                        err=True,
                    )
                    return 130
            results.finish()
    known = [waiver for waiver in waivers.waivers if waiver.rule in rules]
    tell(use.unused(known), quiet=session.quiet)
    if not session.quiet:
        click.echo("\n".join(summary.lines()))
    return _exit_code(summary)


def _check_engine(plan: AuditPlan) -> None:
    """Find out before any process is started whether the bundles can be evaluated at all."""
    AuditWorker(plan).close()


def _exit_code(summary: AuditSummary) -> int:
    if summary.outcomes[Outcome.DENIED.value]:
        return int(ExitCode.DENIED)
    incomplete = summary.outcomes[Outcome.INCOMPLETE.value]
    return int(ExitCode.INCOMPLETE if incomplete else ExitCode.ALLOWED)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
