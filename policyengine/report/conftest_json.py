"""The JSON that conftest writes: an element an image and namespace, so that its readers go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

import orjson

from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.verdict import Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Entry, Standing, by_rule


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one array. What was not judged is a failure: conftest has no word for it."""
    elements = [element for verdict in verdicts for element in _elements(verdict)]
    stream.write(orjson.dumps(elements, option=orjson.OPT_INDENT_2).decode() + "\n")


def _elements(verdict: Verdict) -> list[FrozenObject]:
    found: dict[str, dict[str, list[FrozenJson]]] = {}
    successes: dict[str, int] = {}
    for rule, listed in by_rule(verdict).values():
        namespace = ".".join(rule.package)
        groups = found.setdefault(namespace, {"warnings": [], "failures": [], "exceptions": []})
        successes[namespace] = successes.get(namespace, 0) + (not listed)
        for entry in listed:
            groups[_group(entry)].append(_result(entry))
    for item in verdict.unjudged:
        namespace = ".".join(item.rule.package)
        groups = found.setdefault(namespace, {"warnings": [], "failures": [], "exceptions": []})
        missing = ", ".join(kind.value for kind in item.missing)
        groups["failures"].append(
            {"msg": f"not judged: needs {missing}", "metadata": {"id": item.rule.id}}
        )
    if verdict.problem is not None:
        failure: FrozenObject = {"msg": f"not judged: {verdict.problem}", "metadata": {}}
        found["policyengine"] = {"failures": [failure]}
    return [
        {
            "filename": verdict.image.encode("utf-8", "backslashreplace").decode(),
            "namespace": namespace,
            "successes": successes.get(namespace, 0),
            **{name: items for name, items in groups.items() if items},
        }
        for namespace, groups in sorted(found.items())
    ]


def _group(entry: Entry) -> str:
    if entry.standing is Standing.DENY:
        return "failures"
    return "warnings" if entry.standing is Standing.WARN else "exceptions"


def _result(entry: Entry) -> FrozenObject:
    reason = entry.reason
    return {
        "msg": reason.message,
        "metadata": {
            **reason.details,
            "id": reason.rule.id,
            "severity": reason.severity.word,
            "query": f"data.{'.'.join(reason.rule.package)}.{reason.rule.name}",
        },
    }
