"""Text from evidence, made safe for a terminal.

An image name or a package name may hold anything: escape sequences that recolour or erase the
screen, newlines that forge a line of the report, marks that turn the direction of writing.
"""

from __future__ import annotations

import re
import unicodedata

# Format characters (Cf) turn text around or hide it; Cs are halves of characters; Cn is nothing.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def terminal_text(text: str) -> str:
    """Return ``text`` with every character that does not simply show itself written as escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if unicodedata.category(char) not in _HIDDEN else _escape(char) for char in text
    )


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode()


_ADDRESS = re.compile(r"https://[\w.-]+(?::\d+)?(?:/[\w./%~@:+&?=#-]*[\w/])?", re.ASCII)


def hyperlink(line: str) -> str:
    """Return ``line``, which ``terminal_text`` made, with its addresses as links (OSC 8).

    Only plain https addresses become one: what is shown is where it leads.
    """
    return _ADDRESS.sub(lambda found: f"\x1b]8;;{found[0]}\x1b\\{found[0]}\x1b]8;;\x1b\\", line)
