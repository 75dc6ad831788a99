"""Text made safe for HTML, and JSON made safe for a script block."""

from __future__ import annotations

import html

import orjson

from policyengine.model.json_value import FrozenJson
from policyengine.report.escape import terminal_text

# Inside a script block HTML ends at "</script" and changes its state at "<!--" (HTML, section
# 4.12.1.3); two line separators are JSON, but were not JavaScript before ES2019.
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028"} | {
    "\u2029": "\\u2029"
}
_TRANSLATED = str.maketrans(_IN_SCRIPT)
_MOST_IN_CELL = 1000  # characters; nobody reads more of them in a table


def safe(text: str) -> str:
    """Return one line of text as the content of an element or of a quoted attribute."""
    return html.escape(terminal_text(_cut(text)))


def safe_lines(text: str) -> str:
    """Return text of several lines as the content of an element."""
    return html.escape(plain_lines(_cut(text)))


def _cut(text: str) -> str:
    if len(text) <= _MOST_IN_CELL:
        return text
    return f"{text[:_MOST_IN_CELL]}... ({len(text):,} characters; all are in the json report)"


def plain_lines(text: str) -> str:
    """Return text whose lines stay lines and hold nothing that does not show itself."""
    if "\n" not in text:
        return terminal_text(text)
    return "\n".join(terminal_text(line) for line in text.split("\n"))


def script_json(value: FrozenJson) -> str:
    """Return JSON for a script block; its strings have gone through ``terminal_text``."""
    return orjson.dumps(value).decode().translate(_TRANSLATED)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: ``1 reason``, ``2,000 reasons``."""
    return f"{number:,} {one if number == 1 else many}"


def badge(kind: str, word: str) -> str:
    """Return a severity or an outcome as a mark; ``kind`` is a class of ours, never evidence."""
    return f'<span class="badge {kind}">{safe(word)}</span>'


def table(
    caption: str, columns: tuple[str, ...], rows: list[str], *, name: str, sortable: bool = True
) -> str:
    """Return a table, which the page's script sorts. ``rows`` are cells, written already."""
    kind = f"sortable {name}" if sortable else name
    heads = "".join(f'<th scope="col">{safe(column)}</th>' for column in columns)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {safe(caption)}">'
        f'<table class="{kind}"><caption class="unseen">{safe(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>\n"
    )


def cell(content: str, *, order: str | int | None = None) -> str:
    """Return a cell; ``order`` is what it is sorted by where that is not its text."""
    if order is None:
        return f"<td>{content}</td>"
    return f'<td data-order="{safe(str(order))}">{content}</td>'


def section(name: str, title: str, content: str, *, note: str = "") -> str:
    """Return a part of the page that the navigation leads to."""
    lead = f'<p class="note">{note}</p>\n' if note else ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n'
        f'<h2 id="{name}-title">{safe(title)}</h2>\n{lead}{content}</section>\n'
    )
