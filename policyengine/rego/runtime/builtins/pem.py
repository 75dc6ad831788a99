"""PEM as Go's encoding/pem finds it in a text: what is not a block is skipped."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

_BEGIN: Final = "-----BEGIN "
_END: Final = "-----END "
_DASHES: Final = "-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class PemBlock:
    """A block: its label, its bytes, and the text behind it."""

    label: str
    data: bytes
    rest: str


def next_block(text: str) -> PemBlock | None:
    """The first whole block of the text."""
    at = 0
    while True:
        at = _line_start(text, _BEGIN, at)
        if at < 0:
            return None
        line, body = _line(text, at)
        label = line[len(_BEGIN) : -len(_DASHES)]
        if line.endswith(_DASHES) and len(line) >= len(_BEGIN) + len(_DASHES):
            end = _line_start(text, _END, body)
            if end < 0:
                return None
            closing, rest = _line(text, end)
            data = _decoded(text[body:end])
            if closing == f"{_END}{label}{_DASHES}" and data is not None:
                return PemBlock(label=label, data=data, rest=text[rest:])
        at = body


def _line_start(text: str, prefix: str, at: int) -> int:
    if text.startswith(prefix, at) and (at == 0 or text[at - 1] == "\n"):
        return at
    found = text.find("\n" + prefix, max(at - 1, 0))
    return found + 1 if found >= 0 else -1


def _line(text: str, at: int) -> tuple[str, int]:
    """The line without the white space at its end, and where the next one starts."""
    end = text.find("\n", at)
    if end < 0:
        return text[at:].rstrip(" \t\r"), len(text)
    return text[at:end].rstrip(" \t\r"), end + 1


def _decoded(body: str) -> bytes | None:
    lines = body.split("\n")
    first = next((place for place, line in enumerate(lines) if ":" not in line), len(lines))
    try:
        return base64.b64decode("".join("".join(lines[first:]).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
