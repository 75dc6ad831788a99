"""Charts as SVG. Each is one picture to a screen reader, and says in words what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policyengine.report.html.markup import safe

_WIDTH = 400
_ROW = 26
_BAR = 14
_NUMBER = 56  # kept free on the right
_CHARACTER = 6.8  # width of one, at the size of a label


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A length of a bar. ``kind`` is a class of the stylesheet, ``word`` what it counts."""

    kind: str
    number: int
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of a chart."""

    label: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        """The length of the bar."""
        return sum(part.number for part in self.parts)


def bars(name: str, title: str, rows: Sequence[Bar], *, label_width: int) -> str:
    """Return horizontal bars on one scale; ``name`` is unique in the page."""
    longest = max((row.total for row in rows), default=0) or 1
    room = _WIDTH - label_width - _NUMBER
    drawn = []
    for index, row in enumerate(rows):
        top = index * _ROW
        drawn.append(
            f'<text class="label" x="{label_width - 8}" y="{top + 17}" text-anchor="end">'
            f"{safe(_cut(row.label, label_width))}</text>"
        )
        left = float(label_width)
        for part in row.parts:
            if not part.number:
                continue
            # One among thousands is still seen.
            width = max(2.0, part.number / longest * room)
            drawn.append(
                f'<rect class="{part.kind}" x="{left:.1f}" y="{top + 6}" width="{width:.1f}" '
                f'height="{_BAR}" rx="2"/>'
            )
            left += width + 1
        drawn.append(f'<text class="number" x="{left + 6:.1f}" y="{top + 17}">{row.total:,}</text>')
    return (
        f'<svg class="chart" role="img" viewBox="0 0 {_WIDTH} {max(len(rows), 1) * _ROW}" '
        f'aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{safe(title)}</title>'
        f'<desc id="{name}-desc">{safe(_in_words(rows))}</desc>{"".join(drawn)}</svg>\n'
    )


def _in_words(rows: Sequence[Bar]) -> str:
    told = (
        f"{row.label}: "
        + (", ".join(f"{part.number:,} {part.word}" for part in row.parts if part.number) or "none")
        for row in rows
    )
    return "; ".join(told) + "."


def _cut(text: str, width: int) -> str:
    most = max(4, int((width - 8) / _CHARACTER))
    return text if len(text) <= most else text[: most - 1] + "\u2026"
