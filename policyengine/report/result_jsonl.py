"""Verdicts for streams: JSON Lines, each the wire form of one verdict with its version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

import orjson

from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.result_json import SCHEMA_VERSION, verdict_object


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write a line a verdict."""
    for verdict in verdicts:
        row = {"schema_version": SCHEMA_VERSION, **verdict_object(verdict)}
        stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE).decode())
