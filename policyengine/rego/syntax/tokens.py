"""Source text to tokens.

The whole source is cut at once, into parallel lists rather than objects: the parser goes back and
forth by index. Words are all ``IDENTIFIER`` here, since which of them are keywords depends on the
imports the parser meets. White space and comments are no tokens; ``starts[i] > ends[i - 1]`` says
that some stands before token ``i``, ``newline_before[i]`` that a line ended there.

A token that the scanner objects to is ``ILLEGAL``, with its objections in ``problems``. The scanner
reads one character ahead, as OPA's does, so a forbidden character (NUL, a byte order mark, a byte
that is not UTF-8) is held against the token in front of it, and nothing behind it is read. Of a
character of several bytes behind a word, number or string OPA takes all bytes but the last for a
part of that: ``if²`` is no keyword, and ``2²`` no number. They are kept as U+FFFD each, as they are
printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from policyengine.rego.syntax.source import Source
from policyengine.rego.syntax.token_kinds import (
    BRACES,
    EOF,
    IDENTIFIER,
    ILLEGAL,
    LAST_BRACKET,
    LAST_OPENING,
    LEFT_BRACE,
    NUMBER,
    OPERATORS,
    RAW_TEMPLATE_END,
    RAW_TEMPLATE_PART,
    STRING,
    TEMPLATE_END,
    TEMPLATE_PART,
)

BYTE_ORDER_MARK: Final = "\ufeff"

# Groups by number, for speed: 1 newlines, 2 word, 3 operator, 4 string without escapes, 5 number,
# 6 comment, 7 raw string, 8 anything else. An operator's longest form comes first; quantifiers are
# possessive, so that a number is not cut short to satisfy what may not follow it.
_TOKEN: Final = re.compile(
    r"[ \t\r]*+(?:"
    r"(\n[ \t\r\n]*+)"
    r"|([A-Za-z_][A-Za-z_\d]*+(?![^\x00-\x7f]))"
    r"|(:=|==|!=|<=|>=|[\[\]{}(),.:;=<>+\-*/%&|])"
    r'|("[^"\\\n]*+")'
    r"|([0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![A-Za-z_.]|[^\x00-\x7f]))"
    r"|(\#[^\n]*+)"
    r"|(`[^`]*+`)"
    r"|(.)"
    r")",
    re.DOTALL,
)
_STRING_GROUPS: Final = frozenset({4, 7})
_WORDED: Final = frozenset({IDENTIFIER, NUMBER, STRING, TEMPLATE_END})
_FORBIDDEN: Final = re.compile("[\x00\ufeff\ud800-\udfff]")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z_\d]*+")
_NUMBER_START: Final = re.compile(r"([0-9]+)(\.[0-9]*)?([eE][+-]?[0-9]*)?([A-Za-z_][A-Za-z_\d]*)?")
_PLAIN: Final = re.compile(r'[^"\\\n]*')
_TEMPLATE_PLAIN: Final = re.compile(r'[^"\\\n{]*')
_RAW_TEMPLATE_PLAIN: Final = re.compile(r"[^`\\{]*")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tokens:
    """The tokens of one source, an ``EOF`` last.

    ``words`` has the text of names, numbers, strings and ends of templates, and nothing for signs.
    ``starts`` and ``ends`` are character offsets. ``problems`` has the messages of each
    ``ILLEGAL`` token, in order; ``comments`` the start and end of each comment. ``depth`` is how
    deep brackets nest. ``escaped_braces`` has the offsets of each backslash that a template string
    part drops before a brace, by token.
    """

    source: Source
    kinds: list[int]
    words: list[str]
    starts: list[int]
    ends: list[int]
    newline_before: list[bool]
    problems: dict[int, list[str]]
    comments: list[tuple[int, int]]
    escaped_braces: dict[int, list[int]]
    depth: int


def tokenize(source: Source) -> Tokens:
    """Cut ``source`` into tokens; never fails."""
    return _Scanner(source).run()


class _Scanner:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.kinds: list[int] = []
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.newline_before: list[bool] = []
        self.problems: dict[int, list[str]] = {}
        self.comments: list[tuple[int, int]] = []
        self.escaped_braces: dict[int, list[int]] = {}
        # One entry a template string that is open: the braces open inside its expression, and
        # whether it is a raw one.
        self.templates: list[tuple[int, bool]] = []

    def run(self) -> Tokens:
        text = self.text
        position = 1 if text.startswith(BYTE_ORDER_MARK) else 0
        forbidden = _FORBIDDEN.search(text, position)
        limit = forbidden.start() if forbidden else len(text)
        if limit == position and forbidden:
            self._append(ILLEGAL, position, position + 1, newline=False)
            self.problems[0] = [_objection(forbidden)]
        else:
            self._scan(position, limit)
            if forbidden:
                self._cut(limit)
        end = len(text)
        self._append(EOF, end, end, newline=False)
        if len(self.ends) > 1:
            self.newline_before[-1] = "\n" in text[self.ends[-2] :]
        return Tokens(
            source=self.source,
            kinds=self.kinds,
            words=self.words,
            starts=self.starts,
            ends=self.ends,
            newline_before=self.newline_before,
            problems=self.problems,
            comments=self.comments,
            escaped_braces=self.escaped_braces,
            depth=_depth(self.kinds),
        )

    def _scan(self, position: int, limit: int) -> None:
        text = self.text
        match = _TOKEN.match
        operators = OPERATORS
        kinds, words = self.kinds.append, self.words.append
        starts, ends = self.starts.append, self.ends.append
        lines = self.newline_before.append
        newline = False
        while found := match(text, position, limit):
            group = found.lastindex
            position = found.end()
            if group == 1:
                newline = True
                continue
            if group == 2:
                kinds(IDENTIFIER)
                words(found[2])
            elif group == 3:
                kind = operators[found[3]]
                if self.templates and kind in BRACES:
                    position = self._brace(kind, found.start(3), limit, newline=newline)
                    newline = False
                    continue
                kinds(kind)
                words("")
            elif group in _STRING_GROUPS:
                kinds(STRING)
                words(found[group])
            elif group == 5:
                kinds(NUMBER)
                words(found[5])
            elif group == 6:
                self.comments.append((found.start(6), position))
                continue
            else:
                position = self._unusual(found.start(8), limit, newline=newline)
                newline = False
                continue
            starts(found.start(group))
            ends(position)
            lines(newline)
            newline = False

    def _append(self, kind: int, start: int, end: int, *, newline: bool) -> int:
        self.kinds.append(kind)
        self.words.append(self._word(start, end) if kind in _WORDED else "")
        self.starts.append(start)
        self.ends.append(end)
        self.newline_before.append(newline)
        return end

    def _word(self, start: int, end: int) -> str:
        following = self.text[end : end + 1]
        if following.isascii() or _FORBIDDEN.match(following):
            return self.text[start:end]
        return self.text[start:end] + "\ufffd" * (len(following.encode()) - 1)

    def _illegal(self, start: int, end: int, problems: list[str], *, newline: bool) -> int:
        if problems:
            self.problems[len(self.kinds)] = problems
        return self._append(ILLEGAL, start, end, newline=newline)

    def _brace(self, kind: int, start: int, limit: int, *, newline: bool) -> int:
        """A brace inside a template string: one of its expression, or the end of that."""
        braces, raw = self.templates[-1]
        self._append(kind, start, start + 1, newline=newline)
        if kind == LEFT_BRACE:
            self.templates[-1] = (braces + 1, raw)
            return start + 1
        if braces:
            self.templates[-1] = (braces - 1, raw)
            return start + 1
        self.templates.pop()
        return self._template(start + 1, start + 1, limit, raw=raw, newline=False)

    def _unusual(self, start: int, limit: int, *, newline: bool) -> int:
        """A token that the one expression does not cover whole, beginning at ``start``."""
        text = self.text
        char = text[start]
        if char == '"':
            return self._string(start, limit, newline=newline)
        if name := _NAME.match(text, start, limit):
            return self._append(IDENTIFIER, start, name.end(), newline=newline)
        if char.isascii() and char.isdigit():
            return self._number(start, limit, newline=newline)
        if char == "`":
            return self._illegal(start, limit, ["non-terminated string"], newline=newline)
        if char == "$":
            following = text[start + 1 : start + 2] if start + 1 < limit else ""
            if following in {'"', "`"}:
                raw = following == "`"
                return self._template(start, start + 2, limit, raw=raw, newline=newline)
            return self._illegal(start, start + 1, ["illegal $ character"], newline=newline)
        if char == "!":
            return self._illegal(start, start + 1, ["illegal ! character"], newline=newline)
        if char == "\u00a0":
            problem = "illegal non-breaking space character, use a regular space instead"
            return self._illegal(start, start + 1, [problem], newline=newline)
        return self._illegal(start, start + 1, [], newline=newline)

    def _number(self, start: int, limit: int, *, newline: bool) -> int:
        """A number with something wrong behind it: ``1.``, ``1e``, ``1x``."""
        found = _NUMBER_START.match(self.text, start, limit)
        assert found is not None
        _, fraction, exponent, letters = found.groups()
        problems = []
        if fraction == ".":
            problems.append("expected fraction")
        if exponent and not exponent[-1].isdigit():
            problems.append("expected exponent")
        if letters:
            problems.append("illegal number format")
        if not problems:
            return self._append(NUMBER, start, found.end(), newline=newline)
        return self._illegal(start, found.end(), problems, newline=newline)

    def _string(self, start: int, limit: int, *, newline: bool) -> int:
        """A string with escapes, or without an end."""
        position, problems, _, closed = self._quoted(start + 1, limit, _PLAIN, template=False)
        if not closed:
            problems.append("non-terminated string")
        if problems:
            return self._illegal(start, position, problems, newline=newline)
        return self._append(STRING, start, position, newline=newline)

    def _quoted(
        self, position: int, limit: int, plain: re.Pattern[str], *, template: bool
    ) -> tuple[int, list[str], list[int], bool]:
        """Read to a quote, or a template's brace: (end, problems, escaped braces, closed)."""
        text = self.text
        problems: list[str] = []
        escaped: list[int] = []
        while True:
            found = plain.match(text, position, limit)
            assert found is not None
            position = found.end()
            if position >= limit or text[position] == "\n":
                return position, problems, escaped, False
            if text[position] != "\\":
                return position + 1, problems, escaped, True
            following = text[position + 1 : position + 2] if position + 1 < limit else ""
            if following and following in '\\"/bfnrt':
                position += 2
            elif following == "u":
                # Four characters are skipped unseen: a wrong one is found when the string is read.
                position = min(position + 5, limit)
            elif template and following == "{":
                escaped.append(position)
                position += 2
            else:
                problems.append("illegal escape sequence")
                position += 1

    def _template(self, start: int, content: int, limit: int, *, raw: bool, newline: bool) -> int:
        """One constant part of a template string, from ``content`` to its ``{`` or its quote."""
        if raw:
            position, escaped, closed = self._raw_template(content, limit)
            problems: list[str] = []
        else:
            position, problems, escaped, closed = self._quoted(
                content, limit, _TEMPLATE_PLAIN, template=True
            )
        if not closed:
            problems.append("non-terminated string")
        if problems:
            return self._illegal(start, position, problems, newline=newline)
        if escaped:
            self.escaped_braces[len(self.kinds)] = escaped
        if self.text[position - 1] != "{":
            kind = RAW_TEMPLATE_END if raw else TEMPLATE_END
        else:
            kind = RAW_TEMPLATE_PART if raw else TEMPLATE_PART
            self.templates.append((0, raw))
        return self._append(kind, start, position, newline=newline)

    def _raw_template(self, position: int, limit: int) -> tuple[int, list[int], bool]:
        """(end, escaped braces, closed), with nothing to object to in between."""
        text = self.text
        escaped: list[int] = []
        while True:
            found = _RAW_TEMPLATE_PLAIN.match(text, position, limit)
            assert found is not None
            position = found.end()
            if position >= limit:
                return position, escaped, False
            if text[position] != "\\":
                return position + 1, escaped, True
            if position + 1 < limit and text[position + 1] == "{":
                escaped.append(position)
                position += 1
            position += 1

    def _cut(self, limit: int) -> None:
        """Hold the forbidden character at ``limit`` against what stands in front of it."""
        text = self.text
        if self.comments and self.comments[-1][1] == limit:
            start, _ = self.comments.pop()
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
        elif self.ends and self.ends[-1] == limit:
            start, end = self.starts.pop(), self.ends.pop()
            self.kinds.pop()
            self.words.pop()
            self.newline_before.pop()
            self.problems.pop(len(self.kinds), None)
        else:
            start, end = limit - 1, limit
        newline = "\n" in text[self.ends[-1] if self.ends else 0 : start]
        problems = [_objection(found) for found in _FORBIDDEN.finditer(text, start + 1, end + 1)]
        self._illegal(start, end, problems, newline=newline)


def _objection(found: re.Match[str]) -> str:
    match found[0]:
        case "\0":
            return "illegal null character"
        case "\ufeff":
            return "illegal byte-order mark"
        case _:
            return "illegal utf-8 character"


def _depth(kinds: list[int]) -> int:
    depth = deepest = 0
    for kind in kinds:
        if kind <= LAST_BRACKET:
            if kind <= LAST_OPENING:
                depth += 1
                deepest = max(deepest, depth)
            else:
                depth -= 1
    return deepest
