"""``policyengine parse``: the syntax tree of a Rego file, for tools."""

from __future__ import annotations

import click

from policyengine.cli.rego_findings import findings_json, loading_error_json
from policyengine.errors import ExitCode, RegoCompileError, UsageError
from policyengine.given_file import read_given
from policyengine.rego.source_paths import file_path
from policyengine.rego.syntax.ast_json import json_text, module_json
from policyengine.rego.syntax.parser import parse_module
from policyengine.rego.syntax.source import decode


@click.command(
    name="parse",
    epilog="Example: policyengine parse --json-include locations policies/image/root_user.rego",
)
@click.argument("path")
@click.option("--format", "-f", "form", type=click.Choice(["json"]), default="json", help="[json]")
@click.option(
    "--json-include",
    metavar="PARTS",
    default="",
    help="Add these: locations, comments, or both with a comma between.",
)
@click.option("--v0-compatible", is_flag=True, help="Read the module as Rego v0.")
def command(*, path: str, form: str, json_include: str, v0_compatible: bool) -> int:
    """Print the syntax tree of the Rego file PATH in the JSON form of opa parse."""
    del form
    parts = {part.strip() for part in json_include.split(",") if part.strip()}
    if unknown := parts - {"locations", "comments", "-comments"}:
        raise UsageError(
            "--json-include has no such part",
            found=", ".join(sorted(unknown)),
            expected="locations, comments or -comments",
        )
    try:
        name = file_path(path)
        source = decode(read_given(name, error=UsageError))
    except UsageError as error:
        click.echo(json_text(loading_error_json(error)), err=True)
        return int(error.exit_code)
    try:
        module = parse_module(source, file=name, rego_version="v0" if v0_compatible else "v1")
    except RegoCompileError as error:
        click.echo(json_text(findings_json(error.errors)), err=True)
        return int(error.exit_code)
    tree = module_json(module, locations="locations" in parts, comments="-comments" not in parts)
    click.echo(json_text(tree))
    return int(ExitCode.ALLOWED)
