"""conftest's exceptions: rules of a package whose denials do not count.

``exception contains rules if { rules := ["run_as_root"] }`` names rules without ``deny_``,
``violation_`` or ``warn_``; ``""`` is the rule called only that. What it excepts is kept as a
warning that names the exception: nothing disappears. An exception that could not be judged, or that
gives something else than arrays of names, excepts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from policyengine.model.evidence import EvidenceKind
from policyengine.model.policy import PolicyRule, SourceLocation
from policyengine.rego.engine import RuleResult

_PREFIX = re.compile(r"(?:deny|violation|warn)_?")

# Package and name of an excepted rule, and where the exception is.
Excepted = Mapping[tuple[tuple[str, ...], str], SourceLocation]


def judgeable(
    exceptions: Iterable[PolicyRule], gathered: frozenset[EvidenceKind]
) -> tuple[PolicyRule, ...]:
    """Return the exceptions whose evidence was gathered, what they could do without too.

    With less an exception could hold for an image that nobody looked at.
    """
    return tuple(rule for rule in exceptions if _read_by(rule) <= gathered)


def _read_by(rule: PolicyRule) -> frozenset[EvidenceKind]:
    """Return all kinds of evidence that ``rule`` reads.

    Of a reference that stops above all sections, ``requires`` leaves VEX documents out, as they can
    only take denials away; so does an exception, where there are none.
    """
    found = rule.requires | rule.optional
    above_all = () in rule.input_paths and EvidenceKind.LAYERS in found
    return found | {EvidenceKind.VEX} if above_all else found


def excepted(exceptions: Sequence[PolicyRule], results: Sequence[RuleResult]) -> Excepted:
    """Return what ``exceptions`` name, by their ``results``."""
    found: dict[tuple[tuple[str, ...], str], SourceLocation] = {}
    for rule, result in zip(exceptions, results, strict=True):
        for item in _members(result.value) if result.defined else ():
            for name in _members(item):
                if isinstance(name, str):
                    found.setdefault((rule.package, name), rule.location)
    return found


def exception_of(rule: PolicyRule, found: Excepted) -> SourceLocation | None:
    """Return where ``rule`` is excepted, None where it is not."""
    return found.get((rule.package, _PREFIX.sub("", rule.name, count=1)))


def _members(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
