"""Modules that OPA's compiler refuses, odd ones that it takes, and what ``opa check`` said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

from policyengine.rego.syntax.ast import RegoVersion

_DATA: Final = Path(__file__).parent / "data"
WRONG_MODULES: Final = _DATA / "wrong_modules.json"
ODD_MODULES: Final = _DATA / "odd_modules.json"


class Finding(TypedDict):
    """``file`` is empty and ``row`` and ``col`` are 0 where OPA names no place."""

    file: str
    code: str
    row: int
    col: int
    message: str


class CheckedModules(TypedDict):
    """Modules by file name; ``data`` is what stands beside them in a bundle."""

    name: str
    rego_version: RegoVersion
    strict: bool
    modules: dict[str, str]
    data: NotRequired[dict[str, Any]]
    errors: NotRequired[list[Finding]]


def read_modules(path: Path) -> list[CheckedModules]:
    modules: list[CheckedModules] = json.loads(path.read_text())
    return modules
