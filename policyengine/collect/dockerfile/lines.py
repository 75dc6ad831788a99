"""A Dockerfile's lines: directives, comments, continuations and here-documents.

Source: Dockerfile reference, "Parser directives", "Format" and "Here-Documents"; BuildKit's parser
decides what it leaves open, and its limit on a line is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policyengine.collect.dockerfile.fault import Fault
from policyengine.collect.dockerfile.shell_words import Undecidable, raw_words, unquoted
from policyengine.model.dockerfile import Heredoc

_LINE = 65535
_SPACES = " \t\v\f\r\n\x85\xa0"
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_HEREDOC = re.compile(r"\d*<<(-?)\s*([^<]*)")
_WITH_HEREDOC = re.compile(r"\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)(?:\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicalLine:
    """An instruction, its continuations joined; lines count from 1."""

    text: str
    line: int
    end_line: int
    comments: tuple[str, ...]
    heredocs: tuple[Heredoc, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Directives:
    """The parser directives at the top."""

    syntax: str | None = None
    escape: str = "\\"
    check: str | None = None


class FaultyLine(Exception):
    """A fault and the line it is on."""

    def __init__(self, fault: Fault, line: int) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.line = line


class LineReader:
    """Reads the lines of one file. ``directives`` are known once it was made."""

    def __init__(self, text: str) -> None:
        # Only a newline ends a line; splitlines would know others.
        self._lines = [f"{line}\n" for line in text.split("\n")]
        self._lines[-1] = self._lines[-1][:-1]
        if not self._lines[-1]:
            self._lines.pop()
        for number, line in enumerate(self._lines, start=1):
            if len(line.encode("utf-8", "surrogatepass")) > _LINE:
                raise FaultyLine(
                    Fault("a line is too long", expected=f"at most {_LINE} bytes"), number
                )
        self.directives, self._first = self._read_directives()
        escape = re.escape(self.directives.escape)
        # The escape character at the end, unless it is escaped itself.
        self._continues = re.compile(rf"(?:(?<=[^{escape}])|^){escape}[ \t]*\Z")

    def logical_lines(self) -> Iterator[LogicalLine]:
        """Yield the instructions. Raises FaultyLine."""
        comments: list[str] = []
        at = self._first
        while at < len(self._lines):
            line = self._lines[at].rstrip("\r\n")
            stripped = line.lstrip(_SPACES)
            at += 1
            if stripped.startswith("#"):
                comment = line[1:].strip(_SPACES)
                if comment:
                    comments.append(comment)
                else:
                    comments.clear()
                continue
            if not stripped:
                continue
            start = at
            text, at = self._joined(stripped, at)
            heredocs, at = self._heredocs(text, start, at)
            yield LogicalLine(
                text=text,
                line=start,
                end_line=at,
                comments=tuple(comments),
                heredocs=heredocs,
            )
            comments = []

    def _read_directives(self) -> tuple[Directives, int]:
        found: dict[str, str] = {}
        at = 0
        for at, line in enumerate(self._lines):
            match = _DIRECTIVE.fullmatch(line.lstrip(_SPACES).rstrip("\r\n"))
            name = match[1].lower() if match else ""
            if match is None or name not in _DIRECTIVES:
                break
            if name in found:
                raise FaultyLine(Fault(f"a second {name} directive", expected="one"), at + 1)
            if name == "escape" and match[2] not in {"\\", "`"}:
                raise FaultyLine(
                    Fault("an escape directive", found=repr(match[2]), expected="\\ or `"), at + 1
                )
            found[name] = match[2]
        else:
            at = len(self._lines)
        return Directives(**found), at

    def _joined(self, line: str, at: int) -> tuple[str, int]:
        """Return ``line`` with those that continue it, comments and empty ones left out."""
        parts: list[str] = []
        while (match := self._continues.search(line)) is not None:
            parts.append(line[: match.start()])
            while at < len(self._lines):
                line = self._lines[at].rstrip("\r\n")
                at += 1
                bare = line.lstrip(_SPACES)
                if bare and not bare.startswith("#"):
                    break
            else:
                return "".join(parts), at
        return "".join([*parts, line]), at

    def _heredocs(self, text: str, start: int, at: int) -> tuple[tuple[Heredoc, ...], int]:
        if "<<" not in text or _WITH_HEREDOC.match(text) is None:
            return (), at
        found = []
        for word in raw_words(text):
            begun = heredoc_word(word)
            if begun is None:
                continue
            name, chomp, expand = begun
            content: list[str] = []
            while True:
                if at >= len(self._lines):
                    raise FaultyLine(
                        Fault("a here-document that does not end", expected=f"a line {name}"), start
                    )
                line = self._lines[at]
                at += 1
                end = line.rstrip("\r\n")
                if (end.lstrip("\t") if chomp else end) == name:
                    break
                content.append(line)
            found.append(Heredoc(name=name, content="".join(content), expand=expand, chomp=chomp))
        return tuple(found), at


def heredoc_word(word: str) -> tuple[str, bool, bool] | None:
    """Return name, chomp and expand of the here-document that ``word`` begins; None for others."""
    match = _HEREDOC.fullmatch(word)
    if match is None or not match[2]:
        return None
    try:
        plain = unquoted(match[2], raw_quotes=False)
        raw = unquoted(match[2], raw_quotes=True)
    except Undecidable:
        return None
    if len(plain) != 1 or len(raw) != 1:
        return None
    quotes = [sum(map(text.count, "'\"")) for text in (plain[0], raw[0])]
    return plain[0], match[1] == "-", quotes[0] == quotes[1]
