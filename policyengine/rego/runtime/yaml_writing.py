"""Values as YAML text, as Go's ``yaml.v3`` writes them at an indentation of two."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cmp_to_key
from typing import Any, Final

import yaml
from yaml.emitter import Emitter

from policyengine.rego.runtime.float_texts import float_text
from policyengine.rego.runtime.numbers import number_text
from policyengine.rego.runtime.values import Value
from policyengine.rego.syntax.metadata_yaml import resolve

# Words that were booleans in YAML 1.1, and its numbers of base 60.
_OLD_BOOLEANS: Final = frozenset(
    form
    for word in ("y", "n", "yes", "no", "on", "off")
    for form in (word, word.capitalize(), word.upper())
)
_BASE_60: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
# ``<<`` merges only as it is read.
_STRINGS: Final = frozenset({"!!str", "!!merge"})
_SEPARATORS: Final = re.compile("[\u2028\u2029]+(?=[^\u2028\u2029])")
_NEXT_LINES: Final = re.compile(r"[ \t]*\x85[ \t\x85]*")
_DIGITS: Final = re.compile(r"\d*")
_UNLIMITED: Final = 1 << 62
_MOST_KEY_BYTES: Final = 128
_LAST_PRINTED: Final = "\uffff"


class _Writer(Emitter):
    """PyYAML's writer, with the choices of Go's where they differ."""

    event: Any
    analysis: Any

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 # never indentless
        super().increase_indent(flow=flow, indentless=False)

    def check_empty_document(self) -> bool:
        return False

    def check_simple_key(self) -> bool:
        self.analysis = self.analyze_scalar(self.event.value)
        return len(self.event.value.encode()) <= _MOST_KEY_BYTES and not self.analysis.multiline

    def analyze_scalar(self, scalar: str) -> Any:
        analysis: Any = super().analyze_scalar(scalar)
        if not scalar.isascii() and max(scalar) > _LAST_PRINTED:
            analysis.allow_flow_plain = analysis.allow_block_plain = False
            analysis.allow_single_quoted = analysis.allow_block = False
        return analysis

    def write_single_quoted(self, text: str, split: bool = True) -> None:  # noqa: ARG002 # no width
        # Behind a separator of lines Go's writer indents what follows, and nothing at the end.
        quoted = _SEPARATORS.sub(rf"\g<0>{' ' * (self.indent or 0)}", text.replace("'", "''"))
        self.write_indicator(f"'{quoted}'", True)

    def expect_document_end(self) -> None:
        self.open_ended = False
        super().expect_document_end()


def write_yaml(value: Value) -> str:
    """A document of plain JSON values."""
    text = io.StringIO()
    writer: Any = _Writer(text, indent=2, width=_UNLIMITED, allow_unicode=True)
    writer.emit(yaml.StreamStartEvent())
    writer.emit(yaml.DocumentStartEvent(explicit=False))
    for event in _events(value):
        writer.emit(event)
    writer.emit(yaml.DocumentEndEvent(explicit=False))
    writer.emit(yaml.StreamEndEvent())
    return text.getvalue()


def _events(value: Value) -> Iterator[yaml.Event]:
    if type(value) is dict:
        yield yaml.MappingStartEvent(None, None, True, flow_style=not value)
        for key in sorted(value, key=cmp_to_key(_compare_keys)):
            yield _string(key)
            yield from _events(value[key])
        yield yaml.MappingEndEvent()
    elif type(value) is list:
        yield yaml.SequenceStartEvent(None, None, True, flow_style=not value)
        for item in value:
            yield from _events(item)
        yield yaml.SequenceEndEvent()
    elif type(value) is str:
        yield _string(value)
    else:
        yield yaml.ScalarEvent(None, None, (True, True), _plain(value))


def _plain(value: Value) -> str:
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    text = number_text(value)
    tag, number = resolve(text)
    if tag == "!!int":
        return str(number)
    return float_text(repr(float(text))) if tag == "!!float" else text


def _string(given: str) -> yaml.ScalarEvent:
    # OPA goes through JSON, in which a next line is a break of a line to YAML's reader.
    text = _NEXT_LINES.sub(lambda lines: "\n" * (lines[0].count("\x85") - 1) or " ", given)
    style = None
    if "\n" in text:
        style = "|"
    elif resolve(text)[0] not in _STRINGS or text in _OLD_BOOLEANS or _BASE_60.fullmatch(text):
        style = '"'
    return yaml.ScalarEvent(None, None, (True, True), text, style=style)


def _compare_keys(a: str, b: str) -> int:
    """yaml.v3's natural order: numbers within the keys by their value, letters after the rest."""
    digits = False
    for index, (left, right) in enumerate(zip(a, b, strict=False)):
        if left == right:
            digits = left.isdecimal()
            continue
        if left.isalpha() and right.isalpha():
            return -1 if left < right else 1
        if left.isalpha() or right.isalpha():
            return -1 if (left.isalpha() if digits else right.isalpha()) else 1
        return _compare_numbers(a, b, index)
    return (len(a) > len(b)) - (len(a) < len(b))


def _compare_numbers(a: str, b: str, index: int) -> int:
    """The order of two keys that differ from ``index`` on, in no letter."""
    before = a[:index]
    inside = (
        before[len(before.rstrip("0123456789")) :].strip("0") if "0" in a[index] + b[index] else ""
    )
    lead = "1" if inside else "0"
    left, right = _digits_at(a, index), _digits_at(b, index)
    first, second = int(lead + left), int(lead + right)
    if first != second:
        return -1 if first < second else 1
    if len(left) != len(right):
        return -1 if len(left) < len(right) else 1
    return -1 if a[index] < b[index] else 1


def _digits_at(text: str, index: int) -> str:
    found = _DIGITS.match(text, index)
    return found[0] if found else ""
