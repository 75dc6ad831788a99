"""The part of CBOR (RFC 8949) that COSE signatures are made of, read strictly.

Refused are what lets two readers see two things: a key that a map has twice, indefinite lengths,
and anything after the end. Floats, undefined and simple values other than true, false and null do
not occur. General decoders resolve tags (regular expressions, shared references) as they read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

_DEPTH = 8
_ITEMS = 1024
_SIMPLE = {20: False, 21: True, 22: None}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value under a tag."""

    tag: int
    value: CborValue


CborKey: TypeAlias = int | str | bytes
CborValue: TypeAlias = (
    "int | bool | str | bytes | list[CborValue] | dict[CborKey, CborValue] | Tagged | None"
)


def decode_cbor(data: bytes) -> CborValue:
    """Read one value that takes all of ``data``. Raises ValueError that says where."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise ValueError(f"{len(data) - reader.at} bytes after the end")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def value(self, depth: int) -> CborValue:
        start = self.at
        if depth > _DEPTH:
            raise ValueError(f"nesting deeper than {_DEPTH} at byte {start}")
        major, number = self._head()
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self._take(number)
        if major == 3:
            return self._take(number).decode()
        if major == 6:
            return Tagged(number, self.value(depth + 1))
        if major == 7:
            if number in _SIMPLE:
                return _SIMPLE[number]
            raise ValueError(f"a value that does not occur in signatures at byte {start}")
        if number > _ITEMS:
            raise ValueError(f"{number} items at byte {start}, more than {_ITEMS}")
        if major == 4:
            return [self.value(depth + 1) for _ in range(number)]
        return self._map(number, depth + 1)

    def _map(self, count: int, depth: int) -> dict[CborKey, CborValue]:
        members: dict[CborKey, CborValue] = {}
        for _ in range(count):
            start = self.at
            key = self.value(depth)
            if isinstance(key, bool) or not isinstance(key, int | str | bytes):
                raise ValueError(f"a key that is no number or text at byte {start}")
            if key in members:
                raise ValueError(f"the key {key!r} twice at byte {start}")
            members[key] = self.value(depth)
        return members

    def _head(self) -> tuple[int, int]:
        start = self.at
        first = self._take(1)[0]
        major, more = first >> 5, first & 0x1F
        if more < 24:
            return major, more
        if more > 27:
            raise ValueError(f"a length that is not given at byte {start}")
        if major == 7:
            raise ValueError(f"a value that does not occur in signatures at byte {start}")
        return major, int.from_bytes(self._take(1 << (more - 24)), "big")

    def _take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self._data):
            raise ValueError(f"the data ends at byte {len(self._data)}")
        taken = self._data[self.at : end]
        self.at = end
        return taken


def encode_sig_structure(protected: bytes, payload: bytes) -> bytes:
    """Return what a COSE_Sign1 signature is over (RFC 9052, 4.4), without external data."""
    return b"\x84\x6aSignature1" + _bytes(protected) + b"\x40" + _bytes(payload)


def _bytes(data: bytes) -> bytes:
    length = len(data)
    if length < 24:
        return bytes([0x40 | length]) + data
    size = next(n for n in (1, 2, 4, 8) if length < 1 << (8 * n))
    return bytes([0x40 | 24 + (1, 2, 4, 8).index(size)]) + length.to_bytes(size, "big") + data
