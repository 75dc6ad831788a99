"""Rules of the linter, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.source import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A place, and what is wrong there; the rule is who finds it."""

    at: Location
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LintModule:
    """One module as the rules see it. ``all_modules`` are those linted together, by file.

    ``input_schema`` is the JSON Schema of the input, where it is known.
    """

    file: str
    source: str
    tree: ast.Module
    all_modules: Mapping[str, ast.Module]
    input_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRule:
    """One rule of the linter.

    ``category`` is ``bug`` for what decides wrongly or not at all, ``style`` for what only reads
    worse. ``bad`` is a module in which it finds something, ``good`` the same one mended; both read
    an input of ``schema``, where one is needed.
    """

    id: str
    category: Literal["bug", "style"]
    explanation: str
    bad: str
    good: str
    check: Callable[[LintModule], Iterator[Found]]
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """What one rule found in one place. ``line`` is the source line, for a caret below it."""

    rule: str
    category: Literal["bug", "style"]
    message: str
    file: str
    row: int
    col: int
    line: str = ""
    hint: str | None = None
