"""Canonical JSON, the form over which Notary signs and by which it names keys.

Source: the OLPC canonical form as docker/go ``canonical/json`` writes it: no white space, keys in
the order of their UTF-8 bytes, strings raw but for ``"`` and the backslash, numbers whole.
"""

from __future__ import annotations

from policyengine.model.json_value import JsonValue


class NotCanonical(ValueError):
    """A value that has no canonical form."""


def canonical_json(value: JsonValue) -> bytes:
    """Return the canonical form. Raises NotCanonical for fractions and lone surrogates."""
    parts: list[str] = []
    _write(value, parts)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise NotCanonical("a string that is no Unicode text") from None


def _write(value: JsonValue, parts: list[str]) -> None:
    if value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(str(value))
    elif isinstance(value, float):
        raise NotCanonical(f"{value!r}, which is no whole number of 64 bits")
    elif isinstance(value, str):
        parts.append(_quoted(value))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            parts.append("," if index else "[")
            _write(item, parts)
        parts.append("]" if value else "[]")
    else:
        # Code points sort as their UTF-8 bytes do.
        for index, key in enumerate(sorted(value)):
            parts.append("," if index else "{")
            parts.append(f"{_quoted(key)}:")
            _write(value[key], parts)
        parts.append("}" if value else "{}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
