"""The options that several commands share, and what they mean as values."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from policyengine.collect.files import EvidenceOffer
from policyengine.errors import UsageError
from policyengine.model.evidence import EvidenceKind
from policyengine.model.instant import Instant

_Command = TypeVar("_Command", bound=Callable[..., Any])

_EVIDENCE = (
    click.option(
        "--evidence",
        "-e",
        multiple=True,
        metavar="PATH",
        help="Report, SBOM or trust data: a file, a directory, or - for standard input. "
        "The format is recognised by content. Repeatable.",
    ),
    click.option("--scan", multiple=True, metavar="PATH", help="A scan report. Repeatable."),
    click.option("--sbom", multiple=True, metavar="PATH", help="An SBOM. Repeatable."),
    click.option(
        "--trust", multiple=True, metavar="PATH", help="Output of docker trust inspect. Repeatable."
    ),
    click.option(
        "--allow-mismatch",
        is_flag=True,
        help="Use evidence that is about another image; the document records it.",
    ),
)
_IMAGE = (
    click.option("--platform", metavar="OS/ARCH", help="Which image of an index. [linux/amd64]"),
    click.option("--layers/--no-layers", default=None, help="Read layers, to resolve the user."),
    click.option(
        "--environment", metavar="NAME", help="Where the image is to run, such as production."
    ),
    click.option(
        "--now", metavar="TIME", help="Judge as at this RFC 3339 time, not as at the present."
    ),
    click.option(
        "--insecure-registry",
        multiple=True,
        metavar="HOST[:PORT]",
        help="Speak plain HTTP to this registry. Repeatable.",
    ),
    click.option(
        "--registry-ca",
        multiple=True,
        type=click.Path(),
        metavar="FILE",
        help="PEM file of a certificate authority to trust beside the system's. Repeatable.",
    ),
)


def evidence_options(command: _Command) -> _Command:
    """Add the options that name evidence."""
    return _with(command, _EVIDENCE)


def image_options(command: _Command) -> _Command:
    """Add the options that say how images are reached and seen."""
    return _with(command, _IMAGE)


def _with(command: _Command, options: Sequence[Callable[[_Command], _Command]]) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command


def offers(
    *, evidence: Sequence[str], scan: Sequence[str], sbom: Sequence[str], trust: Sequence[str]
) -> tuple[EvidenceOffer, ...]:
    """Return what the options of ``evidence_options`` offer."""
    kinds: tuple[tuple[Sequence[str], EvidenceKind | None], ...] = (
        (evidence, None),
        (scan, EvidenceKind.SCAN),
        (sbom, EvidenceKind.SBOM),
        (trust, EvidenceKind.TRUST),
    )
    found = tuple(EvidenceOffer(path=path, kind=kind) for paths, kind in kinds for path in paths)
    if sum(offer.path == "-" for offer in found) > 1:
        raise UsageError("standard input can be read only once", found="- more than once")
    return found


def instant(text: str | None) -> Instant:
    """Return the time that ``--now`` gives, or the present."""
    if text is None:
        return Instant(time.time_ns())
    try:
        return Instant.parse(text)
    except ValueError:
        raise UsageError(
            "--now is not a time", found=repr(text), expected="RFC 3339, as in 2026-01-31T12:00:00Z"
        ) from None
