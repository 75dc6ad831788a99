"""Rows of brackets, found as OPA does: by counting signs, those in strings and comments too."""

from __future__ import annotations

import re
from functools import lru_cache

from policyengine.rego.syntax.ast import Body
from policyengine.rego.syntax.formatting.lines import NO_ROW
from policyengine.rego.syntax.source import Location


def end_row(location: Location) -> int:
    """The row in which the text of a location ends."""
    return location.row + location.text.count("\n")


def body_end_row(body: Body) -> int:
    if not body:
        return 0
    location = body[-1].location
    return location.row + location.text.rstrip(" \t\r\n").count("\n")


def closing_row(brackets: str, location: Location, *, behind: str = "") -> int:
    """The row of the bracket that closes the first opening one, ``NO_ROW`` without one.

    ``brackets`` are the opening and the closing one. ``behind`` has brackets that are skipped
    first, with all that is between them.
    """
    text, start, rows = location.text, 0, 0
    if behind:
        start, rows = _matching(text, behind, 0)
        rows = max(rows, 0)
    end, more = _matching(text, brackets, start)
    # What is in front of the opening bracket does not count: OPA counts lines behind it alone.
    return NO_ROW if end >= len(text) else location.row + rows + more


def _matching(text: str, brackets: str, start: int) -> tuple[int, int]:
    """(offset of the closing bracket, line ends in between); the text's length without one."""
    opening, closing = brackets[0], brackets[1]
    at = text.find(opening, start)
    if at < 0:
        return len(text), 0
    depth, rows = 1, 0
    for sign in _signs(brackets).finditer(text, at + 1):
        char = sign[0]
        if char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if not depth:
                return sign.start(), rows
        else:
            rows += 1
    return len(text), rows


@lru_cache(maxsize=8)
def _signs(brackets: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(brackets)}\n]")


def brace_of_operand(node: Location, body: Body) -> Location:
    """The place of the brace that opens an operand's body; that of ``node`` if none is found."""
    if not body:
        return node
    text = node.text
    before = min(body[0].location.offset - node.offset, len(text))
    at = text.rfind("{", 0, max(before, 0))
    if at < 0:
        return node
    return Location(node.source, node.start + at, node.start + at, node.end)
