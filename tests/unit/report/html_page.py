"""A page of the HTML report, taken apart as a browser would."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

# Elements that the page is made of, and attributes that none of them may have.
TAGS = frozenset(
    [
        "a",
        "b",
        "body",
        "br",
        "caption",
        "circle",
        "code",
        "dd",
        "desc",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "head",
        "header",
        "html",
        "li",
        "main",
        "meta",
        "nav",
        "noscript",
        "p",
        "path",
        "rect",
        "script",
        "section",
        "span",
        "style",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "text",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
    ]
)
VOID = frozenset({"meta", "br"})
FETCHING = frozenset(
    ["src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "style"]
)


@dataclass(slots=True, kw_only=True)
class Page:
    """What the page holds. ``rows`` are those of the tables in each section, ``texts`` the
    contents of style and script elements."""

    data: Any = None
    scripts: int = 0
    policy: str = ""
    rows: Counter[str] = field(default_factory=Counter)
    texts: dict[str, str] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, report: str) -> Page:
        """Take ``report`` apart. Fails where an element is none of the report's own."""
        page = cls()
        parser = _Parser(page)
        parser.feed(report)
        parser.close()
        assert not parser.open, parser.open
        return page


class _Parser(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.open: list[str] = []
        self._section = ""
        self._kind = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        held = dict(attrs)
        assert not held.keys() & FETCHING, held
        assert not any(name.startswith("on") for name in held), held
        if tag not in VOID:
            self.open.append(tag)
        if "id" in held:
            self.page.ids.append(held["id"] or "")
        if tag == "section":
            self._section = held["id"] or ""
        if tag == "tr" and "tbody" in self.open:
            self.page.rows[self._section] += 1
        if tag == "a":
            self.page.links.append(held["href"] or "")
        if held.get("http-equiv") == "Content-Security-Policy":
            self.page.policy = held["content"] or ""
        if tag in {"script", "style"}:
            self.page.scripts += tag == "script"
            self._kind = held.get("type") or tag
            self._text = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.open, tag

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in {"script", "style"}:
            self.page.texts[self._kind] = "".join(self._text)
            if self._kind == "application/json":
                self.page.data = json.loads(self.page.texts[self._kind])
