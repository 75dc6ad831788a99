"""What ``policyengine eval`` prints: the forms of ``opa eval``."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policyengine.cli.trace_output import trace_json, trace_text
from policyengine.errors import EvaluationLimitExceeded
from policyengine.rego.answers import Solution
from policyengine.rego.coverage import FileCoverage, Range
from policyengine.rego.runtime.numbers import number_text
from policyengine.rego.runtime.printing import marshal
from policyengine.rego.runtime.trace import TraceEvent
from policyengine.rego.runtime.values import (
    RegoSet,
    Value,
    in_key_order,
    is_number,
    is_object,
    object_items,
)
from policyengine.rego.syntax.ast import Body
from policyengine.rego.syntax.ast_json import Json, JsonNumber, json_text
from policyengine.rego.syntax.stack import more_frames

# Two for each level of a value, deeper than any that is read.
_FRAMES: Final = 50_000


def ordered_json(value: Value) -> Json:
    """A value as JSON with keys in order of their text, its numbers as they are written."""
    if is_number(value):
        return JsonNumber(number_text(value))
    if type(value) is list or type(value) is RegoSet:
        return [ordered_json(item) for item in value]
    if is_object(value):
        shown = {
            key if type(key) is str else marshal(key): ordered_json(item)
            for key, item in object_items(value)
        }
        return {key: shown[key] for key in in_key_order(shown)}
    plain: Json = value
    return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is told beside the result: only what was asked for.

    ``metrics`` are nanoseconds by OPA's name of the timer.
    """

    metrics: Mapping[str, int] | None = None
    coverage: Mapping[str, FileCoverage] | None = None
    events: Sequence[TraceEvent] | None = None

    def json(self) -> dict[str, Json]:
        """The parts in OPA's order."""
        shown: dict[str, Json] = {}
        if self.metrics is not None:
            shown["metrics"] = dict(sorted(self.metrics.items()))
        if self.events is not None:
            shown["explanation"] = trace_json(self.events)
        if self.coverage is not None:
            shown["coverage"] = coverage_json(self.coverage)
        return shown


def as_json(solutions: Sequence[Solution], body: Body, beside: Beside) -> str:
    """The result as OPA's JSON; nothing found is an object without ``result``."""
    shown: dict[str, Json] = {}
    if solutions:
        shown["result"] = [_solution(solution, body) for solution in solutions]
    return json_text({**shown, **beside.json()})


def coverage_json(files: Mapping[str, FileCoverage]) -> Json:
    """Coverage in the form of ``opa eval --coverage``."""
    covered, missed = _lines(files)
    return {
        "files": {name: _file_coverage(file) for name, file in sorted(files.items())},
        "covered_lines": covered,
        "not_covered_lines": missed,
        "coverage": _percent(covered, missed),
    }


def _lines(files: Mapping[str, FileCoverage]) -> tuple[int, int]:
    """How many lines are covered, and how many are not."""
    return (
        sum(file.covered_lines for file in files.values()),
        sum(file.not_covered_lines for file in files.values()),
    )


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


def _percent(covered: int, missed: int) -> float:
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


def as_values(solutions: Sequence[Solution], _: Body, __: Beside) -> str:
    """One array of the expressions' values for each solution."""
    return "\n".join(json_text(ordered_json(solution.expressions)) for solution in solutions)


def as_bindings(solutions: Sequence[Solution], _: Body, __: Beside) -> str:
    """One object of the variables for each solution."""
    return "\n".join(json_text(ordered_json(solution.bindings)) for solution in solutions)


def as_raw(solutions: Sequence[Solution], _: Body, __: Beside) -> str:
    """The values of each solution on a line; strings without quotes."""
    return "\n".join(
        " ".join(value if type(value) is str else marshal(value) for value in item.expressions)
        for item in solutions
    )


def as_discarded(solutions: Sequence[Solution], _: Body, beside: Beside) -> str:
    """That there is a result, without it; what else was asked for with sorted keys."""
    found: dict[str, Json] = {"result": "discarded"} if solutions else {}
    return json_text(_sorted({**beside.json(), **found}))


def _sorted(shown: Json) -> Json:
    if isinstance(shown, Mapping):
        return {key: _sorted(item) for key, item in sorted(shown.items())}
    if isinstance(shown, Sequence) and not isinstance(shown, str):
        return [_sorted(item) for item in shown]
    return shown


def as_pretty(solutions: Sequence[Solution], body: Body, beside: Beside) -> str:
    """The trace, the result, and tables of the times and of how much was covered."""
    parts = [_pretty(solutions, body)]
    if beside.events:
        parts.insert(0, trace_text(beside.events))
    if beside.metrics is not None:
        rows = [[name, str(value)] for name, value in sorted(beside.metrics.items())]
        parts.append(_table(["Metric", "Value"], rows))
    if beside.coverage is not None:
        parts.append(_bare_table(["Overall Coverage", f"{_percent(*_lines(beside.coverage)):.2f}"]))
    return "\n".join(parts)


def _pretty(solutions: Sequence[Solution], body: Body) -> str:
    """The value alone where there is but one; else a table of expressions and variables."""
    if not solutions:
        return "undefined"
    first = solutions[0]
    plain = [type(value) is not bool for value in first.expressions]
    if len(solutions) == 1 and not first.bindings and (len(body) == 1 or not any(plain)):
        return json_text(ordered_json(first.expressions[0]))
    # The first solution decides which expressions are columns: beside variables no booleans.
    shown = [index for index in range(len(body)) if plain[index] or not first.bindings]
    names = sorted(first.bindings)
    header = [*[body[index].location.text for index in shown], *names]
    rows = [
        [
            *[marshal(solution.expressions[index]) for index in shown],
            *[marshal(solution.bindings[name]) for name in names],
        ]
        for solution in solutions
    ]
    return _table(header, rows)


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


def _bare_table(cells: list[str]) -> str:
    bars = ["─" * (_width(cell) + 2) for cell in cells]
    return "\n".join([f"┌{'┬'.join(bars)}┐", _row(cells), f"└{'┴'.join(bars)}┘"])


def _row(cells: list[str]) -> str:
    return "│" + "│".join(f" {cell} " for cell in cells) + "│"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def printed(form: str, solutions: Sequence[Solution], body: Body, beside: Beside) -> str:
    """What is printed in ``form``, however deep the values are. Raises EvaluationLimitExceeded."""
    with more_frames(_FRAMES):
        try:
            return FORMS[form](solutions, body, beside)
        except RecursionError:
            raise EvaluationLimitExceeded(
                "a value of the result is too deep to be printed", limit="depth"
            ) from None


FORMS: Final[dict[str, Callable[[Sequence[Solution], Body, Beside], str]]] = {
    "json": as_json,
    "pretty": as_pretty,
    "values": as_values,
    "raw": as_raw,
    "bindings": as_bindings,
    "discard": as_discarded,
}
