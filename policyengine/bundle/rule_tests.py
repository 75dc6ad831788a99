"""The tests of a bundle's rules: those in its directory, and those beside what it includes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policyengine.bundle.files import BundleFiles, directory_contents
from policyengine.bundle.parameters import PARAMETERS, defaults
from policyengine.errors import BundleFormatError, UsageError
from policyengine.rego.testing.program import Run
from policyengine.rego.testing.results import Status, SuiteResult, TestResult
from policyengine.rego.testing.runner import RunOptions, run_suite
from policyengine.rego.testing.suite import Suite
from policyengine.rego.testing.why import why_failed

SUFFIX: Final = "_test.rego"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTests:
    """How many tests held, and how many are put off (``todo_test_``)."""

    held: int
    put_off: int


def bundle_suite(
    files: BundleFiles, contents: Mapping[str, bytes], root: str, *, library: Path, tests: bool
) -> Suite:
    """Return the modules of a bundle with its own tests, over the defaults of its parameters.

    ``contents`` is what lies in it, ``root`` where that is. Files are named by where they lie, what
    is included by its place in ``library``; with ``tests`` those beside it come along. Raises
    BundleFormatError.
    """
    included = [name for name in files.modules if name not in contents]
    sources = {
        f"{root}/{name}": _text(content, f"{root}/{name}")
        for name, content in sorted(contents.items())
        if name.endswith(".rego")
    }
    versions = files.manifest.rego_versions
    found = {f"{root}/{name}": versions.of(name) for name in contents if name.endswith(".rego")}
    for name in included:
        beside = f"{name.removesuffix('.rego')}{SUFFIX}"
        sources[str(library / name)] = files.modules[name]
        found[str(library / name)] = versions.of(name)
        if tests and beside not in contents and (library / beside).is_file():
            place = str(library / beside)
            sources[place] = _text((library / beside).read_bytes(), place)
            found[place] = versions.of(beside)
    parameters = defaults(files.parameter_schema)
    return Suite(
        modules=sources,
        data={**files.data, PARAMETERS: parameters} if parameters else files.data,
        file_rego_versions=found,
    )


def hold_tests(files: BundleFiles, root: Path, *, library: Path, now_ns: int) -> HeldTests:
    """Run every test, as ``policyengine test`` does. ``now_ns`` is their clock.

    Raises BundleFormatError where one does not hold or none is run, RegoCompileError where one
    does not compile.
    """
    contents = directory_contents(root)
    suite = bundle_suite(files, contents, str(root), library=library, tests=True)
    try:
        result = run_suite(suite, RunOptions(now_ns=now_ns))
    except UsageError:
        raise _without_tests(root) from None
    failing = [*result.having(Status.FAILED), *result.having(Status.ERROR)]
    if failing:
        raise _failure(suite, result, failing, root, now_ns)
    held, put_off = len(result.having(Status.PASSED)), len(result.having(Status.SKIPPED))
    if not held:
        raise _without_tests(root)
    return HeldTests(held=held, put_off=put_off)


def _without_tests(root: Path) -> BundleFormatError:
    return BundleFormatError("has no tests", where=str(root), expected="rules named test_*")


def _failure(
    suite: Suite, result: SuiteResult, failing: list[TestResult], root: Path, now_ns: int
) -> BundleFormatError:
    first = failing[0]
    test = first.test
    others = "" if len(failing) == 1 else f", and {len(failing) - 1} more of {len(result.results)}"
    where = f"{test.file}:{test.row}"
    if first.problem is not None:
        return BundleFormatError(
            f"the test {test.full_name} is in error{others}",
            where=where,
            found=f"{first.problem.code}: {first.problem.message}",
        )
    why = why_failed(suite, [first], Run(now_ns=now_ns)).get(test.full_name)
    ends = [] if why is None else [*why.own, *why.others]
    found = None
    if ends:
        text = " ".join(ends[0].extent.text.split())
        found = f"{ends[0].extent.file}:{ends[0].extent.row}: {text}, which is not so"
    return BundleFormatError(
        f"the test {test.full_name} does not hold{others}",
        where=where,
        found=found,
        hint=f"policyengine test --bundle {root} tells all; "
        "policies whose tests fail are not built into a bundle",
    )


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BundleFormatError("is not UTF-8", where=where) from None
