"""Values as text: as OPA prints them, and as JSON."""

from __future__ import annotations

import unicodedata
from typing import Final

from policyengine.rego.runtime.numbers import number_text
from policyengine.rego.runtime.values import RegoObject, RegoSet, Value, in_key_order, object_items
from policyengine.rego.syntax.json_strings import json_string

_QUOTED: Final[dict[str, str]] = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
    '"': '\\"',
}


def quote(text: str) -> str:
    """A string in double quotes, escaped as Go's ``strconv.Quote`` does."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_quoted(char) for char in text) + '"'


def _quoted(char: str) -> str:
    known = _QUOTED.get(char)
    if known is not None:
        return known
    if char == " " or unicodedata.category(char)[0] in "LMNPS":
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        # A byte that is no UTF-8.
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def to_text(value: Value) -> str:
    """The value as a Rego term: what ``print`` and ``sprintf("%v")`` show of composites."""
    kind = type(value)
    if kind is str:
        return quote(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is list:
        return "[" + ", ".join([to_text(item) for item in value]) + "]"
    if kind is RegoSet:
        return "{" + ", ".join([to_text(item) for item in value]) + "}" if value else "set()"
    if kind is dict or kind is RegoObject:
        pairs = [f"{to_text(key)}: {to_text(item)}" for key, item in object_items(value)]
        return "{" + ", ".join(pairs) + "}"
    return number_text(value)


def marshal(value: Value, *, escape_html: bool = True) -> str:
    """The value as compact JSON, as Go's ``json.Marshal`` writes it.

    Sets are arrays in order; keys that are no strings are the text of their own JSON.
    """
    kind = type(value)
    if kind is str:
        return json_string(value, escape_html=escape_html)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is list or kind is RegoSet:
        return "[" + ",".join([marshal(item, escape_html=escape_html) for item in value]) + "]"
    if kind is dict or kind is RegoObject:
        pairs = {
            key if type(key) is str else marshal(key, escape_html=escape_html): item
            for key, item in object_items(value)
        }
        return (
            "{"
            + ",".join(
                [
                    f"{json_string(key, escape_html=escape_html)}:"
                    f"{marshal(pairs[key], escape_html=escape_html)}"
                    for key in in_key_order(pairs)
                ]
            )
            + "}"
        )
    return number_text(value)
