"""Patterns that Python's own ``re`` answers as RE2 does, in a part of the time.

A call of RE2 takes longer than most searches. Many patterns of policies are so plain that both
engines mean the same by them on ASCII text: a choice of words (``(?i)secret|token``), or a chain of
characters, classes and repetitions from the text's beginning (``^lib[a-z]*[0-9]+(-dev)?$``).
Only whether there is a match is asked, so it does not matter which of several would be found.

Python's engine goes back and tries again, so a pattern is taken only where that is bounded. The
ways to try a pattern at one place are counted. A repetition is taken only in a pattern that is
anchored, and only before what begins with none of its characters: each that it gives back fails at
once.

A pattern is read here and written anew: nothing reaches Python that was not understood. All else is
left to RE2.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_ASCII: Final = frozenset(map(chr, range(128)))
_DIGITS: Final = frozenset("0123456789")
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CLASSES: Final = {"d": _DIGITS, "w": _DIGITS | _LETTERS | {"_"}}
_SPECIAL: Final = frozenset("\\.+*?()|[]{}^$")
_MOST_WAYS: Final = 16
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A piece of a pattern, as Python is to read it.

    ``first``: what it matches may begin with these; ``may_be_empty``: it may match nothing;
    ``ways``: in how many ways it is tried at one place; ``repeats``: any number of ``first``.
    """

    text: str
    first: frozenset[str]
    may_be_empty: bool
    ways: int
    repeats: bool = False


class _NotPlain(Exception):
    pass


def plain_search(pattern: str) -> tuple[Callable[[str], object], bool] | None:
    """What searches ASCII text, giving None for no match, and whether in the text's lower case.

    ``pattern`` is one that RE2 takes. None for a pattern that is not plain.
    """
    if len(pattern) > _LONGEST or not pattern.isascii():
        return None
    reader = _Reader(pattern)
    try:
        return re.compile(reader.whole()).search, reader.folds
    except _NotPlain:
        return None


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.folds: Final = pattern.startswith("(?i)")
        self._text = pattern.removeprefix("(?i)")
        self._at = 0

    def whole(self) -> str:
        """The pattern for Python."""
        is_anchored = self._accept("^")
        parts = [self._sequence(may_repeat=is_anchored)]
        while self._accept("|"):
            parts.append(self._sequence(may_repeat=False))
        is_ended = self._accept("$")
        if self._at != len(self._text):
            raise _NotPlain
        if len(parts) > 1 and (is_anchored or is_ended):
            # An anchor without parentheses is that of one option.
            raise _NotPlain
        text = "|".join([part.text for part in parts])
        return ("\\A" if is_anchored else "") + text + ("\\Z" if is_ended else "")

    def _sequence(self, *, may_repeat: bool) -> _Part:
        parts: list[_Part] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)$":
            parts.append(self._repeated(self._piece(), may_repeat=may_repeat))
        first: frozenset[str] = frozenset()
        may_be_empty, ways = True, 1
        for part in reversed(parts):
            if part.repeats and part.first & first:
                raise _NotPlain
            first = part.first | first if part.may_be_empty else part.first
            may_be_empty = may_be_empty and part.may_be_empty
            ways *= part.ways
        if ways > _MOST_WAYS:
            raise _NotPlain
        text = "".join([part.text for part in parts])
        return _Part(text=text, first=first, may_be_empty=may_be_empty, ways=ways)

    def _repeated(self, part: _Part, *, may_repeat: bool) -> _Part:
        sign = self._text[self._at : self._at + 1]
        if sign not in {"?", "*", "+"}:
            return part
        self._at += 1
        if self._text[self._at : self._at + 1] in {"?", "*", "+", "{"}:
            raise _NotPlain
        text = part.text + sign
        if sign == "?":
            return _Part(text=text, first=part.first, may_be_empty=True, ways=part.ways + 1)
        if not may_repeat or part.text.startswith("(") or part.ways > 1:
            raise _NotPlain
        return _Part(text=text, first=part.first, may_be_empty=sign == "*", ways=1, repeats=True)

    def _piece(self) -> _Part:
        if self._accept("("):
            if self._text.startswith("?:", self._at):
                self._at += 2
            options = [self._sequence(may_repeat=False)]
            while self._accept("|"):
                options.append(self._sequence(may_repeat=False))
            if not self._accept(")"):
                raise _NotPlain
            return _choice(options)
        if self._accept("["):
            return self._part(self._class())
        if self._accept("."):
            return self._part(_ASCII - {"\n"})
        return self._part(self._character())

    def _class(self) -> frozenset[str]:
        is_negated = self._accept("^")
        if self._text.startswith("]", self._at):
            # It is a member of the class, and the end is another one.
            raise _NotPlain
        members: frozenset[str] = frozenset()
        while not self._accept("]"):
            if self._text[self._at : self._at + 1] in {"[", "]", ""}:
                raise _NotPlain
            low = self._character()
            if self._text.startswith("-", self._at) and not self._text.startswith("-]", self._at):
                self._at += 1
                high = self._character()
                if len(low) != 1 or len(high) != 1 or min(low) > min(high):
                    raise _NotPlain
                low = frozenset(map(chr, range(ord(min(low)), ord(min(high)) + 1)))
            members |= low
        if self.folds:
            members = members | frozenset([char.swapcase() for char in members])
        return _ASCII - members if is_negated else members

    def _character(self) -> frozenset[str]:
        """The characters that one character, or an escape, stands for."""
        char = self._text[self._at : self._at + 1]
        self._at += 1
        if char == "\\":
            char = self._text[self._at : self._at + 1]
            self._at += 1
            if char in _CLASSES:
                return _CLASSES[char]
            if char not in _SPECIAL | {"-", "/"}:
                raise _NotPlain
        elif char in _SPECIAL or not char:
            raise _NotPlain
        return frozenset(char)

    def _part(self, members: frozenset[str]) -> _Part:
        # Where case does not matter the text is in lower case. Unicode folds no other character
        # into ASCII's than two of its own, which no ASCII text has.
        chars = frozenset(map(str.lower, members)) if self.folds else members
        if not chars:
            raise _NotPlain
        if len(chars) == 1:
            text = re.escape(min(chars))
        else:
            text = "[" + "".join([re.escape(char) for char in sorted(chars)]) + "]"
        return _Part(text=text, first=chars, may_be_empty=False, ways=1)

    def _accept(self, char: str) -> bool:
        found = self._text.startswith(char, self._at)
        self._at += found
        return found


def _choice(options: list[_Part]) -> _Part:
    ways = sum(option.ways for option in options)
    if ways > _MOST_WAYS:
        raise _NotPlain
    return _Part(
        text="(?:" + "|".join([option.text for option in options]) + ")",
        first=frozenset().union(*[option.first for option in options]),
        may_be_empty=any(option.may_be_empty for option in options),
        ways=ways,
    )
