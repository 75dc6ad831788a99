"""What the commands about bundles print and write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
import orjson

from policyengine.cli.output import binary_output
from policyengine.report.escape import terminal_text

Command = TypeVar("Command", bound=Callable[..., Any])


def form_option(command: Command) -> Command:
    """Add the option that says for whom the result is."""
    return click.option(
        "--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", help="[text]"
    )(command)


def say(form: str, facts: Any, text: str) -> None:
    """Print ``facts`` for programs, or the lines of ``text`` for people."""
    if form == "json":
        click.echo(orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode())
    elif text:
        click.echo("\n".join(terminal_text(line) for line in text.split("\n")))


def write(path: str, data: bytes) -> None:
    """Write a file, whole or not at all. Raises OutputError."""
    with binary_output(path) as stream:
        stream.write(data)
