"""The options that name waiver files, and what they mean as values."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from policyengine.errors import WaiverError, WaiverNotAuthentic
from policyengine.given_file import read_given
from policyengine.model.instant import Instant
from policyengine.model.verdict import Verdict
from policyengine.model.waiver import Waiver, WaiverFault, WaiverProblem
from policyengine.model.waiver_set import NO_WAIVERS, WaiverSet, WaiverSource
from policyengine.report.escape import terminal_text
from policyengine.settings import Settings

if TYPE_CHECKING:
    from policyengine.signed_files import Signature
    from policyengine.waivers.trust import WaiverFilePlace, WaiverTrust

_SIGNATURE_BYTES = 1024 * 1024

_Command = TypeVar("_Command", bound=Callable[..., Any])


def waiver_options(command: _Command) -> _Command:
    """Add the option that names waiver files."""
    return click.option(
        "--waivers",
        multiple=True,
        metavar="FILE",
        help="Waivers: reasons that may pass for a while. Repeatable.",
    )(command)


def waiver_set(
    settings: Settings, options: Mapping[str, Any], *, at: Sequence[Instant]
) -> WaiverSet:
    """Return the waivers that options name, else those of the settings. Raises WaiverError, and
    as ``read_waiver_set``."""
    paths = options["waivers"] or settings.waiver_files()
    return read_waiver_set(paths, settings, at=at) if paths else NO_WAIVERS


def read_waiver_set(
    paths: Sequence[str], settings: Settings, *, at: Sequence[Instant]
) -> WaiverSet:
    """Return the waivers in files, held to the settings; ``at`` are the clocks that count.

    Raises WaiverError, WaiverNotAuthentic for a file that ``[waivers.trust]`` refuses, and
    TrustPolicyError.
    """
    from policyengine.waivers import read_waivers

    held = [hold_file(path, settings, at=at) for path in paths]
    waivers: list[Waiver] = []
    for each in held:
        waivers.extend(read_waivers(each.data, where=each.path, signature=each.signature))
    sources = tuple(
        WaiverSource(
            file=each.path,
            sha256=hashlib.sha256(each.data).hexdigest(),
            signer=None if each.signature is None else each.signature.signer,
            keyid=None if each.signature is None else each.signature.keyid,
        )
        for each in held
    )
    return WaiverSet(waivers=tuple(waivers), rules=settings.waiver_rules(), sources=sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """A waiver file that the settings let be used: its bytes, and the signature of them that was
    verified, None where none is asked for."""

    path: str
    data: bytes
    signature: Signature | None


def hold_file(path: str, settings: Settings, *, at: Sequence[Instant]) -> HeldFile:
    """Read a waiver file and hold it to ``[waivers.trust]``, before anything in it is believed.

    Every command that reads one reads it by this. Raises as ``read_waiver_set``.
    """
    trust = waiver_trust(settings)
    data = read_given(path, error=WaiverError)
    signature = None
    if trust.entries:
        signature = trust.hold(
            data, beside(path), place=waiver_file_place(path, settings.folder), at=at
        )
    return HeldFile(path=path, data=data, signature=signature)


def waiver_trust(settings: Settings) -> WaiverTrust:
    """Return ``[waivers.trust]`` of the settings, keys read. Raises TrustPolicyError."""
    from policyengine.waivers.trust import read_waiver_trust

    return read_waiver_trust(settings.get("waivers.trust"), settings.folder)


def beside(path: str) -> bytes | None:
    """Return the signature that lies beside a waiver file, None where there is none."""
    from policyengine.waivers.trust import SIGNATURES

    place = f"{path}{SIGNATURES}"
    if not os.path.lexists(place):
        return None
    return read_given(place, error=WaiverNotAuthentic, limit=_SIGNATURE_BYTES)


def waiver_file_place(path: str, folder: Path) -> WaiverFilePlace:
    """Return where ``path`` is; ``folder`` is that of the settings, with all links resolved."""
    from policyengine.waivers.trust import WaiverFilePlace

    def below(absolute: str) -> str:
        whole = Path(absolute)
        return str(whole.relative_to(folder)) if whole.is_relative_to(folder) else absolute

    return WaiverFilePlace(
        path=path,
        named=below(os.path.abspath(path)),  # noqa: PTH100 - resolves no links
        real=below(os.path.realpath(path)),
    )


def problems_among(
    given: WaiverSet, verdicts: Sequence[Verdict], now: Any
) -> tuple[WaiverProblem, ...]:
    """Return what is wrong with waivers by themselves, which are of a rule that none of
    ``verdicts`` knows, and which mean nothing in them."""
    from policyengine.evaluate import unknown_rules, unused_waivers

    rules = {
        rule.id
        for verdict in verdicts
        for rule in (*verdict.judged, *(item.rule for item in verdict.unjudged))
    }
    unknown = unknown_rules(given.waivers, rules) if rules else ()
    return (
        *problems_by_themselves(given, now),
        *unknown,
        *unused_waivers(given.waivers, verdicts),
    )


def problems_by_themselves(given: WaiverSet, now: Instant) -> tuple[WaiverProblem, ...]:
    """Return what is wrong with waivers at the instant ``now``, whatever was found."""
    from policyengine.evaluate import problems_of

    return tuple(problem for w in given.waivers for problem in problems_of(w, given.rules, now))


def tell(problems: Sequence[WaiverProblem], *, quiet: bool) -> None:
    """Print a line for each problem on standard error; with ``quiet`` only those that refuse.

    That a waiver of an unknown rule means nothing goes without saying.
    """
    unknown = {item.waiver for item in problems if item.fault is WaiverFault.UNKNOWN_RULE}
    for problem in problems:
        if problem.fault is WaiverFault.UNUSED and problem.waiver in unknown:
            continue
        if problem.refuses or not quiet:
            word = "error" if problem.refuses else "note"
            waiver = problem.waiver
            where = terminal_text(f"{waiver.file}:{waiver.row}")
            text = terminal_text(f"the waiver of {waiver.rule} {problem.message}")
            click.echo(f"{where}: {word}: {text}", err=True)
