"""Every module of the tables as ``opa check`` takes it in each of its modes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from policyengine.rego.policy import Policy
from tests.unit.rego.compiler.checked_modules import ODD_MODULES, WRONG_MODULES, read_modules
from tests.unit.rego.compiler.types.typed_modules import RIGHT_TYPES, WRONG_TYPES
from tests.unit.rego.compiler.types.typed_modules import read_modules as read_typed
from tests.unit.rego.syntax.syntax_trees import WRONG_MODULES as WRONG_SYNTAX

MODES_FILE: Final = Path(__file__).parent / "data" / "modes.json"

Mode: TypeAlias = Literal["plain", "strict", "v0", "schema"]
FLAGS: Final[dict[Mode, tuple[str, ...]]] = {
    "plain": (),
    "strict": ("--strict",),
    "v0": ("--v0-compatible",),
    "schema": ("--schema", "schema.json"),
}
# What ``input`` is in the mode ``schema``: most modules do not look at it, some against it.
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "x": {"type": "string"},
        "y": {"type": "array", "items": {"type": "integer"}},
        "a": {
            "type": "object",
            "properties": {"b": {"type": "string"}, "c": {"type": "boolean"}},
            "additionalProperties": False,
        },
        "xs": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}

Place: TypeAlias = tuple[str, str, int]


def modules_by_name() -> dict[str, dict[str, str]]:
    """The modules of all tables, by the table and their name in it."""
    found = {
        f"{path.stem}: {case['name']}": case["modules"]
        for path in (WRONG_MODULES, ODD_MODULES)
        for case in read_modules(path)
    }
    for path in (WRONG_TYPES, RIGHT_TYPES):
        found |= {f"{path.stem}: {c['name']}": {"m.rego": c["source"]} for c in read_typed(path)}
    for case in json.loads(WRONG_SYNTAX.read_text()):
        found[f"syntax: {case['name']}"] = {"m.rego": case["source"]}
    return found


def recorded() -> dict[str, dict[Mode, list[Place]]]:
    """By module and mode, the file, code and row of each error: none where OPA takes it."""
    return {
        name: {mode: [(f, code, row) for f, code, row in errors] for mode, errors in modes.items()}
        for name, modes in json.loads(MODES_FILE.read_text()).items()
    }


def compiled(modules: Mapping[str, str], mode: Mode) -> Policy:
    """Compile as ``check-rego`` does in a mode."""
    return Policy.compile(
        modules,
        rego_version="v0" if mode == "v0" else "v1",
        strict=mode == "strict",
        schemas={"schema": SCHEMA} if mode == "schema" else None,
    )
