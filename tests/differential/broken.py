"""Modules broken on purpose, and what this engine and ``opa check`` say of them.

``python -m tests.differential.broken [--count N] [--first N]`` prints each on which they differ,
and ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from policyengine.errors import RegoCompileError
from tests.differential.answers import find_opa
from tests.differential.edits import break_module
from tests.differential.generator import program
from tests.unit.rego.compiler.checked_modes import FLAGS, SCHEMA, Mode, compiled
from tests.unit.rego.syntax.syntax_trees import conformance_modules

_ROOT: Final = Path(__file__).parents[2]
_MODES: Final[tuple[Mode, ...]] = ("plain", "plain", "strict", "strict", "v0", "schema")
_GENERATED: Final = 300
_MOST_CHARACTERS: Final = 4000
_TIMEOUT: Final = 60
# Names that OPA makes up itself: it takes such a variable for one of its own, and for safe.
_NAMED_BY_OPA: Final = re.compile(r"__local(\d+)__")
# OPA's processes at once, and how many modules they may be ahead of this engine.
_AT_ONCE: Final = 2
_AHEAD: Final = 8
WRONG: Final = frozenset({"crash", "taken", "refused", "codes", "rows"})
"""The kinds of difference that count; columns and words are counted only."""
KNOWN: Final = {
    r"\b(data|input)\s*:=": "a variable named as a document hides it in all of the body",
    r"\bsome (data|input)\b": "a variable named as a document hides it in all of the body",
    r"\b(\w+) = (\[[^\n|]*)?\{[^\n|]*\b\1\b": "an equation of a variable with a set or keys of it",
    r"\w\(\{[^\n|}]*\b(\w+)\b[^\n|}]*\}, \1\)": "a call whose result is in a set that it is given",
    r"(?m)^(default )?(data|input)\b": "a rule named as a document: what refers to it follows",
}
"""Where OPA finds something else wrong, by a pattern of the source: see ``docs/engines.md``."""
# What this engine refuses and OPA does not, by its words.
_REFUSED_HERE: Final = "the same question would not get the same answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A module, and the mode in which it is checked."""

    number: int
    mode: Mode
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Error:
    """One error: where OPA has no place for it, ``row`` and ``col`` are 0."""

    row: int
    col: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.row}:{self.col} {self.code}: {self.message}"


def whole_modules(shared: Path) -> list[str]:
    """The modules that are broken: of the conformance cases, our own policies, and generated."""
    ours = [
        path.read_text()
        for folder in ("policies", "bundles")
        for path in sorted((_ROOT / folder).rglob("*.rego"))
    ]
    alone = [source for source in ours if len(source) < _MOST_CHARACTERS and _stands_alone(source)]
    made = [program(number).source for number in range(_GENERATED)]
    return [_NAMED_BY_OPA.sub(r"w\1", s) for s in (*conformance_modules(shared), *alone, *made)]


def _stands_alone(source: str) -> bool:
    try:
        compiled({"m.rego": source}, "plain")
    except RegoCompileError:
        return False
    return True


def broken(number: int, modules: Sequence[str]) -> Broken:
    """The broken module of this number."""
    chance = Random(number)
    source = break_module(chance, chance.choice(modules))
    return Broken(number=number, mode=chance.choice(_MODES), source=source)


def ours(made: Broken) -> list[Error] | str:
    """The errors of this engine, or what it must never do."""
    try:
        compiled({"m.rego": made.source}, made.mode)
    except RegoCompileError as error:
        return [
            Error(row=e.row, col=e.col, code=e.code, message=e.message)
            for e in error.errors
            if _REFUSED_HERE not in e.message
        ]
    except Exception as error:  # noqa: BLE001 # any is a find, and the search goes on
        return repr(error)
    return []


def opas(opa: str, made: Broken) -> list[Error] | str:
    """The errors of ``opa check``, all of them, or what it said instead."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "m.rego").write_bytes(made.source.encode())
        Path(folder, "schema.json").write_text(json.dumps(SCHEMA))
        command = [opa, "check", "--format=json", "--max-errors=1000", *FLAGS[made.mode], "m.rego"]
        ended = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=_TIMEOUT
        )
    if ended.returncode == 0:
        return []
    try:
        errors = json.loads(ended.stderr)["errors"]
    except json.JSONDecodeError:
        return ended.stderr.decode(errors="replace")[-300:]
    return [
        Error(
            row=error.get("location", {}).get("row", 0),
            col=error.get("location", {}).get("col", 0),
            code=error.get("code", ""),
            message=error["message"],
        )
        for error in errors
    ]


def difference(wanted: list[Error] | str, found: list[Error] | str) -> str:
    """How the two differ: the worst name that fits, and nothing where they agree."""
    if isinstance(found, str):
        return "crash"
    if isinstance(wanted, str):
        return "panic"
    if bool(wanted) != bool(found):
        return "refused" if found else "taken"
    placeless = {error.code for error in wanted if not error.row}
    if {error.code for error in wanted} != {error.code for error in found}:
        return "codes"

    def of(errors: Iterable[Error], *names: str) -> set[tuple[object, ...]]:
        return {
            (error.code, *(getattr(error, name) for name in names))
            for error in errors
            if error.code not in placeless
        }

    for kind, names in (("rows", ("row",)), ("columns", ("row", "col")), ("words", ("message",))):
        if of(wanted, *names) != of(found, *names):
            return kind
    return ""


def is_known(made: Broken) -> bool:
    """Whether the module has what the engines are known to tell of differently."""
    return any(re.search(pattern, made.source) for pattern in KNOWN)


def compared(
    opa: str, made: Iterable[Broken]
) -> Iterator[tuple[Broken, list[Error] | str, list[Error] | str]]:
    """Each module with OPA's errors and ours."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting: deque[tuple[Broken, Future[list[Error] | str]]] = deque()
        for one in made:
            waiting.append((one, pool.submit(opas, opa, one)))
            if len(waiting) > _AHEAD:
                first, answer = waiting.popleft()
                yield first, answer.result(), ours(first)
        for first, answer in waiting:
            yield first, answer.result(), ours(first)


def main() -> int:
    """Run the comparison that the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.differential.broken", description=__doc__
    )
    parser.add_argument("--count", type=int, default=20_000, help="how many modules")
    parser.add_argument("--first", type=int, default=0, help="the number of the first module")
    parser.add_argument("--shared", type=Path, default=_ROOT.parent / "shared", help="the cases")
    parser.add_argument("--words", action="store_true", help="show other columns and words, too")
    options = parser.parse_args()
    opa = find_opa()
    if opa is None:
        print("opa is not installed; tests/integration/setup.sh builds it", file=sys.stderr)
        return 2
    if not options.shared.is_dir():
        print(f"no conformance cases at {options.shared}", file=sys.stderr)
        return 2
    modules = whole_modules(options.shared)
    numbers = range(options.first, options.first + options.count)
    kinds: Counter[str] = Counter()
    differing = 0
    for one, wanted, found in compared(str(opa), (broken(n, modules) for n in numbers)):
        kind = difference(wanted, found)
        kinds[kind or "same"] += 1
        wrong = kind in WRONG and not is_known(one)
        differing += wrong
        if wrong or (options.words and kind):
            show(kind, one, wanted, found)
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    print(f"{options.count} broken modules ({counts}): {differing} differ")
    return 1 if differing else 0


def show(kind: str, one: Broken, wanted: list[Error] | str, found: list[Error] | str) -> None:
    """Print a module, how the two differ, and both answers."""
    print(f"==== {kind}: module {one.number}, {one.mode}\n{one.source}")
    for who, errors in (("opa", wanted), ("ours", found)):
        print(f"---- {who}")
        for error in [errors] if isinstance(errors, str) else errors:
            print(f"  {error}")
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
