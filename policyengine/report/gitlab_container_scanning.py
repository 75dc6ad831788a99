"""GitLab's container scanning report, schema 15.0.2, as ``gl-container-scanning-report.json``.

Every reason is a vulnerability there: one that names none has the policy rule as its identifier.
What is waived is not in it, as GitLab has a dismissal of its own; what was not judged is.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

import orjson

from policyengine import __version__
from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Reason, Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Standing, detail, entries, named
from policyengine.report.escape import terminal_text

SCHEMA_VERSION = "15.0.2"
_NAMESPACE = uuid.UUID("7f8a3f0e-6f3c-5b0a-9c3b-2d1e5a4c6b70")
_SEVERITIES = {
    Severity.UNKNOWN: "Unknown",
    Severity.NONE: "Info",
    Severity.NEGLIGIBLE: "Info",
}
_TOOL: FrozenObject = {
    "id": "policyengine",
    "name": "policyengine",
    "version": __version__,
    "vendor": {"name": "policyengine"},
}
# Lengths that the schema allows.
_NAME, _TEXT = 255, 7000


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one document over all verdicts."""
    times = [verdict.evaluated_at for verdict in verdicts]
    problems = [verdict for verdict in verdicts if verdict.problem is not None]
    document: FrozenObject = {
        "version": SCHEMA_VERSION,
        "scan": {
            "analyzer": _TOOL,
            "scanner": _TOOL,
            "type": "container_scanning",
            "status": "failure" if problems or not verdicts else "success",
            "messages": [
                {"level": "warn", "value": _cut(f"{v.image} is {v.outcome.value}", _TEXT)}
                for v in verdicts
                if v.outcome is Outcome.INCOMPLETE
            ],
            "start_time": _time(str(min(times))) if times else "1970-01-01T00:00:00",
            "end_time": _time(str(max(times))) if times else "1970-01-01T00:00:00",
        },
        "vulnerabilities": [found for verdict in verdicts for found in _vulnerabilities(verdict)],
        "remediations": [],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    stream.write(orjson.dumps(document, option=options).decode())


def _time(text: str) -> str:
    """Return the form that GitLab wants: to the second, without an offset."""
    return text.partition(".")[0].removesuffix("Z")


def _vulnerabilities(verdict: Verdict) -> Iterator[FrozenObject]:
    for entry in entries(verdict):
        if entry.standing in {Standing.DENY, Standing.WARN}:
            yield _reason(verdict, entry.reason)
    for item in verdict.unjudged:
        yield _unjudged(verdict, item.rule.id, f"{item.rule.id} was not judged", item.hint)
    if verdict.problem is not None:
        yield _unjudged(verdict, "policyengine.not_judged", "was not judged", verdict.problem)


def _reason(verdict: Verdict, reason: Reason) -> FrozenObject:
    rule, vulnerability = reason.rule, detail(reason, "vulnerability")
    identifiers: list[FrozenJson] = []
    if vulnerability:
        identifiers.append(_identifier(_kind(vulnerability), vulnerability))
    identifiers.append(_identifier("policyengine", rule.id))
    return _vulnerability(
        verdict,
        # Two reasons of one fingerprint differ in their values.
        key="\n".join([reason.fingerprint, *(value.pointer for value in reason.values)]),
        name=f"{vulnerability or rule.id}: {named(rule)}",
        message=reason.message,
        description=rule.description,
        solution=rule.remediation,
        severity=_SEVERITIES.get(reason.severity, reason.severity.word.capitalize()),
        identifiers=identifiers,
        package=detail(reason, "package"),
        version=detail(reason, "version"),
    )


def _unjudged(verdict: Verdict, rule: str, message: str, solution: str) -> FrozenObject:
    return _vulnerability(
        verdict,
        key=f"not judged {rule}",
        name=message,
        message=message,
        description="A rule whose evidence was not gathered says nothing about the image.",
        solution=solution,
        severity="Unknown",
        identifiers=[_identifier("policyengine", rule)],
    )


def _vulnerability(
    verdict: Verdict,
    *,
    key: str,
    name: str,
    message: str,
    description: str,
    solution: str,
    severity: str,
    identifiers: Sequence[FrozenJson],
    package: str = "",
    version: str = "",
) -> FrozenObject:
    image = verdict.repository or verdict.image
    identity = f"{image}\n{key}".encode("utf-8", "backslashreplace").decode()
    found: dict[str, FrozenJson] = {
        "id": str(uuid.uuid5(_NAMESPACE, identity)),
        "name": _cut(name, _NAME),
        "description": _cut(f"{message}. {description}".strip(), _TEXT),
        "severity": severity,
        "location": _location(verdict, package, version),
        "identifiers": identifiers,
    }
    if solution:
        found["solution"] = _cut(solution, _TEXT)
    return found


def _location(verdict: Verdict, package: str, version: str) -> Mapping[str, FrozenJson]:
    return {
        "dependency": {
            "package": {"name": _cut(package or "image configuration", _NAME)},
            "version": _cut(version or "unknown", _NAME),
        },
        "operating_system": "unknown",
        "image": _image(verdict),
    }


def _image(verdict: Verdict) -> str:
    return _cut(verdict.image, _NAME) or "unknown"


def _identifier(kind: str, value: str) -> FrozenObject:
    text = _cut(value, _NAME)
    return {"type": kind, "name": text, "value": text}


def _kind(vulnerability: str) -> str:
    prefix = vulnerability.partition("-")[0].lower()
    return prefix if prefix in {"cve", "ghsa", "cwe", "usn", "rhsa", "elsa", "osvdb"} else "other"


def _cut(text: str, length: int) -> str:
    safe = terminal_text(text)
    return safe if len(safe) <= length else safe[: length - 3] + "..."
