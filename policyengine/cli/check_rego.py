"""``policyengine check-rego``: is this Rego right, before anything runs?"""

from __future__ import annotations

import click

from policyengine.cli.rego_findings import findings_json, findings_text
from policyengine.errors import ExitCode, RegoCompileError, UsageError
from policyengine.rego.policy import Policy
from policyengine.rego.sources import load_schemas, load_sources
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.ast_json import json_text


@click.command(name="check-rego", epilog="Example: policyengine check-rego policies/ bundles/")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["pretty", "json"]),
    default="pretty",
    help="[pretty]",
)
@click.option("--v0-compatible", is_flag=True, help="Read the modules as Rego v0.")
@click.option(
    "--schema",
    "-s",
    metavar="PATH",
    help="JSON Schema of the input, or a directory of schemas that METADATA names.",
)
@click.option(
    "--strict",
    "-S",
    is_flag=True,
    help="Refuse names that are never used too, and in v0 what v1 does.",
)
def command(
    *, paths: tuple[str, ...], form: str, v0_compatible: bool, schema: str | None, strict: bool
) -> int:
    """Check the Rego files at PATH, as opa check does, and print all that is wrong."""
    modules = load_sources(paths).modules
    if not modules:
        raise UsageError("there is no Rego to check", found=", ".join(paths), expected="*.rego")
    schemas = None if schema is None else load_schemas(schema)
    try:
        version: RegoVersion = "v0" if v0_compatible else "v1"
        Policy.compile(modules, rego_version=version, schemas=schemas, strict=strict)
    except RegoCompileError as error:
        if form == "json":
            click.echo(json_text(findings_json(error.errors)), err=True)
        else:
            click.echo(findings_text(error.errors), err=True)
            count = len(error.errors)
            click.echo(f"{count} error{'s' if count != 1 else ''}", err=True)
        return int(error.exit_code)
    return int(ExitCode.ALLOWED)
