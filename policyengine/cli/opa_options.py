"""Options of ``opa eval`` that scripts give and that mean nothing, or little, here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from policyengine.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])

_SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")

# How OPA is to evaluate or to lay out, or what is of its partial evaluation: never what it answers.
_FLAGS: Final = (
    "--disable-indexing",
    "--disable-early-exit",
    "--nondeterminstic-builtins",
    "--optimize-store-for-read-speed",
    "--shallow-inlining",
    "--v1-compatible",
)
_HELP: Final = "Taken, so that scripts keep working; it changes no answer."
_TEXTS: Final = (("--disable-inlining",), ("--entrypoint", "-e"), ("--unknowns", "-u"))


def without_effect(command: _Command) -> _Command:
    """Take the options of OPA that change no answer: the command has none of them."""
    for flag in _FLAGS:
        command = click.option(flag, is_flag=True, hidden=True, expose_value=False, help=_HELP)(
            command
        )
    for names in _TEXTS:
        command = click.option(*names, multiple=True, hidden=True, expose_value=False, help=_HELP)(
            command
        )
    command = click.option(
        "--count", type=click.IntRange(1), hidden=True, expose_value=False, help=_HELP
    )(command)
    command = click.option("--pretty-limit", type=int, hidden=True, expose_value=False, help=_HELP)(
        command
    )
    return click.option(
        "--target", "-t", type=click.Choice(["rego"]), hidden=True, expose_value=False, help=_HELP
    )(command)


def duration(text: str) -> float:
    """The seconds of a duration as Go writes it (``1m30s``). Raises UsageError."""
    if text and _DURATION.sub("", text) == "":
        seconds = sum(float(match[1]) * _SECONDS[match[2]] for match in _DURATION.finditer(text))
        if seconds > 0:
            return seconds
    raise UsageError("is no duration", where="--timeout", found=text, expected="as 500ms or 1m30s")
