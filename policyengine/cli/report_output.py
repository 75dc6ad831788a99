"""Writing one judgement in several formats, each to its own place."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from policyengine.cli.ci_system import AUTO, CHOICES, CiSystem, ci_system, tell_ci
from policyengine.cli.output import text_output
from policyengine.errors import OutputError, PolicyEngineError, UsageError
from policyengine.model.verdict import Verdict
from policyengine.report import FORMATS, SHOWN, ReportOptions, writer_for

_Command = TypeVar("_Command", bound=Callable[..., Any])
_WIDEST = 120

_OPTIONS = (
    click.option(
        "--format", "-f", "form", type=click.Choice(FORMATS), default="text", help="[text]"
    ),
    click.option("--output", "-o", metavar="FILE", help="Write there, not to standard output."),
    click.option(
        "--report",
        "reports",
        multiple=True,
        metavar="FORMAT=FILE",
        help="Write this report as well. Repeatable: --report json=result.json.",
    ),
    click.option(
        "--show",
        multiple=True,
        type=click.Choice([*SHOWN, "all"]),
        help="List in the text what passed, was waived or was not judged too. Repeatable.",
    ),
    click.option("--all", "everything", is_flag=True, help="Fold nothing in the text."),
    click.option(
        "--ci",
        type=click.Choice(CHOICES),
        help="CI system that the result is shown for; none for none.  [told by its variables]",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a report in a format goes; ``path`` None is standard output."""

    form: str
    path: str | None


_FOR_PEOPLE = Destination(form="text", path=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Every report that a command line asks for, and how those for people look."""

    destinations: tuple[Destination, ...]
    options: ReportOptions
    ci: CiSystem | None = None


def report_options(command: _Command) -> _Command:
    """Add the options that say which reports are written."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


REPORT_OPTIONS = ("form", "output", "reports", "show", "everything", "ci")


def reporting(
    *,
    form: str,
    output: str | None,
    reports: Sequence[str],
    show: Sequence[str],
    everything: bool,
    ci: str | None,
) -> Reporting:
    """Return what the options of ``report_options`` say. Raises UsageError."""
    shown = SHOWN if "all" in show else show
    system = ci_system(ci or AUTO, os.environ)
    return Reporting(
        ci=system,
        destinations=_without_clash(
            [
                Destination(form=form, path=None if output == "-" else output),
                *(_destination(text) for text in reports),
            ]
        ),
        options=ReportOptions(show=frozenset(shown), everything=everything),
    )


def write_reports(verdicts: Sequence[Verdict], asked: Reporting) -> None:
    """Write every report. One that fails keeps no other from being written.

    Raises OutputError for those that could not be; with one, what its writer raised.
    """
    failures: list[PolicyEngineError] = []
    for destination in asked.destinations:
        try:
            with text_output(destination.path) as stream:
                look = _look(stream, asked)
                writer_for(destination.form)(verdicts, stream, look)
                if destination == _FOR_PEOPLE and asked.ci and asked.ci.annotations:
                    writer_for(asked.ci.annotations)(verdicts, stream, look)
        except PolicyEngineError as error:
            failures.append(error)
    if asked.ci is not None:
        try:
            tell_ci(asked.ci, verdicts, os.environ)
        except PolicyEngineError as error:
            failures.append(error)
    if len(failures) > 1:
        raise OutputError("; ".join(str(failure) for failure in failures))
    if failures:
        raise failures[0]


def _destination(text: str) -> Destination:
    form, equals, path = text.partition("=")
    if not equals or not path:
        raise UsageError("--report is not FORMAT=FILE", found=repr(text))
    if form not in FORMATS:
        raise UsageError(
            "--report names no format that is written", found=form, expected=", ".join(FORMATS)
        )
    return Destination(form=form, path=None if path == "-" else path)


def _without_clash(destinations: Sequence[Destination]) -> tuple[Destination, ...]:
    places: set[str] = set()
    for destination in destinations:
        place = "-" if destination.path is None else os.path.realpath(destination.path)
        # A device or a pipe takes what is written one after the other.
        if place in places and (destination.path is None or not _takes_several(place)):
            raise UsageError(
                "two reports go to one place",
                found=destination.path or "standard output",
                hint="give one of them another file; -o moves the first from standard output",
            )
        places.add(place)
    return tuple(destinations)


def _takes_several(place: str) -> bool:
    path = Path(place)
    return path.exists() and not path.is_file()


def _look(stream: TextIO, asked: Reporting) -> ReportOptions:
    options = asked.options
    colour = not os.environ.get("NO_COLOR")  # https://no-color.org: set, and not empty
    if stream is not sys.stdout or not stream.isatty():
        shows_colour = stream is sys.stdout and asked.ci is not None and asked.ci.colour
        return replace(options, colour=colour and shows_colour)
    return replace(
        options,
        width=min(shutil.get_terminal_size((options.width, 24)).columns, _WIDEST),
        colour=colour,
        links=colour and _follows_links(),
    )


def _follows_links() -> bool:
    """Say whether the terminal is known to take OSC 8; one that does not shows rubbish."""
    environment = os.environ
    return (
        environment.get("TERM_PROGRAM") in {"iTerm.app", "WezTerm", "vscode", "ghostty"}
        or (
            environment.get("VTE_VERSION", "0").isdecimal()
            and int(environment.get("VTE_VERSION", "0")) >= 5000
        )
        or "KITTY_WINDOW_ID" in environment
        or "WT_SESSION" in environment
    )
