"""Globs as gobwas/glob 1.0 reads them, translated to regular expressions of RE2."""

from __future__ import annotations

from typing import Any, Final

from policyengine.rego.runtime.builtins.operands import string, wrong_element, wrong_type
from policyengine.rego.runtime.builtins.patterns import compile_pattern, hold, reach
from policyengine.rego.runtime.builtins.regexes import as_searched
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.utf8 import encode_utf8, has_bytes, readable
from policyengine.rego.runtime.values import Value

_SPECIAL: Final = frozenset("*?\\[]{}")
_LITERAL: Final = str.maketrans({char: "\\" + char for char in "\\.+*?()|[]{}^$-&~#"})


@builtin("glob.match", "string, null | array[string], string -> boolean", context=True)
def match(session: Session, pattern: Value, delimiters: Value, text: Value) -> Value:
    """Whether the whole text matches. ``null`` means no delimiters; none given means a dot."""
    glob = string(pattern, 1)
    separators = _separators(delimiters)
    data = as_searched(string(text, 3))
    key = ("glob", glob, separators)
    known: tuple[Any, int] | None = session.memo.get(key)
    if known is None:
        session.budget.charge(len(glob))
        found = compiled_glob(glob, separators)
        known = session.memo[key] = found, reach(found)
    compiled, near = known
    if len(data) > near:
        hold(compiled, len(data))
    return compiled.fullmatch(data) is not None


def compiled_glob(text: str, separators: str) -> Any:
    """The regular expression, over bytes of UTF-8, of a glob. Raises BuiltinError."""
    if has_bytes(text):
        raise BuiltinError("glob: syntax error at 0: invalid UTF-8 sequence")
    return compile_pattern(_Glob(text, separators).expression())


def _separators(value: Value) -> str:
    if value is None:
        return ""
    if type(value) is not list:
        raise wrong_type(2, value, "array", "null")
    for item in value:
        if type(item) is not str:
            raise wrong_element(2, value, item, "string")
        if len(item) != 1:
            raise wrong_element(2, value, item, "rune")
    return readable("".join(value)) or "."


@builtin("glob.quote_meta", "string -> string")
def quote_meta(text: Value) -> Value:
    return "".join(["\\" + char if char in _SPECIAL else char for char in string(text, 1)])


class _Glob:
    """A glob that is read once, from left to right."""

    def __init__(self, text: str, separators: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._one = f"[^{_escaped(separators)}]" if separators else "."

    def expression(self) -> str:
        parts = ["(?s:"]
        while self._at < len(self._text):
            parts.append(self._term())
        if self._depth:
            raise self._error("unclosed `{`")
        return "".join([*parts, ")"])

    def _term(self) -> str:
        char = self._text[self._at]
        self._at += 1
        if char == "{":
            self._depth += 1
            return "(?:"
        if char == "," and self._depth:
            return "|"
        if char == "}" and self._depth:
            self._depth -= 1
            return ")"
        if char == "[":
            return self._class()
        if char == "?":
            return self._one
        if char == "*":
            if self._text.startswith("*", self._at):
                self._at += 1
                return ".*"
            return f"{self._one}*"
        if char == "\\":
            return _escaped(self._next("trailing backslash"))
        return _escaped(char)

    def _class(self) -> str:
        """``[abc]`` or ``[a-c]``, with ``!`` negated; either, never both."""
        negated = self._text.startswith("!", self._at)
        self._at += negated
        opening = "[^" if negated else "["
        if self._text.startswith("-", self._at + 1):
            low = self._next("unclosed `[`")
            self._at += 1
            high = self._next("unclosed `[`")
            if high < low:
                raise self._error("range hi character is less than lo")
            if self._next("unclosed `[`") != "]":
                raise self._error("expected close range character")
            return f"{opening}{_escaped(low)}-{_escaped(high)}]"
        listed: list[str] = []
        while (char := self._next("unclosed `[`")) != "]":
            listed.append(self._next("trailing backslash") if char == "\\" else char)
        if not listed:
            raise self._error("could not parse range")
        return f"{opening}{_escaped(''.join(listed))}]"

    def _next(self, otherwise: str) -> str:
        if self._at >= len(self._text):
            raise self._error(otherwise)
        self._at += 1
        return self._text[self._at - 1]

    def _error(self, reason: str) -> BuiltinError:
        offset = len(encode_utf8(self._text[: self._at]))
        return BuiltinError(f"glob: syntax error at {offset}: {reason}")


def _escaped(text: str) -> str:
    return text.translate(_LITERAL)
