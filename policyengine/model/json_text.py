"""Strict JSON at the speed of a compiled parser.

RFC 8259 leaves open what a repeated key means, and parsers differ: what one tool checks another
may not see. So a repeated key is refused, as are NaN and Infinity, which JSON does not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import orjson

from policyengine.errors import MalformedEvidence, PolicyEngineError
from policyengine.model.json_value import JsonValue, json_pointer

# orjson writes at most 254 levels, and every document that is read may have to be written again.
DEEPEST = 250

_ESCAPED_COLON = re.compile(rb"\\u003[aA]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def parse_json(
    data: bytes,
    *,
    where: str,
    error: type[PolicyEngineError] = MalformedEvidence,
    depth: int = DEEPEST,
) -> JsonValue:
    """Parse ``data``; ``where`` names it in errors, which are of class ``error``.

    Refused are: nothing at all, another encoding than UTF-8, text that is cut or is no JSON (with
    the byte offset), nesting deeper than ``depth`` levels, and a key that an object has twice
    (with its JSON path). Integers beyond 64 bits become floats, as most tools read them.
    """
    data = data.removeprefix(_UTF8_MARK)
    if not data.strip():
        raise error("is empty", where=where, expected="a JSON document")
    if data.startswith(_UTF16):
        raise error("is not UTF-8", where=where, found="UTF-16", expected="JSON in UTF-8")
    depth = min(depth, DEEPEST)
    too_deep = error("is nested too deep", where=where, expected=f"at most {depth} levels")
    try:
        document: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError as problem:
        if problem.msg.startswith("depth limit"):
            raise too_deep from None
        raise _explained(data, problem, where, error) from None
    try:
        written = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    except TypeError:
        raise too_deep from None
    # No string has a raw newline, so the widest indent tells the depth. An empty object or array
    # at the bottom has no lines of its own and is not counted.
    if b"\n" + b"  " * (depth + 1) in written:
        raise too_deep
    # Every key has one colon. If the document as written has as many as the bytes had, no key
    # was lost: strings keep theirs on both sides, unless the bytes escape one.
    if data.count(b":") != written.count(b":") or _ESCAPED_COLON.search(data):
        _refuse_repeated_keys(data, where, error)
    return document


def _explained(
    data: bytes, problem: orjson.JSONDecodeError, where: str, error: type[PolicyEngineError]
) -> PolicyEngineError:
    try:
        text = data.decode()
    except UnicodeDecodeError as bad:
        found = f"byte 0x{data[bad.start]:02x} at offset {bad.start}"
        return error("is not UTF-8", where=where, found=found, expected="JSON in UTF-8")
    place = f"{where} at byte {len(text[: problem.pos].encode())}"
    rest = text[problem.pos :].strip()
    if not rest:
        return error("is cut off: the JSON does not end", where=place, hint="write it again")
    reason = problem.msg.partition(":")[0]
    return error(f"is not valid JSON: {reason}", where=place, found=repr(rest[:20]))


class _Repeated(dict[str, object]):
    """An object that had ``key`` twice."""

    key = ""


def _refuse_repeated_keys(data: bytes, where: str, error: type[PolicyEngineError]) -> None:
    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(items)
        if len(members) == len(items):
            return members
        marked = _Repeated(members)
        seen: set[str] = set()
        marked.key = next(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return marked

    for path in _repeated(json.loads(data, object_pairs_hook=pairs), ()):
        raise error(
            f"has the key {path[-1]!r} twice in one object",
            where=f"{where}{json_pointer(path)}",
            hint="readers differ in which of the two they believe",
        )


def _repeated(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, _Repeated):
        yield (*path, value.key)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _repeated(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _repeated(item, (*path, index))
