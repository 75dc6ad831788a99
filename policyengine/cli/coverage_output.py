"""Coverage of Rego by tests: for people, as OPA's JSON, as lcov, and as one page of HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import Final

from policyengine.cli.query_output import coverage_json
from policyengine.rego.coverage import FileCoverage, Range
from policyengine.rego.syntax.ast_json import json_text
from policyengine.report.escape import terminal_text

Sources = Mapping[str, str]
Coverage = Mapping[str, FileCoverage]


def percentage(files: Iterable[FileCoverage]) -> float:
    """The percentage of the lines that is covered; 100 of no line."""
    counted = [(file.covered_lines, file.not_covered_lines) for file in files]
    covered, missed = sum(c for c, _ in counted), sum(m for _, m in counted)
    return 100 * covered / (covered + missed) if covered + missed else 100.0


def text_form(coverage: Coverage, _: Sources) -> str:
    """A row a file, with the ranges that were not reached."""
    width = max((len(terminal_text(name)) for name in coverage), default=4)
    lines = [f"{'file':{width}}  {'lines':>16}  {'expressions':>16}"]
    for name, file in sorted(coverage.items()):
        lines.append(_row(terminal_text(name), width, [file]))
        lines += [f"  not reached: {item.row}:{item.col}" for item in file.not_covered]
    lines.append(_row("all", width, [*coverage.values()]))
    return "\n".join(lines) + "\n"


def _row(name: str, width: int, files: list[FileCoverage]) -> str:
    lines = sum(file.covered_lines for file in files)
    all_lines = lines + sum(file.not_covered_lines for file in files)
    reached = sum(len(file.covered) for file in files)
    all_reached = reached + sum(len(file.not_covered) for file in files)
    return f"{name:{width}}  {_share(lines, all_lines):>16}  {_share(reached, all_reached):>16}"


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {100 * part / whole if whole else 100:.1f} %"


def json_form(coverage: Coverage, _: Sources) -> str:
    """The report of ``opa test --coverage``."""
    return json_text(coverage_json(coverage)) + "\n"


def lcov_form(coverage: Coverage, _: Sources) -> str:
    """A record a file: lines reached (1) and not (0)."""
    lines: list[str] = []
    for name, file in sorted(coverage.items()):
        rows = _rows(file)
        lines += ["TN:", f"SF:{name}"]
        lines += [f"DA:{row},{int(reached)}" for row, reached in sorted(rows.items())]
        lines += [f"LF:{len(rows)}", f"LH:{sum(rows.values())}", "end_of_record"]
    return "\n".join(lines) + "\n"


def _rows(file: FileCoverage) -> dict[int, bool]:
    """Each row that has anything, and whether something in it was reached."""
    rows = dict.fromkeys(_of(file.not_covered), False)
    rows.update(dict.fromkeys(_of(file.covered), True))
    return rows


def _of(ranges: Iterable[Range]) -> Iterator[int]:
    for item in ranges:
        yield from range(item.row, item.end_row + 1)


_STYLE: Final = (
    "body{font:14px system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}"
    "th,td{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #8884}"
    "th:first-child,td:first-child{text-align:left}pre{line-height:1.4}"
    "i{display:inline-block;width:3.5em;color:#888;font-style:normal;user-select:none}"
    ".hit{background:#2da44e22}mark{background:#cf222e55;color:inherit}"
)


def html_form(coverage: Coverage, sources: Sources) -> str:
    """One page, without scripts and without anything from elsewhere: a table and each source."""
    names = sorted(coverage)
    table: list[str] = []
    parts: list[str] = []
    for number, name in enumerate(names):
        table.append(_html_row(f'<a href="#f{number}">{_html(name)}</a>', [coverage[name]]))
        parts.append(f'<h2 id="f{number}">{_html(name)}</h2>')
        parts.append(f"<pre>{_listing(coverage[name], sources[name])}</pre>")
    table.append(_html_row("all", [*coverage.values()]))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<title>Coverage of Rego by its tests</title>"
        f"<style>{_STYLE}</style></head><body>\n<h1>Coverage of Rego by its tests</h1>\n"
        "<p>What is marked was never evaluated.</p>\n"
        "<table><tr><th>file</th><th>lines</th><th>expressions</th></tr>\n"
        + "\n".join(table)
        + "\n</table>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _html_row(name: str, files: list[FileCoverage]) -> str:
    lines = sum(file.covered_lines for file in files)
    all_lines = lines + sum(file.not_covered_lines for file in files)
    reached = sum(len(file.covered) for file in files)
    all_reached = reached + sum(len(file.not_covered) for file in files)
    cells = (name, _share(lines, all_lines), _share(reached, all_reached))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _listing(file: FileCoverage, source: str) -> str:
    rows = _rows(file)
    shown: list[str] = []
    for row, line in enumerate(source.split("\n"), start=1):
        text = _marked(line, row, file.not_covered)
        kind = ' class="hit"' if rows.get(row) else ""
        shown.append(f"<span{kind}><i>{row}</i>{text}</span>")
    return "\n".join(shown)


def _marked(line: str, row: int, missed: Iterable[Range]) -> str:
    """A line with what was not reached marked; ranges within each other are one mark."""
    dark = [False] * len(line)
    for item in missed:
        if item.row <= row <= item.end_row:
            start = item.col - 1 if row == item.row else 0
            end = item.end_col - 1 if row == item.end_row else len(line)
            for index in range(max(start, 0), min(end, len(line))):
                dark[index] = not line[index].isspace() or dark[index]
    shown, is_dark = "", False
    for index, char in enumerate(line):
        if dark[index] != is_dark and not char.isspace():
            is_dark = dark[index]
            shown += "<mark>" if is_dark else "</mark>"
        shown += _html(char) if char != "\t" else char
    return shown + ("</mark>" if is_dark else "")


def _html(text: str) -> str:
    return escape(terminal_text(text))


FORMS: Final[dict[str, Callable[[Coverage, Sources], str]]] = {
    "text": text_form,
    "json": json_form,
    "lcov": lcov_form,
    "html": html_form,
}
