"""Quotes, escapes and variables in a Dockerfile's words.

Source: Dockerfile reference, "Environment replacement"; BuildKit's lexer decides what it leaves
open. One pass gives the text and, split at spaces outside of quotes, its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# A shell would nest deeper, and no Dockerfile does.
_DEPTH = 32
_SPECIAL = frozenset("@*#?-$!0")
_MODIFIERS = frozenset("+-?#%")


class Undecidable(Exception):
    """The text depends on a variable that is only known at build time, or is no valid text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The variables that hold at one place; one with the value None is only known at build time.

    Where ``open``, there may be others: the environment of an image that was not looked into.
    """

    values: Mapping[str, str | None]
    open: bool = False

    def value(self, name: str) -> str | None:
        """Return the value of a variable, None where it is not set. Raises Undecidable."""
        if name in self.values:
            value = self.values[name]
            if value is None:
                raise Undecidable
            return value
        if self.open:
            raise Undecidable
        return None


def expanded(text: str, scope: Scope, *, escape: str) -> str:
    """Return ``text`` without quotes and escapes, and with variables put in.

    Raises Undecidable.
    """
    return _Lexer(text, scope=scope, escape=escape).whole()[0]


def raw_words(text: str) -> list[str]:
    """Return the words of ``text`` with quotes, escapes and variables as written.

    Here-documents are looked for among them; ``<<`` and the spaces behind it begin a word.
    """
    lexer = _Lexer(text, scope=None, escape="\\", raw_quotes=True, raw_escapes=True)
    try:
        return lexer.whole()[1]
    except Undecidable:
        return []


def unquoted(text: str, *, raw_quotes: bool) -> list[str]:
    """Return the words of ``text`` with escapes taken, variables as written. Raises Undecidable."""
    return _Lexer(text, scope=None, escape="\\", raw_quotes=raw_quotes).whole()[1]


class _Words:
    """Collects characters into words: a space ends one, unless it was quoted or escaped."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._word: list[str] = []

    def plain(self, text: str) -> None:
        for char in text:
            if char.isspace():
                self.end()
            else:
                self._word.append(char)

    def quoted(self, text: str) -> None:
        self._word.append(text)

    def end(self) -> None:
        word = "".join(self._word)
        self._word.clear()
        if word:
            self.done.append(word)


class _Lexer:
    """``scope`` None leaves variables as written."""

    def __init__(
        self,
        text: str,
        *,
        scope: Scope | None,
        escape: str,
        raw_quotes: bool = False,
        raw_escapes: bool = False,
    ) -> None:
        self._text = text
        self._at = 0
        self._scope = scope
        self._escape = escape
        self._raw_quotes = raw_quotes
        self._raw_escapes = raw_escapes
        self._depth = 0

    def whole(self) -> tuple[str, list[str]]:
        return self._until(None, raw_escapes=self._raw_escapes)

    def _peek(self) -> str:
        """Return the next character, the empty string at the end."""
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        char = self._peek()
        self._at += 1
        return char

    def _until(self, stop: str | None, *, raw_escapes: bool) -> tuple[str, list[str]]:
        self._depth += 1
        if self._depth > _DEPTH:
            raise Undecidable
        before, self._raw_escapes = self._raw_escapes, raw_escapes
        result: list[str] = []
        words = _Words()
        while (char := self._peek()) != "":
            if char == stop:
                self._at += 1
                break
            if char == "$":
                value = self._variable()
                result.append(value)
                words.plain(value)
            elif char in {"'", '"', "<"}:
                value = self._single() if char == "'" else self._special(char)
                result.append(value)
                words.quoted(value)
            elif char == self._escape:
                self._at += 1
                after = self._next()
                kept = (char if raw_escapes else "") + after
                result.append(kept)
                words.quoted(kept)
            else:
                self._at += 1
                result.append(char)
                words.plain(char)
        else:
            if stop is not None:
                raise Undecidable
        words.end()
        self._raw_escapes = before
        self._depth -= 1
        return "".join(result), words.done

    def _special(self, char: str) -> str:
        return self._double() if char == '"' else self._less_than()

    def _less_than(self) -> str:
        self._at += 1
        if self._peek() != "<":
            return "<"
        start = self._at - 1
        self._at += 1
        while self._peek() and self._peek() in "\t\r ":
            self._at += 1
        return self._text[start : self._at]

    def _single(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise Undecidable
        start, self._at = self._at, end + 1
        return self._text[start : end + 1] if self._raw_quotes else self._text[start + 1 : end]

    def _double(self) -> str:
        quote = self._next()
        result = [quote] if self._raw_quotes else []
        while True:
            char = self._peek()
            if char == "":
                raise Undecidable
            if char == '"':
                self._at += 1
                return "".join([*result, char] if self._raw_quotes else result)
            if char == "$":
                result.append(self._variable())
                continue
            self._at += 1
            if char == self._escape:
                if self._raw_escapes:
                    result.append(char)
                after = self._peek()
                if after == "":
                    continue
                if after in {'"', "$", self._escape}:
                    char = self._next()
            result.append(char)

    def _variable(self) -> str:
        start = self._at
        self._at += 1
        if self._peek() != "{":
            name = self._name()
            if not name:
                return "$"
            if self._scope is None:
                return self._text[start : self._at]
            return self._scope.value(name) or ""
        self._at += 1
        if self._peek() in {"", "{", "}", ":"}:
            raise Undecidable
        name = self._name()
        modifier = self._next()
        if modifier == "}":
            if self._scope is None:
                return self._text[start : self._at]
            return self._scope.value(name) or ""
        if modifier == "/":
            return self._replaced(name, start)
        colon = modifier == ":"
        if colon:
            modifier = self._next()
        if modifier not in _MODIFIERS:
            raise Undecidable
        word, _ = self._until("}", raw_escapes=modifier in "#%")
        if self._scope is None:
            return f"${{{name}{':' if colon else ''}{modifier}{word}}}"
        value = self._scope.value(name)
        absent = value is None or (colon and value == "")
        if modifier == "-":
            return word if absent else value or ""
        if modifier == "+":
            return "" if absent else word
        if modifier == "?":
            if absent:
                raise Undecidable  # Docker stops with `word` as the message
            return value or ""
        longest = word.startswith(modifier)
        pattern = _tokens(word[1:] if longest else word)
        return _trimmed(value or "", pattern, suffix=modifier == "%", longest=longest)

    def _replaced(self, name: str, start: int) -> str:
        every = self._peek() == "/"
        if every:
            self._at += 1
        pattern, _ = self._until("/", raw_escapes=True)
        replacement, _ = self._until("}", raw_escapes=True)
        if self._scope is None:
            return self._text[start : self._at]
        value = self._scope.value(name) or ""
        compiled = _compiled(_tokens(pattern), longest=True, anchored=False)
        found: str = compiled.sub(lambda _: replacement, value, 0 if every else 1)  # type: ignore[attr-defined]
        return found

    def _name(self) -> str:
        start = self._at
        first = self._peek()
        if first.isdigit():
            while self._peek().isdigit():
                self._at += 1
        elif first and first in _SPECIAL:
            self._at += 1
        else:
            while (char := self._peek()) and (char.isalnum() or char == "_"):
                self._at += 1
        return self._text[start : self._at]


def _tokens(pattern: str) -> list[str]:
    """Return the pattern's parts: ``*``, ``?``, and a backslash before each literal character."""
    parts: list[str] = []
    chars = iter(pattern)
    for char in chars:
        if char in "*?":
            parts.append(char)
        elif char == "\\":
            after = next(chars, "")
            if after not in {"*", "?", "\\", "}", "/"}:
                raise Undecidable
            parts.append("\\" + after)
        else:
            parts.append("\\" + char)
    return parts


def _compiled(tokens: list[str], *, longest: bool, anchored: bool) -> object:
    import re2  # linear in the text, whatever the pattern

    star = ".*" if longest else ".*?"
    parts = ({"*": star, "?": "."}.get(part) or re2.escape(part[1:]) for part in tokens)
    return re2.compile(("^" if anchored else "") + "".join(parts))


def _trimmed(value: str, tokens: list[str], *, suffix: bool, longest: bool) -> str:
    if suffix:
        value, tokens = value[::-1], tokens[::-1]
    found = _compiled(tokens, longest=longest, anchored=True).match(value)  # type: ignore[attr-defined]
    rest = value[found.end() :] if found is not None else value
    return rest[::-1] if suffix else rest
