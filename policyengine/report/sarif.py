"""SARIF 2.1.0, within what GitHub's code scanning accepts.

A run has a rule for each policy rule that has something to report. A result stands where the fact
came from: the line of a Dockerfile or the file of evidence; the package or layer is its logical
location. Waived and known reasons are suppressed results. What was not judged is a result of the
level error, so that an incomplete judgement never looks clean.

GitHub takes 25,000 results of a run and 10 MB of gzip: of more the worst are kept, and a
notification says how many were left out.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO
from urllib.parse import quote

import orjson

from policyengine import __version__
from policyengine.model.json_value import FrozenJson, FrozenObject
from policyengine.model.policy import PolicyRule, RuleKind, SourceLocation
from policyengine.model.severity import Severity
from policyengine.model.verdict import Outcome, Reason, Verdict
from policyengine.report import ReportOptions
from policyengine.report.entries import Entry, Place, Standing, detail, entries, named, place_of
from policyengine.report.escape import terminal_text

MOST_RESULTS = 25_000
MOST_PACKED = 10 * 1000 * 1000
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_HOME = "https://github.com/image-policyengine/image-policyengine"
# GitHub's bands: over 9.0 critical, from 7.0 high, from 4.0 medium, over 0 low.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.NEGLIGIBLE: "0.5",
    Severity.UNKNOWN: "5.5",  # it may be anything
    Severity.NONE: "0.0",
}
_NOT_JUDGED = PolicyRule(
    id="policyengine.not_judged",
    kind=RuleKind.DENY,
    package=("policyengine",),
    name="not_judged",
    location=SourceLocation(file="", row=1),
    title="Every rule is judged",
    description="A rule whose evidence was not gathered says nothing about the image.",
    severity=Severity.HIGH,
    remediation="Supply the evidence that the message names, and judge again.",
)


def write(verdicts: Sequence[Verdict], stream: TextIO, _: ReportOptions) -> None:
    """Write one log of one run over all verdicts."""
    rules = _Rules()
    results = [result for verdict in verdicts for result in _results(verdict, rules)]
    results.sort(key=lambda result: (result.suppressed, -result.severity))
    encoded = [result.encoded for result in results[:MOST_RESULTS]]
    kept = _fitting(encoded, _log(verdicts, rules, 0))
    log = _log(verdicts, rules, len(results) - kept)
    # The results come last, and are written one by one.
    stream.write(log.decode().removesuffix("]}]}"))
    stream.writelines(
        ("," if index else "") + result for index, result in enumerate(encoded[:kept])
    )
    stream.write("]}]}\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """A result, encoded at once: as objects all of them would take a dozen times the memory."""

    encoded: str
    severity: Severity
    suppressed: bool = False


class _Rules:
    """The rules of the run, in the order of their first result."""

    def __init__(self) -> None:
        self._indexes: dict[str, int] = {}
        self._worst: list[tuple[PolicyRule, Severity]] = []

    def index(self, rule: PolicyRule, severity: Severity) -> int:
        index = self._indexes.setdefault(rule.id, len(self._worst))
        if index == len(self._worst):
            self._worst.append((rule, severity))
        else:
            first, worst = self._worst[index]
            self._worst[index] = (first, max(worst, severity))
        return index

    def objects(self) -> list[FrozenObject]:
        return [_rule(rule, severity) for rule, severity in self._worst]


def _rule(rule: PolicyRule, worst: Severity) -> FrozenObject:
    help_text = "\n\n".join(text for text in (rule.description, rule.remediation) if text)
    tags = ["security", "container-image", *rule.collections, *rule.controls]
    return {
        "id": terminal_text(rule.id),
        "name": terminal_text("".join(part.title() for part in rule.id.split("."))),
        "shortDescription": {"text": terminal_text(named(rule))},
        "fullDescription": {"text": _lines(rule.description or named(rule))},
        "help": {"text": _lines(help_text or named(rule))},
        "defaultConfiguration": {"level": "error" if rule.kind is RuleKind.DENY else "warning"},
        "properties": {
            "tags": [terminal_text(tag) for tag in dict.fromkeys(tags)],
            "precision": "very-high",
            "security-severity": _SCORES[rule.severity or worst],
        },
    }


def _results(verdict: Verdict, rules: _Rules) -> Iterator[_Result]:
    for entry in entries(verdict):
        yield _reason(verdict, entry, rules)
    for item in verdict.unjudged:
        yield _unjudged(verdict, f"{item.rule.id} was not judged: {item.hint}", rules)
    if verdict.problem is not None:
        yield _unjudged(verdict, f"was not judged: {verdict.problem}", rules)


def _reason(verdict: Verdict, entry: Entry, rules: _Rules) -> _Result:
    reason = entry.reason
    content: dict[str, FrozenJson] = {
        "ruleId": terminal_text(reason.rule.id),
        "ruleIndex": rules.index(reason.rule, reason.severity),
        "level": "error" if reason.kind is RuleKind.DENY else "warning",
        "message": {"text": terminal_text(f"{verdict.image}: {reason.message}")},
        "locations": [_location(verdict, place_of(reason), reason)],
        "partialFingerprints": {
            "policyengineReason/v1": reason.fingerprint,
            "policyengineImage/v1": terminal_text(verdict.repository or verdict.image),
        },
        "properties": {
            "severity": reason.severity.word,
            "bundle": terminal_text(f"{reason.bundle.name} {reason.bundle.version}"),
            "values": [terminal_text(value.pointer) for value in reason.values],
        },
    }
    suppressed = entry.standing in {Standing.WAIVED, Standing.KNOWN}
    if suppressed:
        content["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": terminal_text(_justification(entry)),
            }
        ]
    return _Result(
        encoded=orjson.dumps(content).decode(), severity=reason.severity, suppressed=suppressed
    )


def _justification(entry: Entry) -> str:
    waiver = entry.waiver
    if waiver is None:
        return "known from the baseline"
    return f"{waiver.reason} (waived by {waiver.approver} until {waiver.expires}) [{waiver.origin}]"


def _unjudged(verdict: Verdict, text: str, rules: _Rules) -> _Result:
    content: FrozenObject = {
        "ruleId": _NOT_JUDGED.id,
        "ruleIndex": rules.index(_NOT_JUDGED, Severity.HIGH),
        "level": "error",
        "message": {"text": terminal_text(f"{verdict.image}: {text}")},
        "locations": [_location(verdict, None, None)],
    }
    return _Result(encoded=orjson.dumps(content).decode(), severity=Severity.CRITICAL)


def _location(verdict: Verdict, place: Place | None, reason: Reason | None) -> FrozenObject:
    path = verdict.image if place is None else place.path
    physical: dict[str, FrozenJson] = {
        "artifactLocation": {"uri": _uri(path)},
        "region": {"startLine": place.line if place is not None and place.line else 1},
    }
    location: dict[str, FrozenJson] = {"physicalLocation": physical}
    logical = [] if reason is None else list(_logical(verdict, reason))
    if logical:
        location["logicalLocations"] = logical
    return location


def _logical(verdict: Verdict, reason: Reason) -> Iterator[FrozenObject]:
    image = terminal_text(verdict.image)
    for name, kind in (("package", "package"), ("layer", "layer"), ("path", "resource")):
        value = detail(reason, name)
        if value:
            text = terminal_text(value)
            yield {"name": text, "fullyQualifiedName": f"{image}/{text}", "kind": kind}


def _uri(path: str) -> str:
    """Return ``path`` as a URI: relative to the checkout, or of the file scheme."""
    text = quote(path.removeprefix("./").encode("utf-8", "surrogateescape"), safe="/@:+,=~")
    if text.startswith("/"):
        return f"file://{text}"
    # A colon in the first segment would be read as the end of a scheme (RFC 3986, section 4.2).
    first, slash, rest = text.partition("/")
    return first.replace(":", "%3A") + slash + rest


def _lines(text: str) -> str:
    return "\n".join(terminal_text(line) for line in text.split("\n"))


def _log(verdicts: Sequence[Verdict], rules: _Rules, left_out: int) -> bytes:
    """Return the log without its results."""
    notes: list[FrozenObject] = []
    if left_out:
        notes.append(
            _note("warning", f"{left_out} results were left out: a code scanning takes no more")
        )
    notes += [
        _note("error", f"{verdict.image} was not judged: {verdict.problem}")
        for verdict in verdicts
        if verdict.problem is not None
    ]
    complete = all(verdict.outcome is not Outcome.INCOMPLETE for verdict in verdicts)
    run: FrozenObject = {
        "tool": {
            "driver": {
                "name": "policyengine",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": _HOME,
                "rules": rules.objects(),
            }
        },
        "invocations": [
            {"executionSuccessful": complete and not left_out, "toolExecutionNotifications": notes}
        ],
        "columnKind": "unicodeCodePoints",
        "results": [],
    }
    return orjson.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _note(level: str, text: str) -> FrozenObject:
    return {"level": level, "message": {"text": terminal_text(text)}}


def _fitting(results: Sequence[str], frame: bytes) -> int:
    """Return how many of ``results``, from the first, fit with ``frame`` into what is taken."""
    # A character takes at most four bytes. What is no larger unpacked need not be packed.
    size = sum(len(result) if result.isascii() else 4 * len(result) for result in results)
    if len(frame) + size + len(results) <= MOST_PACKED:
        return len(results)
    low, high = 0, len(results)
    while low < high:
        middle = (low + high + 1) // 2
        packed = gzip.compress(frame + ",".join(results[:middle]).encode(), compresslevel=6)
        # A margin for the notification, and for another way to pack.
        if len(packed) <= MOST_PACKED * 95 // 100:
            low = middle
        else:
            high = middle - 1
    return low
