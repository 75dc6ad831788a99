"""Searching in strings, cutting them, and putting them together. Positions count characters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from policyengine.rego.runtime.builtins.operands import (
    integer,
    rego_object,
    string,
    strings,
    wrong_type,
)
from policyengine.rego.runtime.builtins.registry import BuiltinError, OperandError, builtin
from policyengine.rego.runtime.context import Session
from policyengine.rego.runtime.utf8 import from_units, has_bytes, in_units, joined, readable
from policyengine.rego.runtime.values import RegoSet, Value, object_items

# What Go's unicode.IsSpace names; Python's own strip takes the separators U+001C to U+001F too.
_SPACES: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)


def _aligned(*texts: str) -> tuple[str, ...]:
    """The texts so that one is found in another where OPA finds it, within a character too."""
    return in_units(*texts) or texts


_FEW: Final = 64
# The texts of the largest size that are compared with one in a tenth of a second.
_AT_ONCE: Final = 64


@builtin("concat", "string, array[string] | set[string] -> string", context=True)
def concat(session: Session, delimiter: Value, parts: Value) -> Value:
    between = string(delimiter, 1)
    items = strings(parts, 2)
    session.budget.size(sum(map(len, items)) + len(between) * len(items))
    return joined(between.join(items))


@builtin("contains", "string, string -> boolean")
def contains(text: Value, part: Value) -> Value:
    whole, wanted = _aligned(string(text, 1), string(part, 2))
    return wanted in whole


@builtin("startswith", "string, string -> boolean")
def starts_with(text: Value, prefix: Value) -> Value:
    whole, wanted = _aligned(string(text, 1), string(prefix, 2))
    return whole.startswith(wanted)


@builtin("endswith", "string, string -> boolean")
def ends_with(text: Value, suffix: Value) -> Value:
    whole, wanted = _aligned(string(text, 1), string(suffix, 2))
    return whole.endswith(wanted)


@builtin("indexof", "string, string -> number")
def index_of(text: Value, part: Value) -> Value:
    whole, wanted = string(text, 1), _searched(part)
    if has_bytes(whole) or has_bytes(wanted):
        whole, wanted = readable(whole), readable(wanted)
    return whole.find(wanted)


@builtin("indexof_n", "string, string -> array[number]")
def indexes_of(text: Value, part: Value) -> Value:
    whole, wanted = string(text, 1), _searched(part)
    if has_bytes(whole) or has_bytes(wanted):
        whole, wanted = readable(whole), readable(wanted)
    found: list[Value] = []
    index = whole.find(wanted)
    while index >= 0:
        found.append(index)
        index = whole.find(wanted, index + 1)
    return found


def _searched(part: Value) -> str:
    wanted = string(part, 2)
    if not wanted:
        raise BuiltinError("empty search character")
    return wanted


@builtin("lower", "string -> string")
def lower(text: Value) -> Value:
    return _mapped(string(text, 1), str.lower)


@builtin("upper", "string -> string")
def upper(text: Value) -> Value:
    return _mapped(string(text, 1), str.upper)


def _mapped(text: str, mapping: Callable[[str], str]) -> str:
    """Each character by itself, and never to several, as Go has it."""
    if text.isascii():
        return mapping(text)
    shown = readable(text) if has_bytes(text) else text
    return "".join([_single(char, mapping) for char in shown])


def _single(char: str, mapping: Callable[[str], str]) -> str:
    mapped = mapping(char)
    if len(mapped) == 1:
        return mapped
    if mapping is str.upper:
        titled = char.title()
        return titled if len(titled) == 1 else char
    return mapped[0]


@builtin("split", "string, string -> array[string]", context=True)
def split(session: Session, text: Value, delimiter: Value) -> Value:
    parts = _split(string(text, 1), string(delimiter, 2))
    session.budget.charge(len(parts) // 16 + 1)
    return parts


def _split(text: str, delimiter: str) -> list[str]:
    if not delimiter:
        return list(text)
    units = in_units(text, delimiter)
    if units is not None:
        return [from_units(part) for part in units[0].split(units[1])]
    return text.split(delimiter)


@builtin("strings.split_n", "string, string, number -> array[string]")
def split_n(text: Value, delimiter: Value, count: Value) -> Value:
    """The first ``count`` parts; the last ones where it is negative."""
    parts = _split(string(text, 1), string(delimiter, 2))
    number = integer(count, 3)
    return parts[:number] if number >= 0 else parts[max(len(parts) + number, 0) :]


@builtin("replace", "string, string, string -> string", context=True)
def replace(session: Session, text: Value, old: Value, new: Value) -> Value:
    whole, gone, put = string(text, 1), string(old, 2), string(new, 3)
    # Nothing is between all bytes, and not only between all characters.
    units = in_units(whole, gone, put, always=not gone and not whole.isascii())
    if units is not None:
        whole, gone, put = units
    session.budget.size(len(whole) + (len(put) - len(gone)) * whole.count(gone))
    replaced = whole.replace(gone, put)
    return replaced if units is None else from_units(replaced)


@builtin("strings.replace_n", "object[string: string], string -> string", context=True)
def replace_all(session: Session, patterns: Value, text: Value) -> Value:
    """Every pattern at once, from left to right; of two that match the first in order wins."""
    pairs: list[tuple[str, str]] = []
    given = rego_object(patterns, 1)
    whole = string(text, 2)
    for old, new in object_items(given):
        if type(old) is not str:
            raise OperandError("operand 1 non-string key found in pattern object")
        if type(new) is not str:
            raise OperandError("operand 1 non-string value found in pattern object")
        pairs.append((old, new))
    longest = max((len(new) for _, new in pairs), default=0)
    session.budget.size(len(whole) + longest)
    session.budget.charge(len(whole) * len(pairs) // 16)
    texts = [whole, *chain.from_iterable(pairs)]
    units = in_units(*texts, always="" in texts[1::2] and not whole.isascii())
    if units is not None:
        whole, pairs = units[0], list(zip(units[1::2], units[2::2], strict=True))
    parts = list(_replaced(whole, pairs))
    session.budget.size(sum(map(len, parts)))
    replaced = "".join(parts)
    return replaced if units is None else from_units(replaced)


def _replaced(text: str, pairs: list[tuple[str, str]]) -> Iterator[str]:
    by_first: dict[str, list[tuple[str, str]]] = {}
    empty = next((new for old, new in pairs if not old), None)
    for old, new in pairs:
        if old:
            by_first.setdefault(old[0], []).append((old, new))
    index = 0
    after_match = False
    while index < len(text):
        char = text[index]
        # An empty pattern sorts first, but holds only where the last match was not empty.
        found = next(
            (pair for pair in by_first.get(char, ()) if text.startswith(pair[0], index)), None
        )
        if empty is not None and not after_match:
            yield empty
            after_match = True
            continue
        after_match = False
        if found is None:
            yield char
            index += 1
        else:
            yield found[1]
            index += len(found[0])
    if empty is not None:
        yield empty


@builtin("strings.reverse", "string -> string")
def reverse(text: Value) -> Value:
    return joined(string(text, 1)[::-1])


@builtin("strings.count", "string, string -> number")
def count(text: Value, part: Value) -> Value:
    whole, wanted = string(text, 1), string(part, 2)
    if wanted:
        whole, wanted = _aligned(whole, wanted)
    return whole.count(wanted)


@builtin("substring", "string, number, number -> string")
def substring(text: Value, start: Value, length: Value) -> Value:
    whole = string(text, 1)
    first, size = integer(start, 2), integer(length, 3)
    if first < 0:
        raise BuiltinError("negative offset")
    if has_bytes(whole) and (first or not 0 <= len(whole) <= size):
        whole = readable(whole)
    return whole[first:] if size < 0 else whole[first : first + size]


def _trimmed(text: str, characters: str, *, left: bool, right: bool) -> str:
    """Go compares bytes that are no UTF-8 as replacement characters; what is left keeps them."""
    shown, gone = text, characters
    if has_bytes(text) or has_bytes(characters):
        shown, gone = readable(text), readable(characters)
    first = len(shown) - len(shown.lstrip(gone)) if left else 0
    last = len(shown.rstrip(gone)) if right else len(shown)
    return text[first:last]


def _each_once(characters: str) -> str:
    """Python goes through all of them for each character of the text, and cannot be interrupted."""
    return characters if len(characters) < _FEW else "".join(sorted(set(characters)))


@builtin("trim", "string, string -> string")
def trim(text: Value, characters: Value) -> Value:
    return _trimmed(string(text, 1), _each_once(string(characters, 2)), left=True, right=True)


@builtin("trim_left", "string, string -> string")
def trim_left(text: Value, characters: Value) -> Value:
    return _trimmed(string(text, 1), _each_once(string(characters, 2)), left=True, right=False)


@builtin("trim_right", "string, string -> string")
def trim_right(text: Value, characters: Value) -> Value:
    return _trimmed(string(text, 1), _each_once(string(characters, 2)), left=False, right=True)


def _without(text: str, part: str, remove: Callable[[str, str], str]) -> str:
    units = in_units(text, part)
    return remove(text, part) if units is None else from_units(remove(*units))


@builtin("trim_prefix", "string, string -> string")
def trim_prefix(text: Value, prefix: Value) -> Value:
    return _without(string(text, 1), string(prefix, 2), str.removeprefix)


@builtin("trim_suffix", "string, string -> string")
def trim_suffix(text: Value, suffix: Value) -> Value:
    return _without(string(text, 1), string(suffix, 2), str.removesuffix)


@builtin("trim_space", "string -> string")
def trim_space(text: Value) -> Value:
    return string(text, 1).strip(_SPACES)


def _one_or_more(value: Value, position: int) -> tuple[str, ...]:
    if type(value) is str:
        return (value,)
    if type(value) is list or isinstance(value, RegoSet):
        return tuple(strings(value, position))
    raise wrong_type(position, value, "string", "set", "array")


def _any(
    texts: tuple[str, ...],
    wanted: tuple[str, ...],
    has: Callable[[str, tuple[str, ...]], bool],
) -> bool:
    """Whether one of ``texts`` has one of ``wanted`` at its start, or its end."""
    if len(wanted) <= _AT_ONCE:
        return any(has(text, wanted) for text in texts)
    # Python compares all that it is given in one call, which nothing interrupts.
    parts = [wanted[i : i + _AT_ONCE] for i in range(0, len(wanted), _AT_ONCE)]
    return any(has(text, part) for text in texts for part in parts)


@builtin(
    "strings.any_prefix_match",
    "string | array[string] | set[string], string | array[string] | set[string] -> boolean",
    context=True,
)
def any_prefix(session: Session, texts: Value, prefixes: Value) -> Value:
    searched, wanted = _one_or_more(texts, 1), _one_or_more(prefixes, 2)
    session.budget.charge(len(searched) * len(wanted) // 16 + 1)
    units = in_units(*searched, *wanted)
    if units is not None:
        searched, wanted = units[: len(searched)], units[len(searched) :]
    return _any(searched, wanted, str.startswith)


@builtin(
    "strings.any_suffix_match",
    "string | array[string] | set[string], string | array[string] | set[string] -> boolean",
    context=True,
)
def any_suffix(session: Session, texts: Value, suffixes: Value) -> Value:
    searched, wanted = _one_or_more(texts, 1), _one_or_more(suffixes, 2)
    session.budget.charge(len(searched) * len(wanted) // 16 + 1)
    units = in_units(*searched, *wanted)
    if units is not None:
        searched, wanted = units[: len(searched)], units[len(searched) :]
    return _any(searched, wanted, str.endswith)
