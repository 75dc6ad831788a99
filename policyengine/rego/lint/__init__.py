"""Find what is wrong, or could be plainer, in Rego that compiles."""

from __future__ import annotations

from policyengine.rego.lint.finding import LintFinding, LintRule
from policyengine.rego.lint.linter import RULES, fixed, lint

__all__ = ["RULES", "LintFinding", "LintRule", "fixed", "lint"]
