"""What ``policyengine test`` writes: results for people, as OPA's JSON, and as JUnit."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policyengine.cli.coverage_output import FORMS, percentage
from policyengine.cli.output import text_output
from policyengine.rego.coverage import FileCoverage
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.testing.results import Case, Status, SuiteResult
from policyengine.rego.testing.suite import Suite
from policyengine.rego.testing.why import Failed, Why
from policyengine.report.escape import terminal_text

_LONGEST: Final = 160
_WORDS = {
    Status.PASSED: "PASS",
    Status.FAILED: "FAIL",
    Status.SKIPPED: "SKIPPED",
    Status.ERROR: "ERROR",
}


def write_results(
    result: SuiteResult, why: Mapping[str, Why], options: Mapping[str, Any], *, to_stderr: bool
) -> None:
    """Write the results in the form that the options name; ``why`` is of tests by full name."""
    form = options["form"]
    if form == "json":
        from policyengine.cli.test_json import results_text

        text = results_text(result, why, variables=options["var_values"]) + "\n"
    elif form == "junit":
        from policyengine.cli.test_junit import junit_text

        told = {
            name: list(_why(item, variables=options["var_values"])) for name, item in why.items()
        }
        text = junit_text(result, told)
    else:
        lines = _pretty(result, why, verbose=options["verbose"], variables=options["var_values"])
        text = "".join(f"{line}\n" for line in lines)
    if to_stderr:
        sys.stderr.write(text)
        return
    with text_output(options["output"]) as stream:
        stream.write(text)


def write_coverage(
    suite: Suite, coverage: Mapping[str, FileCoverage], form: str, path: str | None
) -> float:
    """Write the coverage, and return the percentage of the lines that is covered."""
    with text_output(path) as stream:
        stream.write(FORMS[form](coverage, suite.modules))
    return percentage(coverage.values())


def _pretty(
    result: SuiteResult, why: Mapping[str, Why], *, verbose: bool, variables: bool
) -> Iterator[str]:
    for item in result.results:
        if item.status is Status.PASSED and not verbose:
            continue
        test = item.test
        took = "" if item.status is Status.SKIPPED else f" ({item.seconds * 1000:.3f} ms)"
        yield terminal_text(
            f"{test.file}:{test.row}: {test.full_name}: {_WORDS[item.status]}{took}"
        )
        for case, depth in _below(item.cases):
            if verbose or case.failed:
                word = "FAIL" if case.failed else "PASS"
                yield terminal_text(f"{'  ' * depth}{case.name}: {word}")
        if item.problem is not None:
            problem = item.problem
            place = f"{problem.file}:{problem.row}:{problem.col}: " if problem.file else ""
            yield terminal_text(f"  {place}{problem.code}: {problem.message}")
        if test.full_name in why:
            for line in _why(why[test.full_name], variables=variables):
                yield f"  {line}"
        for text in item.output:
            for line in text.splitlines():
                yield terminal_text(f"  | {line}")
    yield summary(result)


def _why(why: Why, *, variables: bool) -> Iterator[str]:
    """The expressions that failed, each with what its parts were."""
    for value in why.values:
        yield terminal_text(f"its value is {_cut(marshal(value))}")
    for failed in why.own:
        yield from _failed(failed, "", variables=variables)
    for failed in why.others:
        yield from _failed(failed, "in vain: ", variables=variables)


def _failed(failed: Failed, word: str, *, variables: bool) -> Iterator[str]:
    extent, attempt = failed.extent, failed.attempt
    yield terminal_text(f"{word}{extent.file}:{extent.row}: {_cut(extent.text)}")
    for text, value in attempt.values:
        yield terminal_text(f"    {_cut(text)}: {_cut(marshal(value))}")
    if attempt.undefined is not None:
        yield terminal_text(f"    {_cut(attempt.undefined)}: undefined")
    if variables:
        for name, value in attempt.variables.items():
            yield terminal_text(f"    {name} = {_cut(marshal(value))}")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def summary(result: SuiteResult) -> str:
    """How many cases passed and failed, and how many tests were skipped or are in error."""
    passed, failed = (
        sum(counts) for counts in zip(*(i.leaves for i in result.results), strict=True)
    )
    skipped, wrong = len(result.having(Status.SKIPPED)), len(result.having(Status.ERROR))
    total = passed + failed + skipped + wrong
    counted = (("PASS", passed), ("FAIL", failed), ("SKIPPED", skipped), ("ERROR", wrong))
    return "\n".join(f"{word}: {count}/{total}" for word, count in counted if count) or "PASS: 0/0"


def _below(cases: Mapping[str, Case], depth: int = 1) -> Iterator[tuple[Case, int]]:
    for case in cases.values():
        yield case, depth
        yield from _below(case.cases, depth + 1)
