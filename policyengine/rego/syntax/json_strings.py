"""Strings in JSON as Go writes them."""

from __future__ import annotations

import json
import re
from typing import Final

_HTML: Final = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
}
# JavaScript reads these as line ends; Go's encoder always escapes them.
_LINE_ENDS: Final = {0x2028: "\\u2028", 0x2029: "\\u2029"}
# Half of a pair, or a byte that is no UTF-8.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def json_string(text: str, *, escape_html: bool = True) -> str:
    """A JSON string, with Go's choice of escapes."""
    written = json.dumps(text, ensure_ascii=False)
    if not written.isascii():
        try:
            written.encode()
        except UnicodeEncodeError:
            written = _SURROGATE.sub(r"\\ufffd", written)
    if escape_html and ("<" in text or ">" in text or "&" in text):
        written = written.translate(_HTML)
    if "\u2028" in text or "\u2029" in text:
        written = written.translate(_LINE_ENDS)
    return written
