"""``policyengine eval``: evaluate a Rego query over modules, data and an input."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from policyengine.cli.bundle_options import bundle_access
from policyengine.cli.query_output import FORMS, as_json, coverage_json
from policyengine.cli.rego_findings import (
    evaluation_error_json,
    findings_json,
    findings_text,
)
from policyengine.errors import ExitCode, RegoCompileError, RegoEvaluationError, UsageError
from policyengine.given_file import read_given
from policyengine.rego.coverage import Hit
from policyengine.rego.policy import Policy, Solution
from policyengine.rego.runtime.values import UNDEFINED, Value
from policyengine.rego.sources import Sources, add_bundle, load_schemas, load_sources, read_value
from policyengine.rego.syntax.ast_json import Json, json_text
from policyengine.settings import load_settings


@click.command(
    name="eval",
    epilog="Example: policyengine eval -d policies/ -i input.json 'data.policyengine.image.deny'",
)
@click.argument("query", required=False)
@click.option(
    "--data",
    "-d",
    multiple=True,
    metavar="PATH",
    help="Rego or data: a file, or a directory with all below it. Repeatable.",
)
@click.option(
    "--bundle",
    "-b",
    multiple=True,
    metavar="BUNDLE",
    help="A bundle: a directory or FILE.tar.gz. Repeatable.",
)
@click.option("--input", "-i", "document", metavar="FILE", help="The input, as JSON or YAML.")
@click.option("--stdin-input", is_flag=True, help="Read the input from standard input.")
@click.option("--stdin", is_flag=True, help="Read the query from standard input.")
@click.option(
    "--format", "-f", "form", type=click.Choice(list(FORMS)), default="json", help="[json]"
)
@click.option(
    "--strict-builtin-errors",
    is_flag=True,
    help="A failing builtin function is an error, not undefined.",
)
@click.option("--v0-compatible", is_flag=True, help="Read modules and query as Rego v0.")
@click.option(
    "--schema",
    "-s",
    metavar="PATH",
    help="JSON Schema of the input, or a directory of schemas that METADATA names.",
)
@click.option("--fail", is_flag=True, help="Exit with 1 if the result is undefined or empty.")
@click.option("--fail-defined", is_flag=True, help="Exit with 1 if the result is defined.")
@click.option("--metrics", is_flag=True, help="Add how long each step took, in nanoseconds.")
@click.option("--coverage", is_flag=True, help="Add which rules and expressions ran.")
@click.option("--show-code", is_flag=True, help="Print the Python that the modules become.")
def command(*, form: str, **options: Any) -> int:
    """Evaluate QUERY, and print its solutions as opa eval does.

    What print writes goes to standard error.
    """
    try:
        return _evaluate(form, options)
    except (RegoCompileError, RegoEvaluationError) as error:
        if form in {"json", "discard"}:
            found = (
                findings_json(error.errors)
                if isinstance(error, RegoCompileError)
                else evaluation_error_json(error)
            )
            click.echo(json_text(found))
        elif isinstance(error, RegoCompileError):
            click.echo(findings_text(error.errors), err=True)
        else:
            click.echo(str(error), err=True)
        return int(error.exit_code)


def _evaluate(form: str, options: dict[str, Any]) -> int:
    rego_version: Any = "v0" if options["v0_compatible"] else "v1"
    sources = _sources(options, rego_version)
    started = time.perf_counter_ns()
    schemas = None if options["schema"] is None else load_schemas(options["schema"])
    policy = Policy.compile(
        sources.modules,
        data=sources.data,
        rego_version=rego_version,
        file_rego_versions=sources.rego_versions,
        schemas=schemas,
        separate_data=True,
    )
    if options["show_code"]:
        click.echo(policy.source)
        return int(ExitCode.ALLOWED)
    query = _query(options)
    prepared = policy.prepared(query)
    compiled = time.perf_counter_ns()
    hits: set[Hit] | None = set() if options["coverage"] else None
    solutions = policy.solve(
        query,
        input=_input(options),
        strict_builtin_errors=options["strict_builtin_errors"],
        print_to=lambda line: click.echo(line, err=True),
        hits=hits,
    )
    evaluated = time.perf_counter_ns()
    further: dict[str, Json] = {}
    if options["metrics"]:
        further["metrics"] = {
            "timer_rego_query_compile_ns": compiled - started,
            "timer_rego_query_eval_ns": evaluated - compiled,
        }
    if hits is not None:
        further["coverage"] = coverage_json(policy.coverage(hits))
    if further and form == "json":
        click.echo(as_json(solutions, prepared.body, further=further))
    elif shown := FORMS[form](solutions, prepared.body):
        click.echo(shown)
    return _code(solutions, options)


def _sources(options: dict[str, Any], rego_version: Any) -> Sources:
    """Load what is named. Bundles are held to the trust and the lock of the settings."""
    from policyengine.bundle.open import hold_source

    if not options["bundle"]:
        return load_sources(options["data"], rego_version=rego_version)
    access = bundle_access(load_settings())
    is_free = not access.trust.entries and access.lock is None
    plain = [source for source in options["bundle"] if is_free and Path(source).is_dir()]
    sources = load_sources(options["data"], plain, rego_version=rego_version)
    for source in options["bundle"]:
        if source not in plain:
            held = hold_source(source, access)
            add_bundle(sources, source, held.contents, rego_version=rego_version)
    return sources


def _code(solutions: list[Solution], options: dict[str, Any]) -> int:
    failed = (options["fail"] and not solutions) or (options["fail_defined"] and solutions)
    return int(ExitCode.DENIED if failed else ExitCode.ALLOWED)


def _query(options: dict[str, Any]) -> str:
    if options["stdin"]:
        if options["query"] or options["stdin_input"]:
            raise UsageError("standard input is the query", found="a second use of it, or a query")
        return sys.stdin.read()
    if not options["query"]:
        raise UsageError("there is no query", hint="give one, as in 'data.policyengine'")
    return str(options["query"])


def _input(options: dict[str, Any]) -> Value:
    name = options["document"]
    if options["stdin_input"]:
        if name is not None:
            raise UsageError("there are two inputs", found="--input and --stdin-input")
        return read_value(sys.stdin.buffer.read(), where="-")
    if name is None:
        return UNDEFINED
    content = read_given(name, error=UsageError)
    return read_value(content, where=name, is_yaml=Path(name).suffix in {".yaml", ".yml"})
