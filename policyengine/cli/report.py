"""``policyengine report``: results that were written earlier, in other formats and side by side."""

from __future__ import annotations

from typing import Any

import click

from policyengine.cli.ci_system import NONE
from policyengine.cli.output import text_output
from policyengine.cli.report_output import report_options, reporting, write_reports
from policyengine.errors import ExitCode, ResultError, UsageError
from policyengine.evaluate import compare
from policyengine.given_file import read_given
from policyengine.model.verdict import Verdict
from policyengine.report import comparison
from policyengine.report.result_reading import read_result


@click.group()
def command() -> None:
    """Convert, merge and compare results that check --format json wrote."""


@command.command(epilog="Example: policyengine report convert result.json --format text")
@click.argument("result", metavar="RESULT.json")
@report_options
def convert(*, result: str, **options: Any) -> None:
    """Write an earlier result in another format, or in several.

    Nothing is judged again. The exit code is 0 where every report was written, whatever the
    verdicts are.
    """
    asked = reporting(**_outside_ci(options))
    write_reports(_read(result), asked)


@command.command(epilog="Example: policyengine report merge a.json b.json -f json -o all.json")
@click.argument("results", nargs=-1, required=True, metavar="RESULT.json...")
@report_options
def merge(*, results: tuple[str, ...], **options: Any) -> None:
    """Put the verdicts of several results into one, in order.

    A verdict that stands in two of them, the same in everything, is one.
    """
    asked = reporting(**_outside_ci(options))
    merged: list[Verdict] = []
    for path in results:
        merged.extend(verdict for verdict in _read(path) if verdict not in merged)
    write_reports(merged, asked)


@command.command(epilog="Example: policyengine report diff baseline.json result.json")
@click.argument("baseline", metavar="BASELINE.json")
@click.argument("result", metavar="NEW.json")
@click.option(
    "--format", "-f", "form", type=click.Choice(comparison.FORMATS), default="text", help="[text]"
)
@click.option("--output", "-o", metavar="FILE", help="Write there, not to standard output.")
def diff(*, baseline: str, result: str, form: str, output: str | None) -> int:
    """Say which reasons are new since BASELINE.json, and which are gone.

    Reasons are matched as check --baseline does: by fingerprint, which survives a rebuild. The exit
    code is 1 where a reason that denies is new, else 0.
    """
    before, now = _read(baseline), _read(result)
    if not now:
        raise UsageError("there is no verdict to compare", where=result)
    compared = compare(before, now)
    with text_output(output) as stream:
        comparison.write(compared, stream, form=form)
    return int(ExitCode.DENIED if any(image.new for image in compared) else ExitCode.ALLOWED)


def _read(path: str) -> tuple[Verdict, ...]:
    return read_result(read_given(path, error=ResultError), where=path)


def _outside_ci(options: dict[str, Any]) -> dict[str, Any]:
    """Return ``options`` with no CI system told by itself: the job was shown its verdict once."""
    return {**options, "ci": options["ci"] or NONE}
