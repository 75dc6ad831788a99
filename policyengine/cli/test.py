"""``policyengine test``: run the tests of Rego files, as ``opa test`` does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from policyengine.cli.rego_findings import findings_text
from policyengine.errors import ExitCode, PolicyEngineError, RegoCompileError, UsageError
from policyengine.rego.testing.results import Status, SuiteResult
from policyengine.rego.testing.suite import Suite

_COVERAGE_FORMS = ("text", "json", "lcov", "html")


@click.command(
    name="test",
    epilog="Example: policyengine test --coverage --threshold 90 policies/",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--bundle", "-b", is_flag=True, help="Each PATH is the directory of a bundle.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="PATTERN",
    help="Leave out files and folders whose name matches, as '.*'. Repeatable.",
)
@click.option("--run", "-r", "pattern", metavar="REGEX", help="Only tests whose names match.")
@click.option("--verbose", "-v", is_flag=True, help="Tell every test and every case.")
@click.option(
    "--format",
    "-f",
    "form",
    type=click.Choice(["pretty", "json", "junit"]),
    default="pretty",
    help="[pretty]",
)
@click.option("--output", "-o", metavar="FILE", help="Write the results there.")
@click.option("--coverage", "-c", is_flag=True, help="Tell which expressions the tests reached.")
@click.option(
    "--coverage-format",
    "coverage_form",
    type=click.Choice(_COVERAGE_FORMS),
    help="[json with --format json, else text]",
)
@click.option("--coverage-output", metavar="FILE", help="Write the coverage there.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 100),
    help="Fail if less than this percentage of the lines is covered.",
)
@click.option(
    "--var-values", is_flag=True, help="Show all variables where a test failed, also in JSON."
)
@click.option(
    "--parallel",
    "-p",
    "processes",
    type=click.IntRange(1, 256),
    default=1,
    metavar="N",
    help="Run tests in N processes.  [1]",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.001, 86_400),
    default=5.0,
    metavar="SECONDS",
    help="Most seconds of a test.  [5]",
)
@click.option(
    "--now", metavar="TIME", help="The time of time.now_ns(), as RFC 3339.  [the present]"
)
@click.option("--exit-zero-on-skipped", "-z", is_flag=True, help="todo_test_ rules fail nothing.")
@click.option(
    "--mutate", is_flag=True, help="Put faults into the rules: which does no test notice?"
)
@click.option(
    "--mutation-threshold",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail if less of the faults is noticed.",
)
@click.option("--watch", "-w", is_flag=True, help="Run again whenever a file changes.")
@click.option("--schema", "-s", metavar="PATH", help="JSON Schema of the input, or a directory.")
@click.option("--v0-compatible", is_flag=True, help="Read the modules as Rego v0.")
def command(*, watch: bool, **options: Any) -> int:
    """Run the test_ rules in the files at PATH.

    Exits with 0 if all tests pass, with 1 if one fails, is in error or is put off (todo_test_), or
    if the coverage is below --threshold; with 2 if there is no test; with 4 if a file does not
    compile.
    """
    if options["threshold"] is not None or options["coverage_form"] or options["coverage_output"]:
        options["coverage"] = True
    if not watch:
        return _told(options)
    from policyengine.cli.watching import watch_files

    watch_files(options["paths"], lambda: _again(options))
    return int(ExitCode.ALLOWED)


def _again(options: Mapping[str, Any]) -> None:
    """One run of several: what is wrong is told, and does not end the watch."""
    try:
        _told(options)
    except PolicyEngineError as error:
        click.echo(f"policyengine: {error}", err=True)


def _told(options: Mapping[str, Any]) -> int:
    try:
        return _run(options)
    except RegoCompileError as error:
        click.echo(findings_text(error.errors), err=True)
        return int(error.exit_code)


def _run(options: Mapping[str, Any]) -> int:
    from policyengine.cli.bundle_options import instant
    from policyengine.cli.test_output import write_coverage, write_results
    from policyengine.rego.private_files import PrivateFiles
    from policyengine.rego.runtime.limits import Limits
    from policyengine.rego.testing.runner import RunOptions, run_suite
    from policyengine.settings import load_settings

    cache = PrivateFiles() if load_settings().get("evaluation.cache") else None
    suite = suite_of(options)
    if options["mutate"] or options["mutation_threshold"] is not None:
        return _mutate(suite, options)
    run = RunOptions(
        pattern=options["pattern"],
        coverage=options["coverage"],
        processes=options["processes"],
        limits=Limits(seconds=options["timeout"]),
        now_ns=instant(options["now"]).ns,
    )
    result = run_suite(suite, run, cache=cache)
    coverage_form = options["coverage_form"] or ("json" if options["form"] == "json" else "text")
    # A program that reads the coverage from standard output must not find the results there.
    alone = (
        result.coverage is not None and coverage_form != "text" and not options["coverage_output"]
    )
    why = {}
    if options["form"] != "json" or options["var_values"]:
        from policyengine.rego.testing.program import Run
        from policyengine.rego.testing.why import why_failed

        why = why_failed(suite, result.results, Run(now_ns=run.now_ns or 0, limits=run.limits))
    write_results(result, why, options, to_stderr=alone and options["output"] is None)
    if result.coverage is not None:
        covered = write_coverage(suite, result.coverage, coverage_form, options["coverage_output"])
        threshold = options["threshold"]
        if threshold is not None and covered < threshold:
            click.echo(f"coverage is {covered:.2f} %, and must be {threshold:g} %", err=True)
            return int(ExitCode.DENIED)
    return _code(result, skipped_fails=not options["exit_zero_on_skipped"])


def _mutate(suite: Suite, options: Mapping[str, Any]) -> int:
    from policyengine.cli.bundle_options import instant
    from policyengine.cli.mutation_output import write_mutation
    from policyengine.rego.testing.mutation import mutate_suite
    from policyengine.rego.testing.runner import RunOptions

    if options["form"] == "junit" or options["coverage"]:
        raise UsageError("--mutate gives no JUnit and no coverage", expected="--format json")
    result = mutate_suite(
        suite,
        RunOptions(
            pattern=options["pattern"],
            processes=options["processes"],
            now_ns=instant(options["now"]).ns,
        ),
    )
    write_mutation(result, options["form"], options["output"], everything=options["verbose"])
    threshold = options["mutation_threshold"]
    failed = threshold is not None and result.score < threshold
    return int(ExitCode.DENIED if failed else ExitCode.ALLOWED)


def suite_of(options: Mapping[str, Any]) -> Suite:
    """The suite that the paths of a command line name."""
    from policyengine.cli.rego_sources import patterns_of, suite_sources
    from policyengine.rego.sources import load_schemas

    version: Any = "v0" if options["v0_compatible"] else "v1"
    paths = options["paths"]
    sources = suite_sources(
        paths,
        are_bundles=options["bundle"],
        rego_version=version,
        ignore=patterns_of(options["ignore"]),
    )
    if not sources.modules:
        raise UsageError("there is no Rego to test", found=", ".join(paths), expected="*.rego")
    return Suite(
        modules=sources.modules,
        data=sources.data,
        rego_version=version,
        file_rego_versions=sources.rego_versions,
        schemas=None if options["schema"] is None else load_schemas(options["schema"]),
    )


def _code(result: SuiteResult, *, skipped_fails: bool) -> int:
    failing = {Status.FAILED, Status.ERROR} | ({Status.SKIPPED} if skipped_fails else set())
    failed = any(item.status in failing for item in result.results)
    return int(ExitCode.DENIED if failed else ExitCode.ALLOWED)
