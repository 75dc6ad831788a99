"""YAML from outside, as far as it is JSON in another dress.

Anchors, aliases and tags are refused: an alias makes a small file huge, a tag means whatever a
reader takes it for. Plain scalars stay the text that was written, so that version ``1.10`` is not
the number 1.1 and a time no object; only ``true``, ``false``, and nothing at all have their
meaning, and integers where the caller says so.
"""

from __future__ import annotations

from typing import Any

from policyengine.errors import LimitExceeded, MalformedEvidence, PolicyEngineError
from policyengine.model.json_text import DEEPEST
from policyengine.model.json_value import JsonValue
from policyengine.model.limits import DEFAULT_LIMITS, ReadLimits

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_LONGEST_INTEGER = 15


Path = tuple[str | int, ...]


def parse_yaml(
    data: bytes, *, where: str, limits: ReadLimits, integers: frozenset[str] = frozenset()
) -> JsonValue:
    """Parse one document; ``integers`` are the keys whose plain values are integers.

    Raises MalformedEvidence with the line, and LimitExceeded for nesting deeper than
    ``limits.depth``.
    """
    reader = _Reader(where, min(limits.depth, DEEPEST), integers, MalformedEvidence)
    return _parsed(data, reader, MalformedEvidence, LimitExceeded)


def parse_yaml_file(
    data: bytes,
    *,
    where: str,
    error: type[PolicyEngineError],
    integers: frozenset[str] = frozenset(),
) -> tuple[JsonValue, dict[Path, int]]:
    """Parse a document that a user wrote, and say in which line each object and list of it begins.

    Raises ``error`` with the line.
    """
    reader = _Reader(where, DEFAULT_LIMITS.depth, integers, error)
    return _parsed(data, reader, error, error), reader.lines


def _parsed(
    data: bytes,
    reader: _Reader,
    error_class: type[PolicyEngineError],
    too_deep: type[PolicyEngineError],
) -> JsonValue:
    import yaml

    reader.too_deep = too_deep
    where = reader.where

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(data, Loader=loader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = "" if mark is None else f" at line {mark.line + 1}"
        raise error_class(
            f"is not valid YAML: {error.problem or error.context}", where=f"{where}{line}"
        ) from None
    except (yaml.YAMLError, UnicodeError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise error_class(f"is not valid YAML: {reason}", where=where) from None
    return reader.document


class _Reader:
    """Builds the document from the parser's events, with a stack of its own."""

    def __init__(
        self, where: str, depth: int, integers: frozenset[str], error: type[PolicyEngineError]
    ) -> None:
        self.document: JsonValue = None
        self.lines: dict[Path, int] = {}
        self.where = where
        self.error = error
        self.too_deep = error
        self._path: list[str | int] = []
        self._depth = depth
        self._integers = integers
        self._open: list[tuple[dict[str, JsonValue] | list[JsonValue], str | None]] = []
        self._key: str | None = None
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the next event: events are typed by their class's name alone."""
        name = type(event).__name__
        if name == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise self._wrong(event, "has a second document", "one")
        elif name == "AliasEvent":
            raise self._wrong(event, "has an alias", "no anchors and aliases")
        elif name in {"ScalarEvent", "SequenceStartEvent", "MappingStartEvent"}:
            if event.anchor is not None:
                raise self._wrong(event, "has an anchor", "no anchors and aliases")
            if event.tag is not None:
                raise self._wrong(event, f"has the tag {event.tag[:60]}", "no tags")
            self._value(event, name)
        elif name in {"SequenceEndEvent", "MappingEndEvent"}:
            _, self._key = self._open.pop()
            if self._path:
                self._path.pop()

    def _value(self, event: Any, name: str) -> None:
        inside = self._open[-1][0] if self._open else None
        if name == "ScalarEvent" and isinstance(inside, dict) and self._key is None:
            if event.value in inside:
                raise self._wrong(event, f"has the key {event.value[:60]!r} twice", "once")
            self._key = event.value
            return
        if isinstance(inside, dict) and self._key is None:
            raise self._wrong(event, "has a key that is no text", "a text")
        value: JsonValue
        if name == "ScalarEvent":
            value = self._scalar(event)
        else:
            if len(self._open) >= self._depth:
                raise self.too_deep(
                    "is nested too deep",
                    where=self.where,
                    expected=f"at most {self._depth} levels",
                )
            value = {} if name == "MappingStartEvent" else []
        place: str | int | None = None
        if isinstance(inside, dict) and self._key is not None:
            place = self._key
            inside[place] = value
        elif isinstance(inside, list):
            place = len(inside)
            inside.append(value)
        else:
            self.document = value
        self._key = None
        if isinstance(value, dict | list):
            self._open.append((value, None))
            if place is not None:
                self._path.append(place)
            self.lines[tuple(self._path)] = event.start_mark.line + 1

    def _scalar(self, event: Any) -> JsonValue:
        text: str = event.value
        if not event.implicit[0]:  # quoted, or a block
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        number = text.removeprefix("-")
        if (
            self._key in self._integers
            and number.isascii()
            and number.isdecimal()
            and len(number) <= _LONGEST_INTEGER
        ):
            return int(text)
        return text

    def _wrong(self, event: Any, message: str, expected: str) -> PolicyEngineError:
        line = event.start_mark.line + 1
        return self.error(message, where=f"{self.where} at line {line}", expected=expected)
