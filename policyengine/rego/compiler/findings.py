"""Errors of the compiler, with OPA's codes."""

from __future__ import annotations

from typing import Final

from policyengine.errors import RegoFinding
from policyengine.rego.syntax.source import Location

COMPILE_ERROR: Final = "rego_compile_error"
UNSAFE_VAR_ERROR: Final = "rego_unsafe_var_error"
TYPE_ERROR: Final = "rego_type_error"
RECURSION_ERROR: Final = "rego_recursion_error"


def finding_at(
    location: Location, code: str, message: str, *, hint: str | None = None
) -> RegoFinding:
    """A finding at a place of the source, with its line."""
    row = location.row
    return RegoFinding(
        code=code,
        message=message,
        file=location.file,
        row=row,
        col=location.col,
        line=location.source.line(row),
        hint=hint,
    )
