"""What ``policyengine eval`` prints: the forms of ``opa eval``."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from policyengine.rego.coverage import FileCoverage, Range
from policyengine.rego.policy import Solution
from policyengine.rego.runtime.numbers import number_text
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.values import RegoSet, Value, is_number, is_object, object_items
from policyengine.rego.syntax.ast import Body
from policyengine.rego.syntax.ast_json import Json, JsonNumber, json_text

_CELL: Final = 80


def ordered_json(value: Value) -> Json:
    """A value as JSON with sorted keys, its numbers as they are written."""
    if is_number(value):
        return JsonNumber(number_text(value))
    if type(value) is list or type(value) is RegoSet:
        return [ordered_json(item) for item in value]
    if is_object(value):
        return {
            key if type(key) is str else marshal(key): ordered_json(item)
            for key, item in object_items(value)
        }
    plain: Json = value
    return plain


def as_json(
    solutions: Sequence[Solution], body: Body, *, further: Mapping[str, Json] | None = None
) -> str:
    """The result as OPA's JSON; nothing found is an object without ``result``."""
    shown: dict[str, Json] = {}
    if solutions:
        shown["result"] = [_solution(solution, body) for solution in solutions]
    return json_text({**shown, **(further or {})})


def coverage_json(files: Mapping[str, FileCoverage]) -> Json:
    """Coverage in the form of ``opa eval --coverage``."""
    covered = sum(file.covered_lines for file in files.values())
    missed = sum(file.not_covered_lines for file in files.values())
    return {
        "files": {name: _file_coverage(file) for name, file in sorted(files.items())},
        "covered_lines": covered,
        "not_covered_lines": missed,
        "coverage": _percent(covered, missed),
    }


def _file_coverage(file: FileCoverage) -> Json:
    shown: dict[str, Json] = {}
    if file.covered:
        shown["covered"] = [_range(item) for item in file.covered]
    if file.not_covered:
        shown["not_covered"] = [_range(item) for item in file.not_covered]
    return {
        **shown,
        "covered_lines": file.covered_lines,
        "not_covered_lines": file.not_covered_lines,
        "coverage": _percent(file.covered_lines, file.not_covered_lines),
    }


def _range(item: Range) -> Json:
    return {
        "start": {"row": item.row, "col": item.col},
        "end": {"row": item.end_row, "col": item.end_col},
    }


def _percent(covered: int, missed: int) -> Json:
    return 100 * covered / (covered + missed) if covered + missed else 0


def _solution(solution: Solution, body: Body) -> Json:
    shown: dict[str, Json] = {
        "expressions": [
            {
                "value": ordered_json(value),
                "text": expr.location.text,
                "location": {"row": expr.location.row, "col": expr.location.col},
            }
            for value, expr in zip(solution.expressions, body, strict=True)
        ]
    }
    if solution.bindings:
        shown["bindings"] = ordered_json(solution.bindings)
    return shown


def as_values(solutions: Sequence[Solution], _: Body) -> str:
    """One array of the expressions' values for each solution."""
    return "\n".join(json_text(ordered_json(solution.expressions)) for solution in solutions)


def as_bindings(solutions: Sequence[Solution], _: Body) -> str:
    """One object of the variables for each solution."""
    return "\n".join(json_text(ordered_json(solution.bindings)) for solution in solutions)


def as_raw(solutions: Sequence[Solution], _: Body) -> str:
    """The values of each solution on a line; strings without quotes."""
    return "\n".join(
        " ".join(value if type(value) is str else marshal(value) for value in item.expressions)
        for item in solutions
    )


def as_discarded(solutions: Sequence[Solution], _: Body) -> str:
    """That there is a result, without it."""
    return json_text({"result": "discarded"} if solutions else {})


def as_pretty(solutions: Sequence[Solution], body: Body) -> str:
    """The value alone where there is but one; else a table of expressions and variables."""
    if not solutions:
        return "undefined"
    if len(solutions) == 1 and len(body) == 1 and not solutions[0].bindings:
        return json_text(ordered_json(solutions[0].expressions[0]))
    shown = [
        index
        for index in range(len(body))
        if any(solution.expressions[index] is not True for solution in solutions)
    ]
    names = sorted(solutions[0].bindings)
    header = [*[body[index].location.text for index in shown], *names]
    rows = [
        [
            *[marshal(solution.expressions[index]) for index in shown],
            *[marshal(solution.bindings[name]) for name in names],
        ]
        for solution in solutions
    ]
    if not header:
        return "true"
    return _table([_cut(cell) for cell in header], [[_cut(cell) for cell in row] for row in rows])


def _cut(cell: str) -> str:
    return cell if len(cell) <= _CELL else cell[:_CELL] + "..."


def _table(header: list[str], rows: list[list[str]]) -> str:
    widths = [max(map(_width, column)) for column in zip(header, *rows, strict=True)]
    bars = ["─" * (width + 2) for width in widths]
    titles = []
    for cell, width in zip(header, widths, strict=True):
        left = (width - _width(cell)) // 2
        titles.append(" " * left + cell + " " * (width - _width(cell) - left))
    lines = [f"┌{'┬'.join(bars)}┐", _row(titles), f"├{'┼'.join(bars)}┤"]
    for row in rows:
        cells = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        lines.append(_row(cells))
    return "\n".join([*lines, f"└{'┴'.join(bars)}┘"])


def _row(cells: list[str]) -> str:
    return "│" + "│".join(f" {cell} " for cell in cells) + "│"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


FORMS: Final[dict[str, Callable[[Sequence[Solution], Body], str]]] = {
    "json": as_json,
    "pretty": as_pretty,
    "values": as_values,
    "raw": as_raw,
    "bindings": as_bindings,
    "discard": as_discarded,
}
