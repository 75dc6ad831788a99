"""The reasons as data for the page's script: a wire form of its own, version 1.

``reasons`` name their image and their rule by index. What is empty is left out. All strings are
ready to be shown: characters that do not show themselves are written as escapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson

from policyengine.model.json_value import FrozenJson
from policyengine.model.policy import PolicyRule
from policyengine.model.verdict import TracedSource, TracedValue, Verdict
from policyengine.report.entries import Entry, detail, entries, named
from policyengine.report.escape import terminal_text
from policyengine.report.html.markup import plain_lines, script_json

_MOST_VALUES = 50  # of one reason
_MOST_TEXT = 4000  # characters of one value


def reason_data(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the document in pieces, a reason a line."""
    rules: dict[PolicyRule, int] = {}
    yield '{"version":1,"reasons":['
    comma = ""
    for index, verdict in enumerate(verdicts):
        for entry in entries(verdict):
            rule = rules.setdefault(entry.reason.rule, len(rules))
            yield f"{comma}\n{script_json(_reason(entry, index, rule))}"
            comma = ","
    images: list[FrozenJson] = [terminal_text(verdict.image) for verdict in verdicts]
    listed: list[FrozenJson] = [_rule(rule) for rule in rules]
    yield f'\n],"images":{script_json(images)},"rules":{script_json(listed)}}}'


def layer_of(values: Sequence[TracedValue], stated: str) -> str:
    """Return the layer that a reason is about: what the rule states, else what a value names."""
    if stated:
        return stated
    for traced in values:
        held = traced.value
        if not isinstance(held, Mapping):
            continue
        package = held.get("package")
        for place in (held, package):
            layer = place.get("layer") if isinstance(place, Mapping) else None
            if isinstance(layer, str):
                return layer
    return ""


def _reason(entry: Entry, image: int, rule: int) -> dict[str, FrozenJson]:
    reason = entry.reason
    found: dict[str, FrozenJson] = {
        "image": image,
        "rule": rule,
        "standing": entry.standing.value,
        "severity": int(reason.severity),
        "message": terminal_text(reason.message),
        "fingerprint": reason.fingerprint,
        "bundle": terminal_text(
            f"{reason.bundle.name} {reason.bundle.version}, revision {reason.bundle.revision}"
        ),
        "package": terminal_text(detail(reason, "package")),
        "version": terminal_text(detail(reason, "version")),
        "layer": terminal_text(layer_of(reason.values, detail(reason, "layer"))),
        "details": {terminal_text(name): _shown(held) for name, held in reason.details.items()},
        "values": [_value(traced) for traced in reason.values[:_MOST_VALUES]],
        "more": max(0, len(reason.values) - _MOST_VALUES),
    }
    waiver = entry.waiver
    if waiver is not None:
        found["waiver"] = terminal_text(
            f"{waiver.reason} Until {waiver.expires}; asked for by {waiver.owner}, approved by "
            f"{waiver.approver} [{waiver.origin}]"
        )
    return {
        name: held for name, held in found.items() if held not in ("", [], {}) or name == "message"
    }


def _rule(rule: PolicyRule) -> dict[str, FrozenJson]:
    return {
        "id": terminal_text(rule.id),
        "title": terminal_text(named(rule)),
        "description": plain_lines(rule.description),
        "remediation": plain_lines(rule.remediation),
        "place": terminal_text(f"{rule.location.file}:{rule.location.row}"),
        "controls": terminal_text(", ".join(rule.controls)),
        "from": "" if rule.effective_on is None else str(rule.effective_on),
    }


def _value(traced: TracedValue) -> FrozenJson:
    return {
        "pointer": terminal_text(traced.pointer),
        "value": _shown(traced.value),
        "sources": [_source(source) for source in traced.sources],
    }


def _source(source: TracedSource) -> FrozenJson:
    line = f":{source.line}" if source.line else ""
    pointer = f" {source.pointer}" if source.pointer else ""
    return [terminal_text(f"{source.location}{line}{pointer}"), terminal_text(source.sha256)]


def _shown(held: FrozenJson) -> str:
    if held is None:
        return "not set"
    if isinstance(held, str):
        text = terminal_text(held)
    else:
        text = plain_lines(orjson.dumps(held, option=orjson.OPT_INDENT_2).decode())
    if len(text) > _MOST_TEXT:
        return f"{text[:_MOST_TEXT]}... ({len(text):,} characters; all are in the json report)"
    return text
