"""Bytes as text, as Go reads them.

A string of OPA's is any bytes; only a builtin that decodes can make one that is not UTF-8. Such a
byte is kept as Python keeps it in file names (``surrogateescape``): as one of U+DC80 to U+DCFF,
which no text has. So each counts as one character, as in Go, and becomes the replacement character
where it leaves. What puts strings together must join halves of characters (``joined``), and what
cuts or searches by such a byte works on bytes (``in_units``).
"""

from __future__ import annotations

import codecs
import re
from typing import Final

_HANDLER: Final = "policyengine-each-byte"
_KEPT: Final = re.compile("[\udc80-\udcff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Half of a pair that stands for no byte.
_HALF: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")

NATIVELY_ORDERED: Final[set[type]] = {str, int, bool}
"""The types that Python orders as OPA does.

``str`` leaves it with the first string that is not UTF-8: what never meets one does not pay for it.
"""


def _each_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error(_HANDLER, _each_byte)


def decode_utf8(data: bytes) -> str:
    """The text; each byte that is not of UTF-8 becomes a replacement character.

    Python's own way is one for all bytes of a character that is cut off.
    """
    return data.decode(errors=_HANDLER)


def keep_bytes(data: bytes) -> str:
    """The text, with each byte that is not of UTF-8 kept."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        NATIVELY_ORDERED.discard(str)
        return data.decode(errors="surrogateescape")


def encode_utf8(text: str) -> bytes:
    """The bytes of a text, with those that were kept."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _HALF.sub("\ufffd", text).encode(errors="surrogateescape")


def has_bytes(text: str) -> bool:
    """Whether the text keeps a byte that is not UTF-8."""
    return str not in NATIVELY_ORDERED and not text.isascii() and _KEPT.search(text) is not None


def joined(text: str) -> str:
    """A text put together of others: what was cut within a character may be whole again."""
    return keep_bytes(encode_utf8(text)) if has_bytes(text) else text


def readable(text: str) -> str:
    """The text with a replacement character for each byte that is not UTF-8."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def in_units(*texts: str, always: bool = False) -> tuple[str, ...] | None:
    """The texts with one character a byte where one of them keeps bytes; None where none does."""
    if not always and (str in NATIVELY_ORDERED or not any(map(has_bytes, texts))):
        return None
    return tuple([encode_utf8(text).decode("latin-1") for text in texts])


def from_units(units: str) -> str:
    """The text of which ``in_units`` made one character a byte."""
    return keep_bytes(units.encode("latin-1"))
