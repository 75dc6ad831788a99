"""Cells of the tables that scanners export: numbers, yes and no, and why a table is no scan."""

from __future__ import annotations

from policyengine.collect.csv_text import CsvRow
from policyengine.collect.scan.fields import number, share
from policyengine.model.json_fields import FieldReader
from policyengine.model.json_value import JsonObject
from policyengine.model.severity import Severity

NO_WHOLE_SCAN = "is a table, which may be cut or filtered without a trace"

# The least scores of the ratings, by CVSS 3.1, section 5.
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM))


def cell_number(read: FieldReader, row: CsvRow, *columns: str) -> float | None:
    """Return a number; None where the cell is missing or empty."""
    cell: JsonObject = {columns[0]: row.get(*columns)}
    return number(read, cell, columns[0], (row.number,))


def cell_share(read: FieldReader, row: CsvRow, *columns: str) -> float | None:
    """Return a number from 0 to 1; None where the cell is missing or empty."""
    cell: JsonObject = {columns[0]: row.get(*columns)}
    return share(read, cell, columns[0], (row.number,))


def cell_flag(read: FieldReader, row: CsvRow, *columns: str) -> bool | None:
    """Return a boolean; None where the cell is missing or empty."""
    text = row.get(*columns)
    if text is None:
        return None
    if text.lower() not in {"true", "false"}:
        raise read.wrong((row.number, columns[0]), repr(text[:40]), "true or false")
    return text.lower() == "true"


def required_cell(read: FieldReader, row: CsvRow, *columns: str) -> str:
    """Return a cell that must not be empty."""
    text = row.get(*columns)
    if text is None:
        raise read.wrong((row.number, columns[0]), "nothing", "a text")
    return text


def severity_of_score(score: float | None) -> Severity:
    """Return the rating of a score; UNKNOWN where there is none, or it is 0."""
    if not score:
        return Severity.UNKNOWN
    return next((found for least, found in _SCORES if score >= least), Severity.LOW)
