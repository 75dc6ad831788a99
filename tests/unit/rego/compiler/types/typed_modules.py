"""Modules whose types OPA refuses or takes, and what ``opa check`` said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

_DATA: Final = Path(__file__).parent / "data"
WRONG_TYPES: Final = _DATA / "wrong_types.json"
RIGHT_TYPES: Final = _DATA / "right_types.json"


class Finding(TypedDict):
    code: str
    row: int
    col: int
    message: str


class TypedModule(TypedDict):
    """``schemas`` are as those of ``Policy.compile``."""

    name: str
    source: str
    schemas: NotRequired[dict[str, Any]]
    errors: list[Finding]


def read_modules(path: Path) -> list[TypedModule]:
    modules: list[TypedModule] = json.loads(path.read_text())
    return modules
