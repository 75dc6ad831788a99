"""``policyengine eval``: evaluate a Rego query over modules, data and an input."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import click

from policyengine.cli.opa_options import duration, without_effect
from policyengine.cli.query_engine import Asked, answers_of
from policyengine.cli.query_output import FORMS, Beside, printed
from policyengine.cli.rego_findings import (
    evaluation_error_json,
    findings_json,
    findings_text,
    loading_error_json,
)
from policyengine.cli.rego_sources import patterns_of, sources_of
from policyengine.cli.trace_output import EXPLANATIONS, trace_text
from policyengine.errors import (
    EvaluationError,
    ExitCode,
    RegoCompileError,
    RegoEvaluationError,
    SourcesNotLoaded,
    UsageError,
)
from policyengine.given_file import read_given
from policyengine.rego.answers import Solution
from policyengine.rego.cache import PolicyCache
from policyengine.rego.coverage import Hit
from policyengine.rego.engines import CROSS_CHECK, ENGINES, NATIVE
from policyengine.rego.policy import Policy
from policyengine.rego.runtime.limits import Limits
from policyengine.rego.runtime.trace import Trace
from policyengine.rego.runtime.values import UNDEFINED, Value
from policyengine.rego.source_paths import file_path
from policyengine.rego.sources import load_schemas, read_value
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.ast_json import json_text
from policyengine.rego.syntax.query_parser import QueryScope, parse_scope
from policyengine.rego.timers import Timers
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
@click.option("--stdin-input", "-I", is_flag=True, help="Read the input from standard input.")
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
@click.option("--strict", "-S", is_flag=True, help="Refuse names that are never used too.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="PATTERN",
    help="Leave out files and folders whose name matches, as '.*'. Repeatable.",
)
@click.option("--package", default="", metavar="PATH", help="Read the query within a package.")
@click.option(
    "--import",
    "imports",
    multiple=True,
    metavar="PATH",
    help="Read the query behind an import. Repeatable.",
)
@click.option(
    "--schema",
    "-s",
    metavar="PATH",
    help="JSON Schema of the input, or a directory of schemas that METADATA names.",
)
@click.option("--fail", is_flag=True, help="Exit with 1 if the result is undefined or empty.")
@click.option("--fail-defined", is_flag=True, help="Exit with 1 if the result is defined.")
@click.option("--metrics", is_flag=True, help="Add how long each step took, in nanoseconds.")
@click.option(
    "--explain",
    type=click.Choice(["off", *EXPLANATIONS]),
    default="off",
    help="Add the steps of the evaluation: all, or those that led to what trace() said or to "
    "what failed.  [off]",
)
@click.option("--coverage", is_flag=True, help="Add which rules and expressions ran.")
@click.option("--engine", type=click.Choice(ENGINES), help="What evaluates.  [native]")
@click.option(
    "--cross-check",
    is_flag=True,
    help="Evaluate with every engine, and stop with 70 where they differ.",
)
@click.option("--timeout", metavar="DURATION", help="Most time of the evaluation, as 500ms or 10s.")
@without_effect
@click.option("--show-code", is_flag=True, help="Print the Python that the modules become.")
def command(**options: Any) -> int:
    """Evaluate QUERY, and print its solutions as opa eval does.

    What print writes goes to standard error.
    """
    try:
        return _evaluate(options)
    except (RegoCompileError, RegoEvaluationError) as error:
        if options["form"] in {"json", "discard"}:
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


def _evaluate(options: dict[str, Any]) -> int:
    settings = load_settings()
    if options["fail"] and options["fail_defined"]:
        raise UsageError("one of --fail and --fail-defined can be asked for", found="both")
    engine = _engine(options)
    timers = Timers()
    rego_version: RegoVersion = "v0" if options["v0_compatible"] else "v1"
    ignore = patterns_of(options["ignore"])
    with timers.measure("rego_load_files"), _told_loading(options["form"]):
        sources = sources_of(
            options["data"], options["bundle"], rego_version=rego_version, ignore=ignore
        )
    for place in sources.displaced:
        click.echo(f"policyengine: {place}: what --data says there is not read", err=True)
    policy = Policy.compile(
        sources.modules,
        data=sources.data,
        rego_version=rego_version,
        file_rego_versions=sources.rego_versions,
        strict=options["strict"],
        schemas=None if options["schema"] is None else load_schemas(options["schema"]),
        separate_data=True,
        cache=PolicyCache() if settings.get("evaluation.cache") else None,
        timers=timers,
    )
    if options["show_code"]:
        click.echo(policy.source)
        return int(ExitCode.ALLOWED)
    text = _query(options)
    if options["package"] or options["imports"]:
        policy = policy.within(_scope(options, engine, rego_version))
    query = policy.prepared(text, timers=timers)
    asked = Asked(
        query=query,
        text=text,
        modules=sources.modules,
        rego_versions={
            name: sources.rego_versions.get(name, rego_version) for name in sources.modules
        },
        data=sources.data,
        document=_input(options, timers),
        now_ns=time.time_ns(),
        strict_builtin_errors=options["strict_builtin_errors"],
    )
    limits = settings.evaluation_limits()
    if options["timeout"] is not None:
        limits = replace(limits, seconds=min(limits.seconds, duration(options["timeout"])))
    found: list[Solution] = []
    beside = Beside()
    with timers.measure("rego_query_eval"):
        if engine is not None:
            found = answers_of(engine, asked, limits=limits)
        if engine in {None, CROSS_CHECK}:
            found, beside = _solved(policy, asked, options, limits.of_evaluation())
    if options["metrics"]:
        beside = replace(beside, metrics=timers.nanoseconds)
    if shown := printed(options["form"], found, query.body, beside):
        click.echo(shown)
    return _code(found, options)


def _solved(
    policy: Policy, asked: Asked, options: dict[str, Any], limits: Limits
) -> tuple[list[Solution], Beside]:
    """The solutions that this engine finds, with coverage and trace."""
    given: dict[str, Any] = {
        "input": asked.document,
        "now_ns": asked.now_ns,
        "strict_builtin_errors": asked.strict_builtin_errors,
        "limits": limits,
    }
    trace = None if options["explain"] == "off" else Trace()
    hits: set[Hit] | None = set() if options["coverage"] else None
    try:
        solutions = policy.solve(
            asked.text,
            print_to=lambda line: click.echo(line, err=True),
            hits=hits if trace is None else None,
            trace=trace,
            **given,
        )
        if trace is not None and hits is not None:
            # One make tells of one thing; the same question has the same answer.
            policy.solve(asked.text, hits=hits, **given)
    except EvaluationError:
        # What led to it is what one wants to see then.
        if trace is not None and options["form"] == "pretty":
            click.echo(trace_text(EXPLANATIONS[options["explain"]](trace.events)))
        raise
    return solutions, Beside(
        coverage=None if hits is None else policy.coverage(hits),
        events=None if trace is None else EXPLANATIONS[options["explain"]](trace.events),
    )


def _engine(options: dict[str, Any]) -> str | None:
    """The name of the engines that are asked beside or instead of this one; None for this alone."""
    engine = CROSS_CHECK if options["cross_check"] else options["engine"]
    if options["cross_check"] and options["engine"] is not None:
        raise UsageError("--cross-check runs every engine", found=f"--engine {options['engine']}")
    if engine in {None, NATIVE}:
        return None
    told = [name for name in ("coverage", "show_code") if options[name]]
    told += ["explain"] if options["explain"] != "off" else []
    if told and engine != CROSS_CHECK:
        raise UsageError(
            f"the engine {engine} cannot tell that", found=f"--{told[0].replace('_', '-')}"
        )
    return str(engine)


@contextmanager
def _told_loading(form: str) -> Iterator[None]:
    """Tell what cannot be loaded in the form that is asked for: a script reads it."""
    try:
        yield
    except SourcesNotLoaded as error:
        if form in {"json", "discard"}:
            click.echo(json_text(loading_error_json(error)))
            raise click.exceptions.Exit(error.exit_code) from None
        raise


def _scope(options: dict[str, Any], engine: str | None, version: RegoVersion) -> QueryScope:
    if engine is not None:
        raise UsageError("--package and --import are of the native engine alone")
    if version == "v0" and any(
        text.startswith(("future.", "rego.")) for text in options["imports"]
    ):
        raise UsageError("a query of v0 cannot be given keywords", found="--import")
    return parse_scope(options["package"], options["imports"], rego_version=version)


def _code(solutions: list[Solution], options: dict[str, Any]) -> int:
    failed = (options["fail"] and not solutions) or (options["fail_defined"] and solutions)
    return int(ExitCode.DENIED if failed else ExitCode.ALLOWED)


def _query(options: dict[str, Any]) -> str:
    if options["stdin"]:
        if options["query"] is not None or options["stdin_input"]:
            raise UsageError("standard input is the query", found="a second use of it, or a query")
        return sys.stdin.read()
    if not options["query"]:
        raise UsageError("there is no query", hint="give one, as in 'data.policyengine'")
    return str(options["query"])


def _input(options: dict[str, Any], timers: Timers) -> Value:
    name = options["document"]
    if options["stdin_input"]:
        if name is not None:
            raise UsageError("there are two inputs", found="--input and --stdin-input")
        with timers.measure("rego_input_parse"):
            return read_value(sys.stdin.buffer.read(), where="-", is_yaml=None)
    if name is None:
        return UNDEFINED
    content = read_given(file_path(name), error=UsageError)
    with timers.measure("rego_input_parse"):
        return read_value(content, where=name, is_yaml=None)
