"""What is wrong with Rego sources, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable

from policyengine.errors import (
    PolicyEngineError,
    RegoEvaluationError,
    RegoFinding,
    SourcesNotLoaded,
)
from policyengine.rego.syntax.ast_json import Json


def findings_text(findings: Iterable[RegoFinding]) -> str:
    """Each finding with its source line and a caret below it."""
    return "\n".join(_finding(finding) for finding in findings)


def _finding(finding: RegoFinding) -> str:
    place = f"{finding.file or '<query>'}:{finding.row}:{finding.col}: "
    is_placed = bool(finding.file or finding.row)
    lines = [f"{place if is_placed else ''}{finding.code}: {finding.message}"]
    if finding.line.strip():
        before = finding.line[: max(finding.col - 1, 0)]
        # Tabs stay, so that the caret stands below its character whatever their width.
        margin = "".join("\t" if char == "\t" else " " for char in before)
        lines += [f"    {finding.line}", f"    {margin}^"]
    if finding.hint:
        lines.append(f"    {finding.hint}")
    return "\n".join(lines)


def findings_json(findings: Iterable[RegoFinding]) -> Json:
    """The findings in the form of ``opa check`` and ``opa eval``."""
    return {"errors": [_json(finding) for finding in findings]}


def _json(finding: RegoFinding) -> dict[str, Json]:
    found: dict[str, Json] = {"message": finding.message, "code": finding.code}
    if finding.file or finding.row:
        found["location"] = {"file": finding.file, "row": finding.row, "col": finding.col}
    if finding.excerpt is not None:
        found["details"] = {"line": finding.excerpt[0], "idx": finding.excerpt[1]}
    return found


def loading_error_json(error: PolicyEngineError) -> Json:
    """What could not be loaded in the form of ``opa eval``: messages without a code."""
    errors = error.errors if isinstance(error, SourcesNotLoaded) else (error,)
    return {"errors": [{"message": str(item)} for item in errors]}


def evaluation_error_json(error: RegoEvaluationError) -> Json:
    """A run-time error in the form of ``opa eval``."""
    return {
        "errors": [
            {
                "message": error.message,
                "code": error.code,
                "location": {"file": error.file, "row": error.row, "col": error.col},
            }
        ]
    }
