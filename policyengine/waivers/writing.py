"""Changing a waiver file as text, so that comments and order stay as somebody wrote them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import orjson

from policyengine.errors import WaiverError

_HEAD = "version: 1\nwaivers:\n"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWaiver:
    """A waiver to be written; ``created`` and ``expires`` are as they stand in the file."""

    rule: str
    reason: str
    owner: str
    approver: str
    created: str
    expires: str
    repository: str | None = None
    digest: str | None = None
    vulnerability: str | None = None
    package: str | None = None
    path: str | None = None
    ticket: str | None = None

    @property
    def about(self) -> tuple[str | None, ...]:
        """What it is a waiver of, as that of ``Waiver``."""
        return (
            *(self.rule, self.repository, self.digest),
            *(self.vulnerability, self.package, self.path),
        )


def appended(content: bytes, entries: Sequence[NewWaiver]) -> str:
    """Return ``content`` with ``entries`` at its end; empty content is begun."""
    text = content.decode()
    if not text.strip():
        text = _HEAD
    text = re.sub(r"(?m)^waivers:\s*\[\s*\]\s*$", "waivers:", text)
    if re.search(r"(?m)^waivers:\s*(#.*)?$", text) is None or text.lstrip().startswith("{"):
        raise WaiverError(
            "is not a file that can be added to",
            expected="YAML with waivers: on a line, and its entries below as the last of the file",
        )
    if not text.endswith("\n"):
        text += "\n"
    indent = _indent(text)
    return text + "".join(_entry(entry, indent) for entry in entries)


def without(content: bytes, rows: Sequence[int], removed: Collection[int]) -> str:
    """Return ``content`` without the entries that begin in the lines ``removed``.

    ``rows`` are the lines in which all entries begin. A comment above an entry goes with it.
    """
    lines = content.decode().splitlines(keepends=True)
    starts = [_above(lines, row - 1) for row in rows]
    if any(not lines[row - 1].lstrip().startswith("-") for row in rows):
        raise WaiverError("is not a file that can be pruned", expected="an entry a dash")
    ends = [*starts[1:], len(lines)]
    for row, start, end in reversed(list(zip(rows, starts, ends, strict=True))):
        if row in removed:
            del lines[start:end]
    text = "".join(lines)
    # A list of nothing would be null.
    return text if len(removed) < len(rows) else re.sub(r"(?m)^waivers:", "waivers: []", text)


def _above(lines: Sequence[str], index: int) -> int:
    while index > 0 and lines[index - 1].lstrip().startswith("#"):
        index -= 1
    return index


def _indent(text: str) -> str:
    found = re.search(r"(?m)^(\s*)- ", text)
    return found[1] if found else "  "


def _entry(entry: NewWaiver, indent: str) -> str:
    fields: list[tuple[str, str | None]] = [("rule", entry.rule)]
    lines = [f"{name}: {_scalar(value)}" for name, value in fields if value is not None]
    if entry.repository is not None or entry.digest is not None:
        lines.append("image:")
        for name, value in (("repository", entry.repository), ("digest", entry.digest)):
            if value is not None:
                lines.append(f"  {name}: {_scalar(value)}")
    rest = ("vulnerability", "package", "path", "reason", "owner", "approver", "created", "expires")
    for name in (*rest, "ticket"):
        value = getattr(entry, name)
        if value is not None:
            lines.append(f"{name}: {_scalar(value)}")
    return "".join(
        f"{indent}{'- ' if index == 0 else '  '}{line}\n" for index, line in enumerate(lines)
    )


def _scalar(text: str) -> str:
    """Return ``text`` plain where it can be nothing else, else quoted as in JSON."""
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    return text if plain or _DAY.fullmatch(text) else orjson.dumps(text).decode()
