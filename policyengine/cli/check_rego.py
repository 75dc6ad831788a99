"""``policyengine check-rego``: is this Rego right, before anything runs?"""

from __future__ import annotations

from typing import Final

import click

from policyengine.cli.rego_findings import findings_json, findings_text, loading_error_json
from policyengine.cli.rego_sources import patterns_of, sources_of
from policyengine.errors import (
    ExitCode,
    RegoCompileError,
    RegoFinding,
    SourcesNotLoaded,
    UsageError,
)
from policyengine.rego.policy import Policy
from policyengine.rego.sources import load_schemas, load_sources
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.ast_json import json_text

_MORE: Final = RegoFinding(
    code="rego_compile_error", message="error limit reached", file="", row=0, col=0
)


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
@click.option(
    "--bundle",
    "-b",
    "are_bundles",
    is_flag=True,
    help="Each PATH is a bundle: a directory or FILE.tar.gz.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="PATTERN",
    help="Leave out files and folders whose name matches, as '.*'. Repeatable.",
)
@click.option(
    "--max-errors",
    "-m",
    type=click.IntRange(0),
    metavar="N",
    help="Print no more than N errors; 0 is all.  [0]",
)
def command(
    *,
    paths: tuple[str, ...],
    form: str,
    v0_compatible: bool,
    schema: str | None,
    strict: bool,
    are_bundles: bool,
    ignore: tuple[str, ...],
    max_errors: int | None,
) -> int:
    """Check the Rego files at PATH, as opa check does, and print all that is wrong."""
    version: RegoVersion = "v0" if v0_compatible else "v1"
    patterns = patterns_of(ignore)
    try:
        sources = (
            sources_of((), paths, rego_version=version, ignore=patterns)
            if are_bundles
            else load_sources(paths, ignore=patterns, modules_alone=True)
        )
    except SourcesNotLoaded as error:
        if form == "json":
            click.echo(json_text(loading_error_json(error)), err=True)
            return int(error.exit_code)
        raise
    schemas = None if schema is None else load_schemas(schema)
    if not sources.modules:
        raise UsageError("there is no Rego to check", found=", ".join(paths), expected="*.rego")
    try:
        Policy.compile(
            sources.modules,
            data=sources.data,
            rego_version=version,
            file_rego_versions=sources.rego_versions,
            schemas=schemas,
            strict=strict,
            separate_data=are_bundles,
        )
    except RegoCompileError as error:
        shown = error.errors
        if max_errors and len(shown) >= max_errors:
            shown = (*shown[:max_errors], _MORE)
        if form == "json":
            click.echo(json_text(findings_json(shown)), err=True)
        else:
            click.echo(findings_text(shown), err=True)
            count = len(error.errors)
            click.echo(f"{count} error{'s' if count != 1 else ''}", err=True)
        return int(error.exit_code)
    return int(ExitCode.ALLOWED)
