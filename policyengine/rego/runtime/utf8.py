"""Bytes as text, as Go reads them."""

from __future__ import annotations

import codecs
from typing import Final

_HANDLER: Final = "policyengine-each-byte"


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
