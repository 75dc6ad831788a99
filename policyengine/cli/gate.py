"""``policyengine gate``: judge stored evidence only, where nothing may be collected.

No collector is imported: an input document, bundles and waivers give the exit code.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from policyengine.cli.bundle_options import bundle_options, bundles, instant
from policyengine.cli.judging import Judging, verdict_options
from policyengine.cli.report_output import report_options
from policyengine.cli.waiver_options import waiver_options
from policyengine.document import InputDocument, at_time, read_document
from policyengine.errors import EvaluationError, EvidenceError
from policyengine.given_file import read_given
from policyengine.model.instant import Instant
from policyengine.settings import load_settings


@click.command(epilog="Example: policyengine gate input.json --bundle production")
@click.argument("documents", nargs=-1, required=True, metavar="INPUT.json...")
@bundle_options
@waiver_options
@report_options
@verdict_options
@click.option(
    "--now",
    metavar="TIME",
    help="Judge as at this RFC 3339 time.  [the time at which the document was collected]",
)
@click.pass_obj
def command(session: Any, /, *, documents: tuple[str, ...], **options: Any) -> int:
    """Judge input documents that policyengine collect wrote, without looking at any image.

    For a place that reaches no registry: collect where the image is, carry the document, and judge
    it here. The verdict is that of check over the same evidence at the same time.
    """
    settings = load_settings()
    now = None if options["now"] is None else instant(options["now"])
    stored = [_document(path, now) for path in documents]
    clocks = [Instant.parse(str(document.content["evaluated_at"])) for document in stored]
    judging = Judging.of(settings, options, quiet=session.quiet, at=clocks)
    prepared = judging.prepare(bundles(settings, options))
    verdicts = []
    with closing(prepared):
        for judged, clock in zip(stored, clocks, strict=True):
            subject = judged.content["subject"]
            assert isinstance(subject, dict)  # by the schema
            name = str(subject["reference"])
            try:
                verdicts.append(prepared.judge(judged, image=name))
            except EvaluationError as error:
                environment = judged.content["environment"]
                verdicts.append(
                    prepared.unjudgeable(
                        name,
                        problem=str(error),
                        environment=environment if isinstance(environment, str) else None,
                        now=clock,
                    )
                )
    return judging.conclude(verdicts, now=max(verdict.evaluated_at for verdict in verdicts))


def _document(path: str, now: Instant | None) -> InputDocument:
    stored = read_document(read_given(path, error=EvidenceError), where=path)
    return stored if now is None else at_time(stored, now)
