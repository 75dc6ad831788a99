"""``policyengine check``: judge images by a policy bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import click

from policyengine.bundle import open_bundle
from policyengine.cli.options import (
    bundle_options,
    evidence_options,
    image_options,
    instant,
    offers,
    parameters,
    question,
    reach,
    require_trust_rule,
    trust_options,
)
from policyengine.cli.options import engine as chosen_engine
from policyengine.cli.progress import progress
from policyengine.cli.report_output import report_options, reporting, write_reports
from policyengine.cli.waiver_options import problems_among, tell, waiver_options, waiver_set
from policyengine.document import InputDocument
from policyengine.errors import (
    BundleError,
    EngineFailed,
    EvaluationError,
    EvidenceError,
    ExitCode,
    PolicyEngineError,
    ResultError,
)
from policyengine.evaluate import against_baseline, evaluate, is_in, unjudgeable, waived
from policyengine.given_file import read_given
from policyengine.judge import Question, gather, gather_each
from policyengine.model.instant import Instant
from policyengine.model.policy import PolicyBundle
from policyengine.model.verdict import Outcome, Verdict
from policyengine.rego.engine import PreparedPolicy, engine_named
from policyengine.report.escape import terminal_text
from policyengine.report.result_reading import read_result
from policyengine.settings import load_settings


@click.command(
    epilog="Example: policyengine check docker-archive:image.tar -e reports/ --environment live"
)
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@bundle_options
@evidence_options
@image_options
@trust_options
@waiver_options
@report_options
@click.option(
    "--baseline",
    metavar="FILE",
    help="An earlier result (--format json): only reasons that are new since then count.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["deny", "warn"]),
    help="What makes the exit code 1: reasons, or warnings too.  [deny]",
)
@click.pass_obj
def command(session: Any, /, *, images: tuple[str, ...], **options: Any) -> int:
    """Judge each IMAGE by a policy bundle: may it ship?

    \b
    IMAGE is a path, or one of
      docker-archive:FILE[:NAME]   oci-archive:FILE[:NAME]   oci:DIR[:TAG]
      docker-daemon:NAME           registry:NAME
    A bare name is asked of the Docker daemon, if it has it, then of its registry.

    The exit code is 0 for allowed, 1 for denied, 3 for incomplete evidence; with several images
    that of the worst.
    """
    settings = load_settings()
    asked_reports = reporting(
        **{name: options[name] for name in ("form", "output", "reports", "show", "everything")}
    )
    baseline = _baseline(options["baseline"])
    waivers = waiver_set(settings, options)
    now = instant(options["now"])
    bundle = open_bundle(
        options["bundle"] or settings.bundle, parameters=parameters(settings, options)
    )
    engine = engine_named(
        chosen_engine(settings, options), cache=bool(settings.get("evaluation.cache"))
    )
    modules = {module.path: module.source for module in bundle.modules}
    versions = {module.path: module.rego_version for module in bundle.modules}
    data = {**bundle.data, "parameters": bundle.parameters}
    try:
        prepared = engine.prepare(
            modules, data, limits=settings.evaluation_limits(), rego_versions=versions
        )
    except EngineFailed as error:
        raise BundleError(f"cannot be evaluated: {error}", where=bundle.identity.name) from None
    # Once: a key may come through a pipe, which is read only once.
    first = question(images[0], settings, options)
    require_trust_rule(bundle, first)
    questions = [first, *(replace(first, image=image) for image in images[1:])]
    with closing(prepared), progress(len(images), quiet=session.quiet) as begin:
        verdicts = []
        gathered = _gathered(questions, offers(options), reach(settings, options), now, begin)
        for asked, found in zip(questions, gathered, strict=True):
            verdict = _judged(asked, found, bundle, prepared, engine=engine.name, now=now)
            verdicts.append(waived(verdict, waivers.waivers, waivers.rules))
    tell(problems_among(waivers, verdicts, now), quiet=session.quiet)
    if baseline is not None:
        _note_strangers(verdicts, baseline, quiet=session.quiet)
        verdicts = [against_baseline(verdict, baseline) for verdict in verdicts]
    write_reports(verdicts, asked_reports)
    return _exit_code(verdicts, options["fail_on"] or settings.fail_on)


def _gathered(
    questions: Sequence[Question],
    offered: Any,
    reached: Any,
    now: Instant,
    begun: Callable[[str], None],
) -> Iterator[InputDocument | EvidenceError]:
    """Collect for each image. A lone image that cannot be collected is an error, not a report."""
    if len(questions) > 1:
        yield from gather_each(questions, offered, reach=reached, now=now, begun=begun)
    else:
        begun(questions[0].image)
        yield gather(questions[0], offered, reach=reached, now=now)


def _judged(
    asked: Question,
    found: InputDocument | EvidenceError,
    bundle: PolicyBundle,
    prepared: PreparedPolicy,
    *,
    engine: str,
    now: Instant,
) -> Verdict:
    problem: PolicyEngineError
    if isinstance(found, InputDocument):
        try:
            return evaluate(found, bundle, prepared, engine=engine, image=asked.image)
        except EvaluationError as error:
            problem = error
    else:
        problem = found
    return unjudgeable(
        asked.image,
        problem=str(problem),
        environment=asked.environment,
        evaluated_at=now,
        bundles=(bundle.identity,),
        engine=engine,
    )


def _baseline(path: str | None) -> tuple[Verdict, ...] | None:
    if path is None:
        return None
    return read_result(read_given(path, error=ResultError), where=path)


def _note_strangers(
    verdicts: Sequence[Verdict], baseline: Sequence[Verdict], *, quiet: bool
) -> None:
    for verdict in verdicts:
        if not quiet and not is_in(baseline, verdict):
            name = terminal_text(verdict.repository or verdict.image)
            click.echo(f"the baseline has no verdict on {name}: all its reasons count", err=True)


def _exit_code(verdicts: Sequence[Verdict], fail_on: str) -> int:
    outcomes = {verdict.outcome for verdict in verdicts}
    warned = fail_on == "warn" and any(verdict.warnings for verdict in verdicts)
    if Outcome.DENIED in outcomes or warned:
        return int(ExitCode.DENIED)
    return int(ExitCode.INCOMPLETE if Outcome.INCOMPLETE in outcomes else ExitCode.ALLOWED)
