"""Invocations of ``opa eval``, ``check`` and ``parse`` as scripts make them, and what OPA gave.

``data/commands.json`` has files, archives of folders among them, and cases: arguments, what goes to
standard input, and OPA's exit code and output. A row that has ``differs`` says why this program
gives another answer; where it has ``refuses``, that it gives none.
"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any, NotRequired, TypedDict

COMMANDS = Path(__file__).parent / "data" / "commands.json"

# OPA's names of commands, and ours.
NAMES = {"check": "check-rego"}
FOLDER = "{folder}"


class Invocation(TypedDict):
    """One row. ``{folder}`` in arguments and output is where the files are."""

    arguments: list[str]
    stdin: NotRequired[str]
    code: NotRequired[int]
    stdout: NotRequired[str]
    stderr: NotRequired[str]
    differs: NotRequired[str]
    refuses: NotRequired[bool]


class Table(TypedDict):
    """``files`` by name, a byte that is no UTF-8 as a lone surrogate; ``archives`` of folders."""

    files: dict[str, str]
    archives: dict[str, str]
    cases: list[Invocation]


def read_table() -> Table:
    table: Table = json.loads(COMMANDS.read_text())
    return table


def lay_out(table: Table, folder: Path) -> None:
    """Write the files and the archives of the table below ``folder``."""
    for name, text in table["files"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode(errors="surrogateescape"))
    for name, root in table["archives"].items():
        with tarfile.open(folder / name, "w:gz") as archive:
            for file in sorted((folder / root).rglob("*")):
                if file.is_file():
                    content = file.read_bytes()
                    # As `opa build` writes them.
                    member = tarfile.TarInfo(f"/{file.relative_to(folder / root).as_posix()}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))


def errors_of(printed: str) -> list[dict[str, Any]] | None:
    """The errors in what was printed; None if it is no JSON with errors."""
    try:
        found: list[dict[str, Any]] = json.loads(printed)["errors"]
    except (ValueError, KeyError, TypeError):
        return None
    return found


def essence(errors: list[dict[str, Any]]) -> list[str]:
    """What scripts read of errors: of one without a code, that it is there.

    OPA repeats some errors of its scanner, and names variables of its own that are unsafe. Its
    stack trace, the text at a place, and what it knows of types and conflicting values beyond the
    message are not here.
    """
    found: dict[str, None] = {}
    for index, error in enumerate(errors):
        code = error.get("code")
        if code is None:
            found[f"an error without a code ({index})"] = None
        elif error["message"] != "var _ is unsafe":
            place = {**error["location"], "text": None} if "location" in error else None
            shown = {
                "code": code,
                "message": None if code == "eval_conflict_error" else error["message"],
                "location": place,
                "details": error.get("details") if code == "rego_parse_error" else None,
            }
            found[json.dumps(shown, sort_keys=True)] = None
    # OPA gives those of one place in any order.
    return sorted(found)
