"""The conformance cases as Rego v0, and that upgraded to v1: each keeps its answer.

The modules of a case are written as v0 (no ``if``, no ``contains``), evaluated as v0, then upgraded
by the formatter and evaluated as v1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from policyengine.errors import RegoCompileError
from policyengine.rego.syntax.ast import RegoVersion
from policyengine.rego.syntax.formatting import format_source
from tests.conformance.test_rego_v1 import cases, problem
from tests.unit.rego.syntax.formatting.formatted_modules import as_v0

_TEMPLATE = re.compile(r"""\$["`]""")


def _v0_cases(shared: Path) -> list[tuple[dict[str, Any], list[str]]]:
    """Cases that are answered as v1, with a query and modules that v0 can express, and these.

    OPA refuses template strings in v0.
    """
    found = []
    for case in cases(shared):
        try:
            modules = [as_v0(source) for source in case.get("modules") or ()]
        except RegoCompileError:
            continue
        if modules and not _TEMPLATE.search(case["query"]) and problem(case) is None:
            found.append((case, modules))
    return found


def _problems(
    found: list[tuple[dict[str, Any], list[str]]], version: RegoVersion, *, upgrade: bool
) -> list[str]:
    problems = []
    for case, written in found:
        modules = written
        if upgrade:
            modules = [
                format_source(source, file="m.rego", rego_version="v0", target="v0-v1")
                for source in written
            ]
        what = problem(case | {"modules": modules}, version)
        if what is not None:
            problems.append(f"{case['file']}: {case['note']}: {what}")
    return problems


def test_cases_as_v0_and_upgraded_have_the_wanted_answers(shared_dir: Path) -> None:
    found = _v0_cases(shared_dir)
    assert len(found) > 1700
    for version, upgrade in (("v0", False), ("v1", True), ("v0", True)):
        problems = _problems(found, "v0" if version == "v0" else "v1", upgrade=upgrade)
        assert not problems, f"{version}, {upgrade=}: {len(problems)}:\n" + "\n".join(problems[:50])
