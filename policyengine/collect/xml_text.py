"""XML from outside: no document type, so no entities and nothing outside; bounded nesting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policyengine.errors import LimitExceeded, MalformedEvidence
from policyengine.model.json_text import DEEPEST
from policyengine.model.limits import ReadLimits

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 16_384
_ROOT = re.compile(r"<(?:[\w.-]+:)?(?P<name>[\w.-]+)(?P<attributes>[^>]*)")
# What may stand before the root element, and how each ends. A document type is refused later:
# here it only has to be passed over, so that the message can say what the file is.
_PROLOG = (("<?", "?>"), ("<!--", "-->"))
_SPACE = re.compile(r"\s*")
_DOCTYPE = "<!DOCTYPE"
_NOT_ENDED = frozenset({"no element found", "unclosed token", "unclosed CDATA section"})


def leading_text(data: bytes) -> str:
    """Return the beginning of ``data`` as text, whatever it is."""
    head = data[:_HEAD]
    if head.startswith(_UTF16):
        return head.decode("utf-16", errors="replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")


def root_element(data: bytes) -> tuple[str, str] | None:
    """Return local name and attributes, as written, of the root element; None for no XML.

    Goes over the beginning once: one pattern for all of it would try every way to divide it.
    """
    text = leading_text(data)
    place = 0
    while True:
        space = _SPACE.match(text, place)
        place = place if space is None else space.end()
        for begin, end in _PROLOG:
            if text.startswith(begin, place):
                close = text.find(end, place + len(begin))
                break
        else:
            if not text.startswith(_DOCTYPE, place):
                found = _ROOT.match(text, place)
                return None if found is None else (found["name"], found["attributes"])
            close = text.find(">", place)
            end = ">"
            if 0 <= text.find("[", place) < close:
                close, end = text.find("]>", place), "]>"
        if close < 0:
            return None
        place = close + len(end)


def parse_xml(data: bytes, *, where: str, limits: ReadLimits) -> Element:
    """Parse ``data``.

    Raises MalformedEvidence for what is not well-formed or declares a document type, and
    LimitExceeded for nesting deeper than ``limits.depth``.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    encoding = None
    if data.startswith(_UTF16):
        # Some writers declare UTF-8 in a file that is UTF-16: the mark at its start is believed.
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError as error:
            raise MalformedEvidence("is not UTF-16", where=where, found=str(error)) from None
        encoding = "utf-8"
    parser = DefusedXMLParser(encoding=encoding, forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        raise MalformedEvidence(
            "declares a document type or entities",
            where=where,
            expected="XML without <!DOCTYPE>",
            hint="entities can make a small file huge, or name other files",
        ) from None
    except ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        raise MalformedEvidence(
            "is cut off: the XML does not end"
            if reason in _NOT_ENDED
            else f"is not well-formed XML: {reason}",
            where=f"{where} at line {line}, column {column}",
        ) from None
    except (LookupError, ValueError) as error:
        raise MalformedEvidence(
            "is XML in an encoding that is not read", where=where, found=str(error)[:100]
        ) from None
    # Readers of XML recurse as those of JSON do not.
    _refuse_deep(root, where, min(limits.depth, DEEPEST))
    return root


def _refuse_deep(root: Element, where: str, depth: int) -> None:
    level = [root]
    for _ in range(depth):
        level = [child for element in level for child in element]
        if not level:
            return
    raise LimitExceeded("is nested too deep", where=where, expected=f"at most {depth} levels")
