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


def inert_line(line: str) -> str:
    """Return a line of a report so that no CI system takes it for a command.

    GitHub runs a line that begins with ``::`` behind spaces, and ``##[`` anywhere; Azure
    ``##vso[``.
    """
    if line.lstrip().startswith("::"):
        line = line.replace(":", "\\x3a", 1)
    return line.replace("##[", "#\\x23[").replace("##vso[", "#\\x23vso[") if "##" in line else line


def workflow_data(text: str) -> str:
    """Return the message of a GitHub workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Return a property of a GitHub workflow command."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


_FORMULA = frozenset("=+-@|%\t\r")


def spreadsheet_text(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula or a macro."""
    safe = terminal_text(text)
    return f"'{safe}" if safe[:1] in _FORMULA or safe.lstrip()[:1] in _FORMULA else safe


_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&@:$]")
# These would stay a mention, a reference or a link even as an entity: a comment parts them.
_LINKING = {"@": "@<!-- -->", "#": "#<!-- -->", ":": ":<!-- -->"}
_WEB = re.compile(r"(?i)www(?=\.)")


def markdown_text(text: str) -> str:
    """Return ``text`` as Markdown that shows just it, in a heading, a table's cell or behind other
    words: at the start of a line it could be a list."""
    safe = _MARKUP.sub(
        lambda found: _LINKING.get(found[0]) or f"&#{ord(found[0])};", terminal_text(text)
    )
    return _WEB.sub("www<!-- -->", safe)


def azure_property(text: str) -> str:
    """Return a property of a logging command of Azure Pipelines."""
    safe = terminal_text(text).replace("%", "%AZP25")
    return safe.replace(";", "%3B").replace("]", "%5D")
