"""Modules to be formatted, and where the digests of what OPA made of them are."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Final, Literal, NotRequired, TypedDict

from policyengine.errors import RegoCompileError
from policyengine.rego.syntax.ast import Module, RegoVersion
from policyengine.rego.syntax.formatting import Target, format_module
from policyengine.rego.syntax.formatting.kept import changed_rule
from policyengine.rego.syntax.parser import parse_module
from policyengine.rego.syntax.source import Source
from policyengine.rego.syntax.tokens import tokenize
from tests.unit.rego.syntax.syntax_trees import conformance_modules

DATA: Final = Path(__file__).parent / "data"
MODULES: Final = DATA / "modules.json"
# One line a module: the digest of what OPA writes, or that it refuses.
CONFORMANCE: Final = DATA / "conformance.txt"
BROKEN: Final = DATA / "broken.txt"
UPGRADED: Final = DATA / "upgraded.txt"
REFUSED: Final = "refused"

Mode = Literal["v1", "v0", "upgrade", "drop"]
FLAGS: Final[dict[Mode, tuple[str, ...]]] = {
    "v1": (),
    "v0": ("--v0-compatible",),
    "upgrade": ("--v0-v1",),
    "drop": ("--drop-v0-imports",),
}

_BROKEN_MODULES: Final = 1500
_MOST: Final = 3000
# What is put between tokens: comments and line ends, where a layout may lose or move them.
_BREAKS: Final = (
    " # a comment\n",
    "\n# alone\n",
    "\n",
    "\n\n",
    " # one\n# two\n\n",
    "\n\t# METADATA\n",
    " #\n",
    "\t\t# at the end \t\n",
)


class Formatted(TypedDict):
    """``formatted`` is what OPA writes; it is not there where OPA refuses the module."""

    name: str
    mode: Mode
    source: str
    formatted: NotRequired[str]


def read_modules() -> list[Formatted]:
    modules: list[Formatted] = json.loads(MODULES.read_text())
    return modules


def layout(source: str, mode: Mode) -> str | None:
    """What a module is laid out as; None where it, or that, does not read."""
    version: RegoVersion = "v0" if mode in {"v0", "upgrade"} else "v1"
    target: Target = "v0-v1" if mode == "upgrade" else "v0" if mode == "v0" else "v1"
    try:
        module = _parsed(source, version)
        text = format_module(module, target, drop_v0_imports=mode == "drop")
        for reads in ("v0", "v1") if mode == "upgrade" else (version,):
            _parsed(text, reads)
    except RegoCompileError:
        return None
    return text


def _parsed(source: str, version: RegoVersion) -> Module:
    return parse_module(source, file="m.rego", rego_version=version, with_annotations=False)


def digest(text: str | None) -> str:
    return REFUSED if text is None else hashlib.sha256(text.encode()).hexdigest()[:12]


def broken_modules(shared: Path) -> list[str]:
    """Modules of the conformance cases with comments and line ends where nobody puts them."""
    chance = random.Random(20)
    modules = [source for source in conformance_modules(shared) if len(source) < _MOST]
    return [_broken(chance.choice(modules), chance) for _ in range(_BROKEN_MODULES)]


def _broken(source: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        starts = tokenize(Source("m.rego", source)).starts
        at = starts[chance.randrange(len(starts))]
        changed = source[:at] + chance.choice(_BREAKS) + source[at:]
        try:
            parse_module(changed, file="m.rego", with_annotations=False)
        except RegoCompileError:
            continue
        source = changed
    return source


def v0_modules(shared: Path) -> dict[str, str]:
    """Modules of the conformance cases as v0, by what they were; those that v0 can express."""
    found = {}
    for source in conformance_modules(shared):
        try:
            found[source] = as_v0(source)
        except RegoCompileError:
            continue
    return found


def as_v0(source: str) -> str:
    """A v1 module without ``if`` and ``contains``. Raises ``RegoCompileError`` if v0 has no way."""
    module = _parsed(source, "v1")
    text = format_module(module, "v0")
    if changed_rule(module, _parsed(text, "v0")) is not None:
        raise RegoCompileError(())
    return text
