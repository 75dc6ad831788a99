"""Regular expressions, by RE2: linear time on any input, and the syntax that Go has."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final, Literal

from policyengine.rego.runtime.builtins.operands import integer, string
from policyengine.rego.runtime.builtins.patterns import (
    KEPT,
    LONG,
    compile_pattern,
    hold,
    is_small,
    reach,
    search,
)
from policyengine.rego.runtime.builtins.registry import BuiltinError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.plain_patterns import plain_search
from policyengine.rego.runtime.utf8 import encode_utf8, has_bytes, joined, readable
from policyengine.rego.runtime.values import Value

# Python's engine may try a pattern some times at each place.
SHORT: Final = 1024
"""The texts that a plain pattern is searched in by Python are shorter."""

_LITERAL: Final = str.maketrans({char: "\\" + char for char in "\\.+*?()|[]{}^$"})
_FEW_GROUPS: Final = 8
# The characters that a text grows by before it is measured.
_UNCHARGED: Final = 4096
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

Span = tuple[int, int]


def compiled(session: Session, pattern: str) -> Any:
    """The pattern, kept for the evaluation. Matches are of UTF-8 bytes."""
    key = ("regex", pattern)
    found = session.memo.get(key)
    if found is None:
        found = compile_pattern(pattern)
        if found.groups > _FEW_GROUPS:
            # RE2 keeps the groups for each of the places in the program that it may be at.
            session.budget.size(found.groups * found.programsize)
        session.memo[key] = found
    return found


@builtin("regex.is_valid", "string -> boolean")
def is_valid(pattern: Value) -> Value:
    if type(pattern) is not str:
        return False
    try:
        compile_pattern(pattern)
    except BuiltinError:
        return False
    return True


def _finder(pattern: str) -> Callable[[str], bool]:
    """Whether there is a match in a text: by Python for a plain pattern in a short ASCII text."""
    return (len(pattern) < LONG and _kept_finder(pattern)) or _re2_finder(pattern)


@lru_cache(maxsize=KEPT)
def _kept_finder(pattern: str) -> Callable[[str], bool] | None:
    if not is_small(pattern):
        return None
    find = _re2_finder(pattern)
    plain = plain_search(pattern)
    if plain is None:
        return find
    search, is_in_lower_case = plain
    if is_in_lower_case:
        return lambda text: (
            search(text.lower()) is not None if text.isascii() and len(text) < SHORT else find(text)
        )
    return lambda text: (
        search(text) is not None if text.isascii() and len(text) < SHORT else find(text)
    )


def _re2_finder(pattern: str) -> Callable[[str], bool]:
    """Whether RE2 finds a match.

    ``search`` of google-re2 makes a generator and a match around the one call that matters, which
    is half of the time of most searches; ``re2.Set`` has no second way for a pattern whose states
    take more than its memory, and says that there is no match. So the wrapped object is asked, and
    ``search`` where a release has no such object.
    """
    import re2

    expression = compile_pattern(pattern)
    if expression.groups > _FEW_GROUPS:
        # Nobody asks for the groups, and they take longer than all else.
        expression = compile_pattern(pattern, captures=False)
    near = reach(expression)
    try:
        find, anywhere = expression._regexp.Match, re2._Anchor.UNANCHORED  # noqa: SLF001
        if find(anywhere, b"", 0, 0)[0] not in {(-1, -1), (0, 0)}:
            raise TypeError
    except (AttributeError, TypeError, LookupError):
        return lambda text: search(expression, as_searched(text)) is not None

    def found(text: str) -> bool:
        try:
            data = text.encode()
        except UnicodeEncodeError:
            data = as_searched(text)
        if len(data) > near:
            hold(expression, len(data))
        return bool(find(anywhere, data, 0, len(data))[0][0] >= 0)

    return found


def matcher(pattern: str) -> Callable[[str], bool] | Literal[False]:
    """What says whether a text has a match; False for a pattern that is none."""
    try:
        return _finder(pattern)
    except BuiltinError:
        return False


@lru_cache(maxsize=1024)
def searcher(pattern: str) -> Callable[[str], object] | Literal[False]:
    """What finds a plain pattern in an ASCII text below ``SHORT``; False for one that is not."""
    plain = plain_search(pattern) if matcher(pattern) else None
    return plain[0] if plain else False


@builtin("regex.match", "string, string -> boolean", context=True)
def match(session: Session, pattern: Value, text: Value) -> Value:
    if type(pattern) is not str or type(text) is not str:
        string(pattern, 1)
        string(text, 2)
    # The text alone is the key: all other keys are tuples.
    find = session.memo.get(pattern)
    if find is None:
        find = session.memo[pattern] = _finder(pattern)
    return find(text)


builtin("re_match", "string, string -> boolean", context=True, deprecated=True)(match)


def _matches(expression: Any, data: bytes, most: int) -> Iterator[list[Span]]:
    """The spans of all groups of each match, as Go finds them: no empty match behind another."""
    position, last_end, count = 0, -1, 0
    far = len(data) > reach(expression)
    while position <= len(data) and (most < 0 or count < most):
        if far:
            hold(expression, len(data) - position)
        found = expression.search(data, position)
        if found is None:
            return
        start, end = found.span()
        if end == position:
            accepted = start != last_end
            position += _width(data, position)
        else:
            accepted = True
            position = end
        last_end = end
        if accepted:
            count += 1
            yield [found.span(group) for group in range(expression.groups + 1)]


def _width(data: bytes, position: int) -> int:
    """The bytes of the character at ``position``; past the end, one."""
    size = 1
    while position + size < len(data) and data[position + size] & 0xC0 == 0x80:
        size += 1
    return size


def as_searched(text: str) -> bytes:
    """UTF-8, in which a byte that is none is a replacement character: so Go's patterns see it."""
    return encode_utf8(readable(text) if has_bytes(text) else text)


class _Subject:
    """A text that is searched as UTF-8, and cut by the spans that were found."""

    def __init__(self, text: str) -> None:
        self.data = as_searched(text)
        self._text = text if has_bytes(text) else None
        self._starts: list[int] = []

    def cut(self, span: Span) -> str:
        start, end = span
        if start < 0:
            return ""
        if self._text is None:
            return self.data[start:end].decode()
        if not self._starts:
            sizes = (len(encode_utf8(char)) for char in readable(self._text))
            self._starts = [0, *accumulate(sizes)]
        first, last = (bisect_left(self._starts, place) for place in span)
        return self._text[first:last]


@builtin("regex.find_n", "string, string, number -> array[string]", context=True)
def find(session: Session, pattern: Value, text: Value, most: Value) -> Value:
    expression = compiled(session, string(pattern, 1))
    subject = _Subject(string(text, 2))
    limit = integer(most, 3)
    return [subject.cut(spans[0]) for spans in _matches(expression, subject.data, limit)]


@builtin(
    "regex.find_all_string_submatch_n",
    "string, string, number -> array[array[string]]",
    context=True,
)
def find_groups(session: Session, pattern: Value, text: Value, most: Value) -> Value:
    expression = compiled(session, string(pattern, 1))
    subject = _Subject(string(text, 2))
    found: list[Value] = []
    for spans in _matches(expression, subject.data, integer(most, 3)):
        session.budget.charge(len(spans))
        found.append([subject.cut(span) for span in spans])
    return found


@builtin("regex.split", "string, string -> array[string]", context=True)
def split(session: Session, pattern: Value, text: Value) -> Value:
    expression = compiled(session, string(pattern, 1))
    subject = _Subject(string(text, 2))
    data = subject.data
    if not data:
        return [""] if pattern else []
    parts: list[Value] = []
    begin = end = 0
    for spans in _matches(expression, data, -1):
        session.budget.charge(1)
        end, following = spans[0]
        if following:
            parts.append(subject.cut((begin, end)))
        begin = following
    if end != len(data):
        parts.append(subject.cut((begin, len(data))))
    return parts


@builtin("regex.replace", "string, string, string -> string", context=True)
def replace(session: Session, text: Value, pattern: Value, template: Value) -> Value:
    subject = _Subject(string(text, 1))
    expression = compiled(session, string(pattern, 2))
    put = string(template, 3)
    parts: list[str] = []
    last = size = charged = 0
    for spans in _matches(expression, subject.data, -1):
        parts += (subject.cut((last, spans[0][0])), _expanded(put, expression, subject, spans))
        size += len(parts[-1]) + len(parts[-2])
        session.budget.charge(1)
        if size > charged + _UNCHARGED:
            # What was charged before is not charged again.
            session.budget.grown(size, size - charged)
            charged = size
        last = spans[0][1]
    return joined("".join([*parts, subject.cut((last, len(subject.data)))]))


@builtin("regex.template_match", "string, string, string, string -> boolean", context=True)
def template_match(
    session: Session, template: Value, text: Value, opening: Value, closing: Value
) -> Value:
    """The whole text, where what stands between the delimiters is a regular expression."""
    pattern, searched = string(template, 1), string(text, 2)
    start, end = string(opening, 3), string(closing, 4)
    for name, delimiter in (("start", start), ("end", end)):
        size = len(encode_utf8(delimiter))
        if size != 1:
            raise BuiltinError(
                f"{name} delimiter has to be exactly one character long but is {size} long"
            )
    key = ("regex template", pattern, start, end)
    found = session.memo.get(key)
    if found is None:
        session.budget.charge(len(pattern))
        found = session.memo[key] = _re2_finder(_template(pattern, start, end))
    return found(searched)


def _template(template: str, start: str, end: str) -> str:
    parts = ["^"]
    level = begin = after = 0
    for index, char in enumerate(template):
        if char == start:
            level += 1
            if level == 1:
                begin = index
        elif char == end:
            level -= 1
            if level < 0:
                break
            if level == 0:
                inner = template[begin + 1 : index]
                compile_pattern(f"^{inner}$")
                parts += (template[after:begin].translate(_LITERAL), f"({inner})")
                after = index + 1
    if level:
        raise BuiltinError(f'unbalanced braces in "{template}"')
    return "".join([*parts, template[after:].translate(_LITERAL), "$"])


def _expanded(template: str, expression: Any, subject: _Subject, spans: list[Span]) -> str:
    """The template with ``$1``, ``$name`` and ``${name}`` put in; ``$$`` is a dollar."""
    out: list[str] = []
    rest = template
    while True:
        before, dollar, rest = rest.partition("$")
        out.append(before)
        if not dollar:
            return "".join(out)
        if rest.startswith("$"):
            out.append("$")
            rest = rest[1:]
            continue
        name, following = _reference(rest)
        if name is None:
            out.append("$")
            continue
        rest = following
        group = int(name) if name.isdecimal() else expression.groupindex.get(name, -1)
        if 0 <= group < len(spans):
            out.append(subject.cut(spans[group]))


def _reference(text: str) -> tuple[str | None, str]:
    """The name that stands behind a dollar, and what follows it."""
    braced = text.startswith("{")
    start = 1 if braced else 0
    end = start
    while end < len(text) and text[end] in _NAME:
        end += 1
    if end == start or (braced and text[end : end + 1] != "}"):
        return None, text
    return text[start:end], text[end + braced :]
