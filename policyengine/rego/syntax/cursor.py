"""Where a parser stands in its tokens, and what it has found wrong so far.

The grammar needs to look ahead without a bound (``{a | b`` may open a comprehension or a set, and a
group in parentheses a logical operand or a term), so a parser saves its state and comes back. The
state is small: a token's number and how to read it, the count of wildcards, and how many errors
and hints there were.
"""

from __future__ import annotations

from typing import NamedTuple

from policyengine.errors import RegoFinding
from policyengine.rego.syntax.ast import RegoVersion, Var, new_var
from policyengine.rego.syntax.source import Location, Source, new_location
from policyengine.rego.syntax.token_kinds import (
    EOF,
    FUTURE_KEYWORDS,
    IDENTIFIER,
    ILLEGAL,
    KEYWORD_KINDS,
    KEYWORDS,
    NAMES,
    STEP_STARTS,
    V1_KEYWORDS,
    WHITE_SPACE,
)
from policyengine.rego.syntax.tokens import Tokens

PARSE_ERROR = "rego_parse_error"

# OPA's limit: the calls of its recursive parser that may be open at once. An array in an array
# takes two, a term in parentheses eight.
MAX_RECURSION = 100_000


class State(NamedTuple):
    """What ``Cursor.restore`` needs to come back."""

    at: int
    kind: int
    wildcards: int
    errors: int
    hints: tuple[str, ...]


class Cursor:
    """The current token, ways to move, and the errors found."""

    def __init__(self, tokens: Tokens, version: RegoVersion) -> None:
        self.tokens = tokens
        self.source: Source = tokens.source
        self.version: RegoVersion = version
        self.kinds = tokens.kinds
        self.words = tokens.words
        self.starts = tokens.starts
        self.ends = tokens.ends
        self.last_index = len(tokens.kinds) - 1
        self.keywords: dict[str, int] = dict(KEYWORDS)
        # ``not`` opens a body, as ``rego.v2`` and ``future.keywords.not`` have it.
        self.not_bodies = False
        self.index = -1
        self._placed = -1
        self._place = new_location(self.source, 0, 0, 0)
        self.kind = WHITE_SPACE
        self.wildcards = 0
        self.errors: list[RegoFinding] = []
        self.hints: tuple[str, ...] = ()
        self.recursion = 0

    # ---- moving -----------------------------------------------------------------------------

    def advance(self) -> None:
        """Go to the next token, over white space and comments."""
        index = self.index
        if index < self.last_index:
            self.index = index = index + 1
        kind = self.kinds[index]
        if kind == IDENTIFIER:
            kind = self.keywords.get(self.words[index], IDENTIFIER)
        elif kind == ILLEGAL:
            self.kind = kind
            for problem in self.tokens.problems.get(index, ()):
                self.error(self.here(), problem)
        self.kind = kind

    def advance_closely(self) -> None:
        """Go to the next token if it follows directly; else the white space is the token."""
        index = self.index
        follows = index < self.last_index and self.starts[index + 1] == self.ends[index]
        if follows or self.is_next_adjacent():
            self.advance()
        else:
            self.kind = WHITE_SPACE

    def is_next_adjacent(self) -> bool:
        index = self.index
        if index >= self.last_index:
            return True
        end = self.ends[index]
        if self.starts[index + 1] == end:
            return True
        # A comment that ends the text has no white space behind it.
        return (
            self.kinds[index + 1] == EOF
            and "\n" not in self.source.text[end:]
            and (self.source.text.startswith("#", end))
        )

    def next_kind(self) -> int:
        """The kind of the token that follows, with or without space."""
        index = self.index + 1
        if index > self.last_index:
            return EOF
        kind = self.kinds[index]
        return self.keywords.get(self.words[index], kind) if kind == IDENTIFIER else kind

    def adjacent_kind(self) -> int:
        """The kind of the token that follows without space, keywords as names."""
        index = self.index
        if index < self.last_index and self.starts[index + 1] == self.ends[index]:
            return self.kinds[index + 1]
        return WHITE_SPACE

    def save(self) -> State:
        return State(self.index, self.kind, self.wildcards, len(self.errors), self.hints)

    def restore(self, state: State) -> None:
        self.index, self.kind, self.wildcards, errors, self.hints = state
        del self.errors[errors:]

    # ---- places -----------------------------------------------------------------------------

    @property
    def word(self) -> str:
        """The text of the current name, number or string; empty for signs."""
        return "" if self.kind == WHITE_SPACE else self.words[self.index]

    @property
    def last_end(self) -> int:
        """Where the token before the current one ends."""
        index = self.index if self.kind == WHITE_SPACE else self.index - 1
        return self.ends[index] if index >= 0 else 0

    @property
    def is_after_newline(self) -> bool:
        if self.kind == WHITE_SPACE:
            return self.source.text.startswith("\n", self._white_space())
        return self.tokens.newline_before[self.index]

    def here(self) -> Location:
        """The place and text of the current token."""
        index = self.index
        if self.kind == WHITE_SPACE:
            offset = self._white_space()
            return new_location(self.source, offset, offset, offset + 1)
        if index != self._placed:
            # A token is asked for its place again and again, by each thing that begins with it.
            start = self.starts[index]
            self._place = new_location(self.source, start, start, self.ends[index])
            self._placed = index
        return self._place

    def _white_space(self) -> int:
        end = self.ends[self.index]
        if self.source.text.startswith("#", end):
            newline = self.source.text.find("\n", end)
            return end if newline < 0 else newline
        return end

    def span(self, at: Location, start: int, end: int) -> Location:
        """A location that is pointed at like ``at``, with the text from ``start`` to ``end``."""
        return new_location(self.source, at.offset, start, end)

    def extend(self, at: Location) -> Location:
        """``at`` with its text reaching to the last token read."""
        index = self.index if self.kind == WHITE_SPACE else self.index - 1
        end = self.ends[index] if index >= 0 else 0
        return new_location(self.source, at.offset, at.offset, end)

    # ---- words ------------------------------------------------------------------------------

    def variable(self) -> Var:
        """The current word as a variable; every ``_`` is a new one."""
        name = self.words[self.index]
        return new_var(name=self.wildcard() if name == "_" else name, location=self.here())

    def wildcard(self) -> str:
        name = f"${self.wildcards}"
        self.wildcards += 1
        return name

    def is_keyword_in_ref(self, kind: int) -> bool:
        """Whether a token of this kind may stand for a name in a reference.

        The kinds are looked up by name, as OPA does: where ``and`` is a keyword so is ``&``.
        """
        name = NAMES[kind]
        return name in KEYWORDS or name in self.keywords or is_keyword(name, self.version)

    def take_keyword_as_name(self) -> bool:
        """Read a keyword with ``.`` or ``[`` right behind it as a name; whether it was so."""
        is_name = (
            self.kind != WHITE_SPACE
            and self.adjacent_kind() in STEP_STARTS
            and self.is_keyword_in_ref(self.kind)
        )
        if is_name:
            self.kind = IDENTIFIER
        return is_name

    def is_keyword_to_import(self, word: str) -> bool:
        """Whether the word is a keyword that this version has only by import."""
        if self.version == "v0":
            return word in V1_KEYWORDS
        return self.version == "v1" and word in FUTURE_KEYWORDS and word not in V1_KEYWORDS

    # ---- errors -----------------------------------------------------------------------------

    def enter(self, calls: int = 1) -> bool:
        """Count open calls as OPA's parser has them; false, with an error, over its limit."""
        if self.recursion + calls > MAX_RECURSION:
            self.error(self.here(), "max parsing recursion depth exceeded")
            return False
        self.recursion += calls
        return True

    def hint(self, text: str) -> None:
        """Keep ``text`` for the next error."""
        self.hints = (*self.hints, text)

    def error(self, at: Location, message: str) -> None:
        if self.hints:
            label = "hint" if len(self.hints) == 1 else "hints"
            message = f"{message} ({label}: {', '.join(self.hints)})"
            self.hints = ()
        row, col = self.source.position(at.offset)
        self.errors.append(
            RegoFinding(
                code=PARSE_ERROR,
                message=message,
                file=self.source.file,
                row=row,
                col=col,
                line=self.source.line(row),
                excerpt=self.source.excerpt(at.offset),
            )
        )

    def unexpected(self, note: str = "") -> None:
        """An error about the current token."""
        if self.kind == ILLEGAL:
            self.error(self.here(), "illegal token")
            return
        name = NAMES[self.kind]
        what = "keyword" if self.kind in KEYWORD_KINDS else "token"
        self.error(self.here(), f"unexpected {name} {what}{': ' if note else ''}{note}")


def is_keyword(name: str, version: RegoVersion) -> bool:
    """Whether ``name`` is a keyword of the language version, without imports."""
    if name in KEYWORDS:
        return True
    if version == "v0":
        return False
    return name in V1_KEYWORDS or (version == "v2" and name in FUTURE_KEYWORDS)
