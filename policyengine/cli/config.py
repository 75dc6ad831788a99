"""``policyengine config``: the settings in force."""

from __future__ import annotations

import click
import orjson

from policyengine.settings import KEYS, load_settings


@click.group()
def command() -> None:
    """Show the settings in force, and where each comes from."""


@command.command(epilog="Example: policyengine config show --format json")
@click.option(
    "--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", help="[text]"
)
def show(*, form: str) -> None:
    """Show every setting, its value, and where it comes from.

    Settings are in policyengine.toml, or in [tool.policyengine] of pyproject.toml, in the nearest
    folder upward from here that has one. Options of a command win over them.
    """
    settings = load_settings()
    values = [settings.values[key.name] for key in KEYS]
    if form == "json":
        listed = [
            {"name": item.name, "value": item.value, "origin": item.origin} for item in values
        ]
        click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())
        return
    width = max(len(item.name) for item in values)
    for item in values:
        click.echo(f"{item.name:<{width}}  {orjson.dumps(item.value).decode()}  ({item.origin})")
