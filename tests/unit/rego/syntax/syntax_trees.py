"""Trees as JSON, to be compared with OPA's, and where the recorded ones are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from policyengine.rego.syntax.ast_json import json_text, module_json
from policyengine.rego.syntax.parser import parse_module

_DATA = Path(__file__).parent / "data"
CONFORMANCE_TREES = _DATA / "conformance_trees.txt"
WRONG_MODULES = _DATA / "wrong_modules.json"


def conformance_modules(shared: Path) -> list[str]:
    """Each module of the conformance cases once, in their order."""
    modules: dict[str, None] = {}
    with (shared / "conformance" / "rego-v1-cases.jsonl").open() as cases:
        for case in cases:
            modules |= dict.fromkeys(json.loads(case).get("modules") or ())
    return list(modules)


def read_json(text: str) -> object:
    """JSON with its numbers as they are written."""
    return json.loads(text, parse_int=_written, parse_float=_written)


def _written(number: str) -> dict[str, str]:
    return {"number": number}


def digest(tree: object) -> str:
    """A short digest of JSON whose keys may stand in any order."""
    text = json.dumps(tree, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def tree_of(source: str) -> object:
    """Our tree of a module, in OPA's form with places and comments."""
    module = parse_module(source, file="m.rego")
    return read_json(json_text(module_json(module, locations=True)))
