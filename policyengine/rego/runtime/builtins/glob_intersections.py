"""Whether two glob-like expressions have a text in common, by the steps of glob-intersection.

An expression is characters, ``.`` and sets ``[a-z]``, each possibly with ``+`` or ``*``. The steps
are kept as they are there, for they decide some pairs otherwise than set theory would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from policyengine.rego.runtime.builtins.operands import string
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.values import Value

_Ranges: TypeAlias = tuple[tuple[str, str], ...]

_FLAGS: Final = "+*"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """``ranges`` of the characters that it may be (None: any), sorted and apart."""

    kind: str
    ranges: _Ranges | None
    flag: str


@builtin("regex.globs_match", "string, string -> boolean", context=True)
def globs_match(session: Session, a: Value, b: Value) -> Value:
    first, second = string(a, 1), string(b, 2)
    session.budget.charge(len(first) + len(second))
    return _Intersection(session).exists(_tokens(first), _tokens(second))


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        char, escaped, at = _character(text, at)
        if escaped or char not in ".[]+*":
            token = _Token(kind="character", ranges=((char, char),), flag="")
        elif char == ".":
            token = _Token(kind="dot", ranges=None, flag="")
        elif char == "[":
            ranges, at = _set(text, at)
            token = _Token(kind="set", ranges=ranges, flag="")
        elif char == "]":
            raise _invalid(text, at, "set-close ']' with no preceding '['")
        else:
            raise _invalid(text, at, f"flag '{char}' must be preceded by a non-flag")
        if at < len(text) and text[at] in _FLAGS:
            token = replace(token, flag=text[at])
            at += 1
        _append(tokens, token)
    return tokens


def _append(tokens: list[_Token], token: _Token) -> None:
    """Of neighbours that differ in nothing but their flags, one is enough."""
    last = tokens[-1] if tokens else None
    if last is not None and last.flag and token.flag and replace(last, flag=token.flag) == token:
        tokens[-1] = replace(token, flag="+" if "+" in last.flag + token.flag else "*")
    else:
        tokens.append(token)


def _character(text: str, at: int) -> tuple[str, bool, int]:
    """The character at ``at``, whether it was escaped, and where the next one is."""
    if text[at] != "\\":
        return text[at], False, at + 1
    if at + 1 == len(text):
        raise _invalid(text, at, "input ends with a \\ (escape) character")
    return text[at + 1], True, at + 2


def _set(text: str, at: int) -> tuple[_Ranges, int]:
    found: list[tuple[str, str]] = []
    previous: str | None = None
    while at < len(text):
        char, escaped, at = _character(text, at)
        if escaped or char not in "-]":
            found.append((char, char))
            previous = char
        elif char == "]":
            return _apart(found), at
        else:
            if previous is None:
                raise _invalid(text, at, "range character '-' must be preceded by a character")
            if at >= len(text) - 1:
                raise _invalid(text, at, "range character '-' must be followed by a character")
            high, escaped, at = _character(text, at)
            if not escaped and high in "]-":
                raise _invalid(text, at, "range character '-' cannot be followed by a symbol")
            if high < previous:
                raise _invalid(text, at, f"range is out of order: '{high}' before '{previous}'")
            found.append((previous, high))
            previous = None
    raise _invalid(text, at, "found [ without matching ]")


def _apart(ranges: list[tuple[str, str]]) -> _Ranges:
    merged: list[tuple[str, str]] = []
    for low, high in sorted(ranges):
        if merged and ord(low) <= ord(merged[-1][1]) + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def _invalid(text: str, at: int, reason: str) -> BuiltinError:
    return BuiltinError(f"input:{text}, pos:{at}, {reason}: the input provided is invalid")


def _match(a: _Token, b: _Token) -> bool:
    """Whether a character can be both, whatever the flags."""
    if a.ranges is None or b.ranges is None:
        return True
    i = j = 0
    while i < len(a.ranges) and j < len(b.ranges):
        (low, high), (other_low, other_high) = a.ranges[i], b.ranges[j]
        if low <= other_high and other_low <= high:
            return True
        if high < other_low:
            i += 1
        else:
            j += 1
    return False


class _Intersection:
    """The search; its time can grow as the product of the stars' choices, so it is charged."""

    def __init__(self, session: Session) -> None:
        self._budget = session.budget

    def exists(self, a: list[_Token], b: list[_Token]) -> bool:
        """Neighbours without a flag at both ends are compared before anything else."""
        left = 0
        while left < min(len(a), len(b)) and not a[left].flag and not b[left].flag:
            if not _match(a[left], b[left]):
                return False
            left += 1
        left = max(left - 1, 0)
        right_a, right_b = len(a), len(b)
        while min(right_a, right_b) > left and not a[right_a - 1].flag and not b[right_b - 1].flag:
            if not _match(a[right_a - 1], b[right_b - 1]):
                return False
            right_a, right_b = right_a - 1, right_b - 1
        if right_a < len(a):
            right_a, right_b = right_a + 1, right_b + 1
        return self._normal(a[left:right_a], b[left:right_b])

    def _normal(self, a: list[_Token], b: list[_Token]) -> bool:
        shorter = min(len(a), len(b))
        for index in range(shorter):
            self._budget.charge(1)
            if a[index].flag or b[index].flag:
                return self._flagged(a[index:], b[index:])
            if not _match(a[index], b[index]):
                return False
        return len(a) == len(b)

    def _flagged(self, a: list[_Token], b: list[_Token]) -> bool:
        repeated, other = (a, b) if a[0].flag else (b, a)
        if repeated[0].flag == "*":
            return self._star(repeated, other)
        if not _match(repeated[0], other[0]):
            return False
        if self._star(repeated, other[1:]):
            return True
        return bool(other[0].flag) and self._normal(repeated[1:], other)

    def _star(self, starred: list[_Token], other: list[_Token]) -> bool:
        following = starred[1] if len(starred) > 1 else None
        for index, token in enumerate(other):
            self._budget.charge(1)
            if following is not None and _match(token, following):
                self._budget.charge(len(starred) + len(other))
                if self._normal(starred[1:], other[index:]):
                    return True
            if not _match(token, starred[0]):
                return False
        return following is None
