"""Semantic versions (semver.org 2.0.0)."""

from __future__ import annotations

import re
from typing import Final

from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.values import Value

_VERSION: Final = re.compile(
    r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?", re.ASCII
)
# OPA holds each number in 64 bits, and lets a leading "v" pass.
_MOST: Final = 2**63 - 1


@builtin("semver.is_valid", "any -> boolean")
def is_valid(value: Value) -> Value:
    return type(value) is str and _parsed(value) is not None


@builtin("semver.compare", "string, string -> number")
def compare_versions(a: Value, b: Value) -> Value:
    first, second = (_operand(value, position) for position, value in ((1, a), (2, b)))
    return (first > second) - (first < second)


def _operand(value: Value, position: int) -> tuple[object, ...]:
    text = string(value, position)
    found = _parsed(text)
    if found is None:
        raise BuiltinError(f"operand {position} must be a valid SemVer string but got {text}")
    return found


def _parsed(text: str) -> tuple[object, ...] | None:
    """A tuple that orders as versions do; build metadata does not count."""
    match = _VERSION.fullmatch(text.removeprefix("v"))
    if match is None:
        return None
    *numbers, before, build = match.groups()
    if any(len(number) > 1 and number[0] == "0" for number in numbers):
        return None
    if any(len(number) > 19 or int(number) > _MOST for number in numbers):
        return None
    parts: list[tuple[int, int, str]] = []
    for part in before.split(".") if before is not None else []:
        if not part or (part.isdecimal() and len(part) > 1 and part[0] == "0"):
            return None
        # Of two numbers without zeros at their beginning the longer one is greater.
        parts.append((0, len(part), part) if part.isdecimal() else (1, 0, part))
    if build is not None and not all(build.split(".")):
        return None
    # A release comes after all that lead to it.
    return (*(int(number) for number in numbers), before is None, tuple(parts))
