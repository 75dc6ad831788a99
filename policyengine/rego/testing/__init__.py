"""Tests of Rego, as ``opa test`` runs them: found, run, told."""

from policyengine.rego.testing.results import Case, Status, SuiteResult, TestProblem, TestResult
from policyengine.rego.testing.runner import RunOptions, run_suite
from policyengine.rego.testing.suite import RuleTest, Suite, find_tests

__all__ = [
    "Case",
    "RuleTest",
    "RunOptions",
    "Status",
    "Suite",
    "SuiteResult",
    "TestProblem",
    "TestResult",
    "find_tests",
    "run_suite",
]
