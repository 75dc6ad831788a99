"""Which rules and expressions of the modules an evaluation ran, as OPA's ``--coverage`` tells.

A rule counts by its head, once it gave something; an expression once it was evaluated. Calls and
comprehensions within an expression count beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.visit import walk


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Range:
    """From one character to behind another; rows and columns count from 1."""

    row: int
    col: int
    end_row: int
    end_col: int


Hit: TypeAlias = tuple[str, Range]
"""A file, and the range of a head or an expression in it that was reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """The ranges of one module in order, and how many rows they are in.

    A row with both counts as covered.
    """

    covered: tuple[Range, ...]
    not_covered: tuple[Range, ...]
    covered_lines: int
    not_covered_lines: int


def file_coverage(
    modules: Mapping[str, ast.Module], hits: Iterable[Hit]
) -> dict[str, FileCoverage]:
    """The coverage of each module that has rules, by file."""
    seen: dict[str, set[Range]] = {}
    for file, reached in hits:
        seen.setdefault(file, set()).add(reached)
    found: dict[str, FileCoverage] = {}
    for file, module in modules.items():
        covered = sorted(seen.get(file, ()))
        missed: set[Range] = set()
        for location in _locations(module):
            item = range_of(location)
            # What stands within an expression that ran is covered with it.
            if not any(_holds(other, item) for other in covered):
                missed.add(item)
        rows = _rows(covered)
        if covered or missed:
            found[file] = FileCoverage(
                covered=tuple(covered),
                not_covered=tuple(sorted(missed)),
                covered_lines=len(rows),
                not_covered_lines=len(_rows(missed) - rows),
            )
    return found


def _holds(outer: Range, inner: Range) -> bool:
    starts = (outer.row, outer.col) <= (inner.row, inner.col)
    return starts and (outer.end_row, outer.end_col) >= (inner.end_row, inner.end_col)


def _locations(module: ast.Module) -> Iterator[Location]:
    for node in walk(module):
        # A rule without a body has one that is made, which stands nowhere in the source.
        # As in OPA, a declaration that was not reached is not missed.
        if isinstance(node, ast.Head) or (
            isinstance(node, ast.Expr)
            and not isinstance(node.terms, ast.SomeDecl)
            and node.location.text
        ):
            yield node.location


def range_of(location: Location) -> Range:
    """The characters of a node of the tree."""
    *before, last = location.text.split("\n")
    end_col = len(last) + (1 if before else location.col)
    return Range(
        row=location.row, col=location.col, end_row=location.row + len(before), end_col=end_col
    )


def _rows(ranges: Iterable[Range]) -> set[int]:
    return {row for item in ranges for row in range(item.row, item.end_row + 1)}
