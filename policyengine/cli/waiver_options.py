"""The options that name waiver files, and what they mean as values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from policyengine.errors import WaiverError
from policyengine.given_file import read_given
from policyengine.model.verdict import Verdict
from policyengine.model.waiver import Waiver, WaiverProblem
from policyengine.model.waiver_set import NO_WAIVERS, WaiverSet
from policyengine.report.escape import terminal_text
from policyengine.settings import Settings

_Command = TypeVar("_Command", bound=Callable[..., Any])


def waiver_options(command: _Command) -> _Command:
    """Add the option that names waiver files."""
    return click.option(
        "--waivers",
        multiple=True,
        metavar="FILE",
        help="Waivers: reasons that may pass for a while. Repeatable.",
    )(command)


def waiver_set(settings: Settings, options: Mapping[str, Any]) -> WaiverSet:
    """Return the waivers that options name, else those of the settings. Raises WaiverError."""
    paths = options["waivers"] or settings.waiver_files()
    return read_waiver_set(paths, settings) if paths else NO_WAIVERS


def read_waiver_set(paths: Sequence[str], settings: Settings) -> WaiverSet:
    """Return the waivers in files, held to the settings. Raises WaiverError."""
    from policyengine.waivers import read_waivers

    waivers: list[Waiver] = []
    sources: list[tuple[str, str]] = []
    for path in paths:
        data = read_given(path, error=WaiverError)
        waivers.extend(read_waivers(data, where=path))
        sources.append((path, hashlib.sha256(data).hexdigest()))
    return WaiverSet(waivers=tuple(waivers), rules=settings.waiver_rules(), sources=tuple(sources))


def problems_among(
    given: WaiverSet, verdicts: Sequence[Verdict], now: Any
) -> tuple[WaiverProblem, ...]:
    """Return what is wrong with waivers by themselves, and which mean nothing in ``verdicts``."""
    from policyengine.evaluate import problems_of, unused_waivers

    found = [problem for w in given.waivers for problem in problems_of(w, given.rules, now)]
    return (*found, *unused_waivers(given.waivers, verdicts))


def tell(problems: Sequence[WaiverProblem], *, quiet: bool) -> None:
    """Print a line for each problem on standard error; with ``quiet`` only those that refuse."""
    for problem in problems:
        if problem.refuses or not quiet:
            word = "error" if problem.refuses else "note"
            waiver = problem.waiver
            where = terminal_text(f"{waiver.file}:{waiver.row}")
            text = terminal_text(f"the waiver of {waiver.rule} {problem.message}")
            click.echo(f"{where}: {word}: {text}", err=True)
