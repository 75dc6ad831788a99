"""Reports: one file a format version, each writing verdicts to a stream that it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from policyengine.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """How a report for people looks. ``width`` is in characters; other formats ignore both."""

    width: int = 100
    colour: bool = False


Writer = Callable[[Sequence[Verdict], TextIO, ReportOptions], None]


def writer_for(name: str) -> Writer:
    """Return the writer of format ``name``, one of ``FORMATS``."""
    from policyengine.report import result_json, text

    writers: dict[str, Writer] = {"text": text.write, "json": result_json.write}
    return writers[name]


FORMATS = ("text", "json")
