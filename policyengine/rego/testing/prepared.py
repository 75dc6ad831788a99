"""A suite ready to be run: compiled, or read from what was compiled before."""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from typing import Any, Final

from policyengine.rego.compiler.check import check
from policyengine.rego.compiler.image import FORMAT, Image, image_bytes, read_image
from policyengine.rego.compiler.nesting import room_for
from policyengine.rego.compiler.program import link
from policyengine.rego.compiler.running import Program, start
from policyengine.rego.private_files import PrivateFiles
from policyengine.rego.syntax.stack import paused_for
from policyengine.rego.testing.cases import with_cases
from policyengine.rego.testing.program import SuiteProgram, TestProgram
from policyengine.rego.testing.suite import RuleTest, Suite, choose_tests, find_tests

_KIND: Final = f"suite-1-{FORMAT}"


def prepare(
    suite: Suite, pattern: str | None, cache: PrivateFiles | None = None
) -> tuple[TestProgram, list[RuleTest]]:
    """The plain code of a suite and those of its tests that ``pattern`` matches.

    ``cache`` has what was compiled before, by all that decides it, and takes what is compiled now.
    Raises RegoCompileError where the modules do not compile, and as ``choose_tests``.
    """
    name = "" if cache is None else cache.name(_KIND, _decisive_parts(suite))
    payload = None if cache is None else cache.load(name)
    kept = None if payload is None else _read(payload)
    if kept is not None:
        image, tests = kept
        return TestProgram(start(image), suite.data, lambda: _by_keys(suite)), choose_tests(
            tests, pattern
        )
    with paused_for(sum(map(len, suite.modules.values()))):
        modules = suite.parsed()
        tests = find_tests(modules)
        chosen = choose_tests(tests, pattern)
        program = SuiteProgram(modules, suite.data, schemas=suite.schemas)
    if cache is not None:
        made = _bytes(program.linked.program.image, tests)
        if made is not None:
            cache.store(name, made)
    return program, chosen


def _by_keys(suite: Suite) -> Program:
    modules = suite.parsed()
    with room_for(modules):
        checked = check(modules, schemas=suite.schemas, data=suite.data, prepare=with_cases)
        return link(checked, by_keys=True).program


def _decisive_parts(suite: Suite) -> list[Any]:
    """All that decides what is compiled: data too, since it must not stand where rules are."""
    return [
        dict(suite.modules),
        suite.data,
        suite.rego_version,
        dict(suite.file_rego_versions),
        suite.schemas,
    ]


def _bytes(image: Image, tests: Sequence[RuleTest]) -> bytes | None:
    content = image_bytes(image)
    rows = [
        (t.package, t.name, t.path, t.file, t.row, t.col, t.is_put_off, t.is_table) for t in tests
    ]
    return None if content is None else marshal.dumps((content, rows))


def _read(payload: bytes) -> tuple[Image, list[RuleTest]] | None:
    try:
        return _suite(payload)
    except (ValueError, EOFError, TypeError, KeyError):
        # Of another version of this program that says it is this one.
        return None


def _suite(payload: bytes) -> tuple[Image, list[RuleTest]]:
    content, rows = marshal.loads(payload)  # noqa: S302 # see private_files
    tests = [
        RuleTest(
            package=package,
            name=name,
            path=path,
            file=file,
            row=row,
            col=col,
            is_put_off=is_put_off,
            is_table=is_table,
        )
        for package, name, path, file, row, col, is_put_off, is_table in rows
    ]
    return read_image(content), tests
