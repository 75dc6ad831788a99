"""The Markdown summary of a GitHub job: what is appended to ``$GITHUB_STEP_SUMMARY``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.markdown import MOST_IN_SUMMARY, document


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write a summary over all verdicts."""
    stream.write(document(verdicts, most=MOST_IN_SUMMARY))
