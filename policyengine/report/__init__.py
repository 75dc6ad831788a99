"""Reports: one file a format version, each writing verdicts to a stream that it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TextIO

from policyengine.model.verdict import Verdict

SHOWN = ("passed", "waived", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """How a report for people looks; formats for programs ignore it.

    ``width`` is in characters. ``links`` are written where a terminal follows them. ``show`` names
    what is listed beside what counts, of ``SHOWN``. ``everything`` folds nothing.
    """

    width: int = 100
    colour: bool = False
    links: bool = False
    show: frozenset[str] = frozenset()
    everything: bool = False


Writer = Callable[[Sequence[Verdict], TextIO, ReportOptions], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFormat:
    """A format. ``module`` is in this folder and has its ``write``; ``about`` says who reads it."""

    name: str
    module: str
    about: str


_FORMATS = (
    ReportFormat(name="text", module="text", about="people at a terminal"),
    ReportFormat(name="json", module="result_json", about="programs; read back by report commands"),
    ReportFormat(name="jsonl", module="result_jsonl", about="programs, as a stream"),
    ReportFormat(name="yaml", module="result_yaml", about="programs; the same document as json"),
    ReportFormat(name="csv", module="table_csv", about="spreadsheets"),
    ReportFormat(name="sarif", module="sarif", about="GitHub code scanning, IDEs"),
    ReportFormat(
        name="gitlab", module="gitlab_container_scanning", about="GitLab: container scanning"
    ),
    ReportFormat(
        name="gitlab-codequality", module="gitlab_code_quality", about="GitLab: Code Quality"
    ),
    ReportFormat(name="junit", module="junit", about="Jenkins, GitLab, Azure"),
    ReportFormat(name="github", module="github_commands", about="GitHub Actions: annotations"),
    ReportFormat(name="azure", module="azure_commands", about="Azure Pipelines: issues"),
    ReportFormat(name="github-summary", module="github_summary", about="GitHub: a job's summary"),
    ReportFormat(name="markdown", module="markdown", about="a comment on a pull request"),
    ReportFormat(name="html", module="html", about="people at a browser: one file"),
    ReportFormat(name="tap", module="tap", about="test harnesses"),
    ReportFormat(name="sonarqube", module="sonarqube", about="SonarQube: generic issues"),
    ReportFormat(name="conftest", module="conftest_json", about="readers of conftest's JSON"),
)
FORMATS = tuple(form.name for form in _FORMATS)


def writer_for(name: str) -> Writer:
    """Return the writer of format ``name``, one of ``FORMATS``."""
    module = next(form.module for form in _FORMATS if form.name == name)
    writer: Writer = import_module(f"{__name__}.{module}").write
    return writer
