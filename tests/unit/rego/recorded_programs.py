"""Programs in v0, v1 and v2, and what ``opa eval`` gave for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

from policyengine.rego.syntax.ast import RegoVersion

PROGRAMS: Final = Path(__file__).parent / "data" / "programs.json"


class Program(TypedDict):
    """``result`` is the list of solutions, each with its expressions' values and its bindings;
    ``code`` is there instead where OPA gives an error: that of the first one. ``strict``: errors
    of builtins are errors."""

    name: str
    rego_version: RegoVersion
    modules: dict[str, str]
    query: str
    input: Any
    strict: NotRequired[bool]
    result: NotRequired[list[list[Any]]]
    code: NotRequired[str]


def read_programs() -> list[Program]:
    programs: list[Program] = json.loads(PROGRAMS.read_text())
    return programs
