"""CSV (RFC 4180) with a header, as reports are exported in it.

A table has no end, not even a line break after the last row (section 2): one that was cut
between two rows cannot be told from a whole one. So what reads it must not take the absence of a
row for an answer.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from policyengine.errors import LimitExceeded, MalformedEvidence

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ROWS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRow:
    """One row: its number, from 0 after the header, and its cells by column in lower case."""

    number: int
    cells: dict[str, str]

    def get(self, *columns: str) -> str | None:
        """Return the cell of the first of ``columns`` that is there; None if it is empty."""
        for column in columns:
            if column in self.cells:
                return self.cells[column].strip() or None
        return None


def header_of(data: bytes) -> frozenset[str]:
    """Return the columns of the first line, in lower case; nothing for what is no table."""
    line = data[:8192].removeprefix(_BYTE_ORDER_MARK).partition(b"\n")[0]
    try:
        (names,) = csv.reader([line.decode().rstrip("\r")], strict=True)
    except (UnicodeDecodeError, ValueError, csv.Error):
        return frozenset()
    return frozenset(name.strip().lower() for name in names)


def parse_csv(data: bytes, *, where: str) -> list[CsvRow]:
    """Parse ``data``. A column of the same name as one before it is called ``NAME 2``.

    Raises MalformedEvidence, with the line, for bytes that are not UTF-8, open quotes, and rows
    with more or fewer cells than the header; blank lines are no rows.
    """
    try:
        text = data.removeprefix(_BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        raise MalformedEvidence(
            "is not UTF-8", where=where, found=f"byte 0x{data[error.start]:02x}", expected="UTF-8"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[CsvRow] = []
    columns: list[str] = []
    try:
        for cells in reader:
            if not cells:
                continue
            if not columns:
                columns = _named(cells)
                continue
            if len(cells) != len(columns):
                raise MalformedEvidence(
                    "a row that does not fit the header",
                    where=f"{where} at line {reader.line_num}",
                    found=f"{len(cells)} cells",
                    expected=f"{len(columns)}",
                )
            rows.append(CsvRow(number=len(rows), cells=dict(zip(columns, cells, strict=True))))
            if len(rows) > _ROWS:
                raise LimitExceeded("has too many rows", where=where, expected=f"at most {_ROWS}")
    except csv.Error as error:
        raise MalformedEvidence(
            "is not valid CSV", where=f"{where} at line {reader.line_num}", found=str(error)
        ) from None
    return rows


def _named(cells: list[str]) -> list[str]:
    names: list[str] = []
    for cell in cells:
        name = base = cell.strip().lower()
        count = 1
        while name in names:
            count += 1
            name = f"{base} {count}"
        names.append(name)
    return names
