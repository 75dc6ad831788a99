"""Which CI system runs the command, and what it reads of a judgement.

Told by the variables that each sets for every job. The verdict is never another for it: only
where and how it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policyengine.errors import OutputError
from policyengine.model.verdict import Outcome, Verdict
from policyengine.report import ReportOptions, writer_for

AUTO = "auto"
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CiSystem:
    """A CI system. ``variable`` is set in its jobs, to ``value`` if that is not None.

    ``annotations`` is the format of the lines that it takes for annotations; ``colour`` whether
    its log shows colours. ``summary`` and ``outputs`` are variables that name files to append to.
    """

    name: str
    variable: str
    value: str | None = None
    annotations: str | None = None
    colour: bool = False
    summary: str | None = None
    outputs: str | None = None


SYSTEMS = (
    CiSystem(
        name="github",
        variable="GITHUB_ACTIONS",
        value="true",
        annotations="github",
        colour=True,
        summary="GITHUB_STEP_SUMMARY",
        outputs="GITHUB_OUTPUT",
    ),
    CiSystem(name="gitlab", variable="GITLAB_CI", value="true", colour=True),
    CiSystem(name="azure", variable="TF_BUILD", annotations="azure"),
    CiSystem(name="jenkins", variable="JENKINS_URL"),
)
CHOICES = (AUTO, NONE, *(system.name for system in SYSTEMS))


def ci_system(choice: str, environment: Mapping[str, str]) -> CiSystem | None:
    """Return the system of that name, the one that ``environment`` tells, or None."""
    if choice == NONE:
        return None
    for system in SYSTEMS:
        if choice == system.name:
            return system
        set_to = environment.get(system.variable)
        if choice == AUTO and set_to and system.value in {None, set_to.lower()}:
            return system
    return None


def tell_ci(system: CiSystem, verdicts: Sequence[Verdict], environment: Mapping[str, str]) -> None:
    """Append the summary of the job and the outputs of the step where the system has them.

    Raises OutputError.
    """
    if system.summary and (path := environment.get(system.summary)):
        _append(path, "github-summary", verdicts)
    if system.outputs and (path := environment.get(system.outputs)):
        _append_line(path, f"verdict={worst(verdicts).value}\n")


def worst(verdicts: Sequence[Verdict]) -> Outcome:
    """Return the outcome of the whole: that of the worst, and *incomplete* for none."""
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.DENIED in outcomes:
        return Outcome.DENIED
    return Outcome.INCOMPLETE if outcomes != {Outcome.ALLOWED} else Outcome.ALLOWED


def _append(path: str, form: str, verdicts: Sequence[Verdict]) -> None:
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as stream:
            writer_for(form)(verdicts, stream, ReportOptions())
    except OSError as error:
        raise OutputError("cannot be appended to", where=path, found=error.strerror) from None


def _append_line(path: str, line: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(line)
    except OSError as error:
        raise OutputError("cannot be appended to", where=path, found=error.strerror) from None
