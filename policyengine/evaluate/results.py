"""What a rule may give: a string, or an object with ``msg``. Anything else is an error.

A result of another shape is never passed over: a deny that was not understood would be an image
that was allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from policyengine.errors import EvaluationError
from policyengine.model.json_value import JsonObject
from policyengine.model.policy import PolicyRule
from policyengine.model.severity import Severity
from policyengine.rego.engine import RuleResult

_WORDS = {severity.word: severity for severity in Severity}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of one rule. ``paths`` are into the view: those that the result names, else those
    that the engine found; None where there are neither. ``excepted`` is one that only warns, by an
    exception of its package."""

    rule: PolicyRule
    message: str
    severity: Severity
    paths: tuple[tuple[str | int, ...], ...] | None
    details: JsonObject
    excepted: bool = False


def findings(rule: PolicyRule, result: RuleResult) -> Iterator[Finding]:
    """Yield the findings in ``result``. Raises EvaluationError for a shape that is none."""
    if not result.defined:
        return
    value = result.value
    # A complete rule that is false, or gives nothing, does not apply.
    if value is False or value is None:
        return
    items = value if isinstance(value, list) else [value]
    explained = result.paths if result.paths is not None else ((),) * len(items)
    for item, paths in zip(items, explained, strict=True):
        yield _finding(rule, item, paths or None)


def _finding(
    rule: PolicyRule, item: Any, explained: tuple[tuple[str | int, ...], ...] | None
) -> Finding:
    if isinstance(item, str):
        details: JsonObject = {"msg": item}
    elif isinstance(item, dict):
        details = dict(item)
    else:
        raise _wrong(rule, _type(item), "a string, or an object with msg")
    if not _is_reportable(item):
        raise _wrong(
            rule, "what JSON cannot carry", "Unicode text, and numbers that fit in 64 bits"
        )
    message = details.pop("msg", None)
    if not isinstance(message, str) or not message.strip():
        raise _wrong(
            rule, f"msg {'null or none' if message is None else _type(message)}", "a message"
        )
    word = details.pop("severity", None)
    if word is not None and (not isinstance(word, str) or word not in _WORDS):
        raise _wrong(rule, f"severity {_type(word)} that is none", " or ".join(_WORDS))
    default = rule.severity if rule.severity is not None else Severity.UNKNOWN
    named = _paths(rule, details.pop("paths", None))
    return Finding(
        rule=rule,
        message=message,
        severity=_WORDS[word] if isinstance(word, str) else default,
        paths=explained if named is None else named,
        details=details,
    )


def _paths(rule: PolicyRule, value: Any) -> tuple[tuple[str | int, ...], ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(path, list) for path in value):
        raise _wrong(rule, f"paths {_type(value)}", "an array of arrays of keys and indexes")
    for path in value:
        if not all(isinstance(part, str) or _is_index(part) for part in path):
            raise _wrong(rule, "a path of other parts", "keys and indexes")
    return tuple(tuple(path) for path in value)


def _is_index(part: Any) -> bool:
    return isinstance(part, int) and not isinstance(part, bool)


def _is_reportable(item: Any) -> bool:
    """Say whether ``item`` can be written in a report as it is: engines count further than JSON
    readers do, and may give halves of characters."""
    try:
        return bool(orjson.loads(orjson.dumps(item)) == item)
    except TypeError:
        return False


def _type(value: Any) -> str:
    """Return what ``value`` is. Itself it may be a secret, so an error does not show it."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")


def _wrong(rule: PolicyRule, found: str, expected: str) -> EvaluationError:
    return EvaluationError(
        f"the rule {rule.id} gave a result that is no reason",
        where=f"{rule.location.file}:{rule.location.row}",
        found=found,
        expected=expected,
    )
