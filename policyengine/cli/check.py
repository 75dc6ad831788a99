"""``policyengine check``: judge images by a policy bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import click

from policyengine.cli.bundle_options import bundle_options, bundles, instant
from policyengine.cli.judging import Judging, verdict_options
from policyengine.cli.options import (
    dockerfile_alone,
    evidence_options,
    image_options,
    offers,
    question,
    reach,
    require_trust_rule,
    trust_options,
)
from policyengine.cli.progress import progress
from policyengine.cli.report_output import report_options
from policyengine.cli.waiver_options import waiver_options
from policyengine.document import InputDocument
from policyengine.errors import EvaluationError, EvidenceError, PolicyEngineError
from policyengine.judge import Question, gather, gather_dockerfile, gather_each
from policyengine.model.instant import Instant
from policyengine.model.verdict import Verdict
from policyengine.prepared import PreparedBundles
from policyengine.settings import load_settings


@click.command(
    epilog="Example: policyengine check docker-archive:image.tar -e reports/ --environment live"
)
@click.argument("images", nargs=-1, metavar="[IMAGE]...")
@bundle_options
@evidence_options
@image_options
@trust_options
@waiver_options
@report_options
@verdict_options
@click.pass_obj
def command(session: Any, /, *, images: tuple[str, ...], **options: Any) -> int:
    """Judge each IMAGE by a policy bundle: may it ship?

    \b
    IMAGE is a path, or one of
      docker-archive:FILE[:NAME]   oci-archive:FILE[:NAME]   oci:DIR[:TAG]
      docker-daemon:NAME           registry:NAME
    A bare name is asked of the Docker daemon, if it has it, then of its registry.

    Without an IMAGE, and with --dockerfile, that file alone is judged: rules that need an image
    are then not judged, and the answer is incomplete where there are any.

    The exit code is 0 for allowed, 1 for denied, 3 for incomplete evidence; with several images
    that of the worst.
    """
    settings = load_settings()
    now = instant(options["now"])
    judging = Judging.of(settings, options, quiet=session.quiet, at=[now])
    named = bundles(settings, options)
    prepared = judging.prepare(named)
    with closing(prepared):
        # Once: a key may come through a pipe, which is read only once.
        names = images or (dockerfile_alone(options),)
        first = question(names[0], settings, options)
        require_trust_rule(named, first)
        questions = [first, *(replace(first, image=image) for image in names[1:])]
        with progress(len(names), quiet=session.quiet) as begin:
            reached = reach(settings, options)
            if images:
                gathered = _gathered(questions, offers(options), reached, now, begin)
            else:
                gathered = iter([gather_dockerfile(first, offers(options), reach=reached, now=now)])
            verdicts = [
                _judged(asked, found, prepared, now=now)
                for asked, found in zip(questions, gathered, strict=True)
            ]
    return judging.conclude(verdicts, now=now)


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
    prepared: PreparedBundles,
    *,
    now: Instant,
) -> Verdict:
    problem: PolicyEngineError
    if isinstance(found, InputDocument):
        try:
            return prepared.judge(found, image=asked.image)
        except EvaluationError as error:
            problem = error
    else:
        problem = found
    return prepared.unjudgeable(
        asked.image, problem=str(problem), environment=asked.environment, now=now
    )
