"""Classes of characters by Unicode's names, as Go's regexp/syntax has them, for RE2.

Go takes a name in any case and without its ``_``, ``-`` and spaces, the long names of general
categories, and ``Any``, ``ASCII``, ``Assigned``, ``Cn`` and ``LC``. A script of several words has
no name that Go finds. Tables of Unicode are RE2's own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_PART: Final = re.compile(
    r"(?P<quoted>\\Q(?s:.*?)(?:\\E|\Z))"
    r"|\\(?P<sign>[pP])(?:\{(?P<name>[^}]*)\}|(?P<letter>[^{]))"
    r"|(?P<escape>\\(?s:.))|(?P<posix>\[:\^?\w+:\])|(?P<open>\[\^?\]?)|(?P<close>\])"
)
_MAJOR: Final = ("L", "M", "N", "P", "S", "Z")
_OTHER: Final = ("Cc", "Cf", "Co", "Cs")
_LETTER: Final = ("Lu", "Ll", "Lt")
_REST: Final = ("Lm", "Lo", "M", "N", "P", "S", "Z", *_OTHER)
_LONG: Final = {
    "Other": "C",
    "Control": "Cc",
    "Cntrl": "Cc",
    "Format": "Cf",
    "Unassigned": "Cn",
    "Privateuse": "Co",
    "Surrogate": "Cs",
    "Letter": "L",
    "Casedletter": "Lc",
    "Lowercaseletter": "Ll",
    "Modifierletter": "Lm",
    "Otherletter": "Lo",
    "Titlecaseletter": "Lt",
    "Uppercaseletter": "Lu",
    "Mark": "M",
    "Combiningmark": "M",
    "Spacingmark": "Mc",
    "Enclosingmark": "Me",
    "Nonspacingmark": "Mn",
    "Number": "N",
    "Decimalnumber": "Nd",
    "Digit": "Nd",
    "Letternumber": "Nl",
    "Othernumber": "No",
    "Punctuation": "P",
    "Punct": "P",
    "Connectorpunctuation": "Pc",
    "Dashpunctuation": "Pd",
    "Closepunctuation": "Pe",
    "Finalpunctuation": "Pf",
    "Initialpunctuation": "Pi",
    "Otherpunctuation": "Po",
    "Openpunctuation": "Ps",
    "Symbol": "S",
    "Currencysymbol": "Sc",
    "Modifiersymbol": "Sk",
    "Mathsymbol": "Sm",
    "Othersymbol": "So",
    "Separator": "Z",
    "Lineseparator": "Zl",
    "Paragraphseparator": "Zp",
    "Spaceseparator": "Zs",
}


def in_names_of_re2(pattern: str) -> str:
    """The pattern with each ``\\p`` and ``\\P`` as RE2 writes it."""
    out: list[str] = []
    at = 0
    inside = False
    while part := _PART.search(pattern, at):
        kind, written, end = part.lastgroup, part[0], part.end()
        if kind == "open" and inside:
            # A bracket within a class is itself, and what follows it closes the class.
            written, end = "[", part.start() + 1
        elif kind in {"open", "close"}:
            inside = kind == "open"
        elif kind in {"name", "letter"}:
            written = _class(part[kind], negated=part["sign"] == "P", inside=inside) or written
        out += (pattern[at : part.start()], written)
        at = end
    return "".join([*out, pattern[at:]])


def _class(name: str, *, negated: bool, inside: bool) -> str:
    """What stands for a class; empty for a name that RE2 is to judge."""
    if name.startswith("^"):
        name, negated = name[1:], not negated
    plain = re.sub("[-_ ]", "", name)
    if not plain.isascii() or not plain:
        return ""
    plain = plain[0].upper() + plain[1:].lower()
    plain = _LONG.get(plain, plain)
    items = _items(plain)
    if items is None:
        return rf"\{'P' if negated else 'p'}{{{plain}}}"
    these, others = items[::-1] if negated else items
    return these if inside else f"[^{others}]" if negated else f"[{these}]"


def _items(name: str) -> tuple[str, str] | None:
    """What stands in brackets for a class and for all others, where RE2 has no name for it."""
    match name:
        case "Ascii":
            return r"\x{0}-\x{7F}", r"\x{80}-\x{10FFFF}"
        case "Lc":
            return _named(_LETTER), _named(_REST) + _unassigned()
        case "Assigned":
            return _named(_MAJOR + _OTHER), _unassigned()
        case "Cn":
            return _unassigned(), _named(_MAJOR + _OTHER)
        case "C":
            return _named(_OTHER) + _unassigned(), _named(_MAJOR)
    return None


def _named(categories: tuple[str, ...]) -> str:
    return "".join([rf"\p{{{category}}}" for category in categories])


@lru_cache(maxsize=1)
def _unassigned() -> str:
    """The ranges of characters in no category of RE2's tables."""
    import re2

    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    found = re2.finditer(f"[^{_named((*_MAJOR, *_OTHER))}]+", every)
    spans = [(ord(match[0][0]), ord(match[0][-1])) for match in found]
    return "".join([rf"\x{{{first:X}}}-\x{{{last:X}}}" for first, last in spans])
