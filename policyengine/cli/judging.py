"""What ``check`` and ``gate`` share: bundles, waivers, a baseline, reports and an exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from policyengine.cli.bundle_options import engine as chosen_engine
from policyengine.cli.report_output import (
    REPORT_OPTIONS,
    Reporting,
    reporting,
    write_reports,
)
from policyengine.cli.waiver_options import problems_among, tell, waiver_set
from policyengine.errors import ExitCode, ResultError
from policyengine.evaluate import against_baseline, is_in
from policyengine.given_file import read_given
from policyengine.model.instant import Instant
from policyengine.model.policy import PolicyBundle
from policyengine.model.verdict import Outcome, Verdict
from policyengine.model.waiver_set import WaiverSet
from policyengine.prepared import PreparedBundles
from policyengine.report.escape import terminal_text
from policyengine.report.result_reading import read_result
from policyengine.settings import Settings

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--baseline",
        metavar="FILE",
        help="An earlier result (--format json): only reasons that are new since then count.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["deny", "warn"]),
        help="What makes the exit code 1: reasons, or warnings too.  [deny]",
    ),
)


def verdict_options(command: _Command) -> _Command:
    """Add the options that say what counts."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What a command line asks of verdicts. Read before anything is judged, so that a mistake in
    it costs no time."""

    reports: Reporting
    baseline: tuple[Verdict, ...] | None
    waivers: WaiverSet
    fail_on: str
    engine: str
    settings: Settings
    quiet: bool

    @classmethod
    def of(
        cls,
        settings: Settings,
        options: Mapping[str, Any],
        *,
        quiet: bool,
        at: Sequence[Instant],
    ) -> Judging:
        """Return what options and settings say; ``at`` are the clocks that are judged by.

        Raises UsageError, and WaiverNotAuthentic.
        """
        asked = {name: options[name] for name in REPORT_OPTIONS}
        asked["ci"] = asked["ci"] or settings.get("ci")
        return cls(
            reports=reporting(**asked),
            baseline=_baseline(options["baseline"]),
            waivers=waiver_set(settings, options, at=at),
            fail_on=options["fail_on"] or settings.fail_on,
            engine=chosen_engine(settings, options),
            settings=settings,
            quiet=quiet,
        )

    def prepare(self, bundles: Sequence[PolicyBundle]) -> PreparedBundles:
        """Return the bundles, ready to judge."""
        return PreparedBundles(
            bundles,
            engine=self.engine,
            limits=self.settings.evaluation_limits(),
            waivers=self.waivers,
            cache=bool(self.settings.get("evaluation.cache")),
        )

    def conclude(self, verdicts: Sequence[Verdict], *, now: Instant) -> int:
        """Hold the verdicts against the baseline, write the reports, and return the exit code."""
        tell(problems_among(self.waivers, verdicts, now), quiet=self.quiet)
        if self.baseline is not None:
            self._note_strangers(verdicts, self.baseline)
            verdicts = [against_baseline(verdict, self.baseline) for verdict in verdicts]
        write_reports(verdicts, self.reports)
        outcomes = {verdict.outcome for verdict in verdicts}
        warned = self.fail_on == "warn" and any(verdict.warnings for verdict in verdicts)
        if Outcome.DENIED in outcomes or warned:
            return int(ExitCode.DENIED)
        if Outcome.INCOMPLETE in outcomes or not verdicts:
            return int(ExitCode.INCOMPLETE)
        return int(ExitCode.ALLOWED)

    def _note_strangers(self, verdicts: Sequence[Verdict], baseline: Sequence[Verdict]) -> None:
        for verdict in verdicts:
            if not self.quiet and not is_in(baseline, verdict):
                name = terminal_text(verdict.repository or verdict.image)
                click.echo(
                    f"the baseline has no verdict on {name}: all its reasons count", err=True
                )


def _baseline(path: str | None) -> tuple[Verdict, ...] | None:
    if path is None:
        return None
    return read_result(read_given(path, error=ResultError), where=path)
